"""Values in prose, English and Korean: "the password is hunter2", "비밀번호는 … 입니다"."""

from __future__ import annotations

import re
from typing import Final

from .name_at import Label
from .names import KEYISH, STRONG, TAILED, WEAK
from .read_value import Span, hidden_under, is_placeholder
from .value_shapes import has_digit, has_letter, is_base58, is_opaque, is_path

_FILLER: Final = (
    "is|was|are|were|as|to|equals|be|being|now|still|set|changed|value|used|using|named|called|following|this|the|here|received|sent|"
    "provided|supplied|specified|given|entered|submitted|generated|created|issued|obtained|returned|updated|refreshed|new|found|loaded|"
    "reads|became"
)
_PHRASE: Final = re.compile(
    r"(?:\s{1,2}(?:for|of|on|in)(?:\s(?:user|account|the|bot|my|your))?\s[\w.@-]{1,32})?"
    rf"(?P<filler>(?:\s{{1,2}}(?:{_FILLER})){{0,4}})(?P<mark>\s{{0,2}}[=:]\s{{1,2}}|\s{{1,2}})(?P<open>[\"'`(\[<]?)"
)
_VALUE: Final = re.compile(r"[^\s,;\"'`()\[\]<>{}\\|]{4,4096}")
_DIGIT_NEAR: Final = re.compile(r"[^0-9]{0,160}[0-9]")
_KOREAN: Final = re.compile(
    r"(?:\s?(?:값|번호))?(?:은|는|이|가|을|를)\s{0,2}[\"'`]?(?P<value>(?!\*{3})[!-~]{4,512}?)"
    r"(?=[\"'`]?(?:[가-힣\s]|[.,](?:[\s\"'`]|$)|[\"'`},\])\\]|$))"
)
_SAYS: Final = re.compile(r"\b(?:is|was|are|were|equals|to|as|generated|created|issued|reads)\b")
_QUANTITY: Final = re.compile(
    r"\d+(?:[.,]\d+)*(?:%|[a-zA-Z]{1,7})?|\d{4}-\d\d-\d\d\S*|\d\d:\d\d\S*|v\d+[\d.]*"
)
_SPECIAL: Final = re.compile(r"[!@#$%^*+~?/=]|[a-z][A-Z]|[A-Z]{2}[a-z]")
_NUMERIC: Final = (
    "pin",
    "otp",
    "code",
    "번호",
    "password",
    "passcode",
    "코드",
    "cvv",
    "cvc",
    "pw",
    "비번",
    "totp",
)
_LOGIN_BEFORE: Final = re.compile(r"\blogin\s\S{1,64}\s\Z")
_WORDS: Final = re.compile(r"[a-z]{3,8}(?:[ ,]{1,2}[a-z]{3,8}){11,23}")
MNEMONICS: Final = ("mnemonic", "phrase", "words", "구문", "문구", "니모닉", "seed")


def mnemonic(text: str, at: int) -> list[Span]:
    """Twelve or more short words."""
    several = _WORDS.match(text, at)
    if several is None:
        return []
    return [several.span()]


def is_like_a_secret(value: str, label: Label) -> bool:
    """Return True if a bare value in prose is one.

    "password: hunter2" is, "password: required" is not.
    """
    value = value.rstrip(".,:!?")
    if value.isdigit():
        return len(value) >= (4 if label.ends_with(_NUMERIC) else 6)
    if _QUANTITY.fullmatch(value):
        return False
    return len(value) >= 4 and (
        has_digit(value)
        or (len(value) >= 16 and value.isalpha())
        or _SPECIAL.search(value) is not None
    )


def in_phrase(text: str, label: Label, at: int) -> list[Span]:
    """Return the value in the words behind a name, if there is one.

    Args:
        text: The text.
        label: The name.
        at: Where the name ends.
    """
    if label.name_class in (KEYISH, TAILED) and label.text.lower() != "key":
        return []
    if _DIGIT_NEAR.match(text, at) is None and not label.ends_with(MNEMONICS):
        return []
    korean = _KOREAN.match(text, at)
    if korean is not None and label.name_class in (STRONG, WEAK):
        shown = korean["value"]
        if label.name_class == STRONG:
            hides = is_like_a_secret(shown, label)
        else:
            hides = hidden_under(shown, WEAK) and not _is_coin(shown)
        if hides:
            return [korean.span("value")]
        return []
    phrase = _PHRASE.match(text, at)
    if phrase is None:
        return []
    if (
        label.name_class == STRONG
        and label.ends_with(MNEMONICS)
        and (several := mnemonic(text, phrase.end()))
    ):
        return several
    value = _VALUE.match(text, phrase.end())
    if value is None:
        return []
    shown = value[0].rstrip(".:!?")
    if is_placeholder(shown) or is_path(shown) or not has_digit(shown):
        return []
    says = (
        _SAYS.search(phrase["filler"]) is not None
        or not phrase["mark"].isspace()
        or text[at] == "\t"
    )
    quoted = phrase["open"] in ("'", '"', "`")
    before = text[max(0, label.start - 80) : label.start]
    if _is_said(shown, label, before, says=says, quoted=quoted):
        return [(value.start(), value.start() + len(shown))]
    return []


def _is_coin(value: str) -> bool:
    """Return True if it could be an address (32 to 44) or a transaction (86 to 88) of Solana.

    "token EPjF…".
    """
    return is_base58(value) and (32 <= len(value) <= 44 or 86 <= len(value) <= 88)


def _is_said(shown: str, label: Label, before: str, *, says: bool, quoted: bool) -> bool:
    if label.name_class != STRONG:
        if label.text.lower().endswith("token") and len(label.text) > 5 and " " not in label.text:
            says = True  # "enctoken …"
        return says and not _is_coin(shown) and hidden_under(shown, label.name_class)
    if is_opaque(shown):
        return True
    if _QUANTITY.fullmatch(shown):
        return says and shown.isdigit() and len(shown) >= 4 and label.ends_with(_NUMERIC)
    if (quoted and label.text.isupper()) or _LOGIN_BEFORE.search(before):
        return True
    return (says or quoted) and len(shown) >= 6 and has_letter(shown)
