"""Classification of names: always secret, secret if the value looks like one, or harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from .name_words import (
    COUNTING,
    DESCRIBING_TAILS,
    KEY_HARMLESS,
    NEUTRAL_TAILS,
    PUBLIC,
    SECRET_ENDINGS,
    SECRET_WORDS,
    SUSPECT_WORDS,
    SUSPECT_WORDS_OFF,
)


class NameClass(IntEnum):
    """Verdict on a name, which decides how the value under it is judged."""

    HARMLESS = 0
    """The value is judged by itself."""
    SECRET = 1
    """Any text, bytes or number is masked, and every leaf of a container."""
    SUSPECT = 2
    """Masked if the value looks like a credential: `token`, `signature`, `session`."""
    KEY_LIKE = 3
    """Masked if the value is 32 or more letters of both cases and digits: `key`, `mexc_key`."""
    HEADER_BLOCK = 4
    """Harmless itself; a `key` inside is judged as suspect: Gate.io signs with `KEY` and `SIGN`."""
    TAILED = 5
    """Like `KEY_LIKE`, but no address: an unknown word follows the name (`api_key_kimchi`)."""
    LOGIN = 6
    """Harmless itself; the `args` inside are those of a login, so each is judged as suspect."""
    JWK = 7
    """Harmless itself: a JSON Web Key, in which `d` and `k` are secret."""


# Plain numbers, because the interpreter compares them faster than members of an enum.
HARMLESS: Final[int] = NameClass.HARMLESS.value
STRONG: Final[int] = NameClass.SECRET.value
WEAK: Final[int] = NameClass.SUSPECT.value
KEYISH: Final[int] = NameClass.KEY_LIKE.value
HEADERS: Final[int] = NameClass.HEADER_BLOCK.value
TAILED: Final[int] = NameClass.TAILED.value
LOGIN: Final[int] = NameClass.LOGIN.value
JWK: Final[int] = NameClass.JWK.value

_WORDS = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_ACCENTED: Final = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_KEYS: Final = frozenset(
    ("key", "keys", "키", "schlussel", "clave", "chave", "cle", "chiave", "ключ", "鍵", "キー")
)
_HEADER_WORDS = frozenset({"headers", "header", "hdrs"})
_MAX_NAME = 256
_MAX_CACHE = 4096


def plain_name(name: str) -> str:
    """Return a name without invisible characters, full-width letters and accents.

    Example:
        >>> plain_name("ａｐｉ\u200b_key"), plain_name("contraseña")
        ('api_key', 'contrasena')
    """
    if name.isascii() and name.isprintable():
        return name
    composed = unicodedata.normalize("NFKC", _INVISIBLE.sub("", name))
    return _ACCENTED.sub(_without_accent, composed)


def _without_accent(letter: re.Match[str]) -> str:
    if letter[0] == "ß":
        return "ss"
    return unicodedata.normalize("NFKD", letter[0])[0]


def words(name: str) -> list[str]:
    """Split a name at case changes, separators, digits and changes of script, in lower case.

    Example:
        >>> words("X-MBX-APIKEY"), words("secretKeyV2"), words("API키")
        (['x', 'mbx', 'apikey'], ['secret', 'key', 'v'], ['api', '키'])
    """
    return [word.lower() for word in _WORDS.findall(plain_name(name))]


def classify_words(parts: list[str]) -> int:
    """Return the class of a name from its words."""
    parts = parts[-8:]
    found = _by_ending(parts)
    if found is None:
        while len(parts) > 1 and parts[-1] in NEUTRAL_TAILS:
            parts = parts[:-1]
            if (found := _by_ending(parts)) is not None:
                break
    if found == STRONG and parts[0] in COUNTING and len(parts) > 1:
        return WEAK  # "num_api_keys", "has_secret"
    if found is not None:
        return found
    # An unknown word after a secret's name ("api_key_kimchi") may say whose it is: then the value
    # decides.
    if len(parts) > 1 and parts[-1] not in DESCRIBING_TAILS and _by_ending(parts[:-1]) == STRONG:
        return TAILED
    if parts and parts[-1] in _HEADER_WORDS:
        return HEADERS
    return HARMLESS


def _by_ending(parts: list[str]) -> int | None:
    if not parts:
        return None
    last = parts[-1]
    if len(parts) > 1:
        before = parts[-2]
    else:
        before = ""
    if last in ("key", "keys", "pubkey", "키") and (
        PUBLIC.intersection(parts[-3:]) or last == "pubkey"
    ):
        return HARMLESS
    for count in (4, 3, 2, 1):
        if count <= len(parts) and " ".join(parts[-count:]) in SECRET_WORDS:
            return STRONG
    if last.endswith(SECRET_ENDINGS) and not last.startswith(("public", "공개")):
        return STRONG
    if last in SUSPECT_WORDS:
        if before in SUSPECT_WORDS_OFF:
            return HARMLESS
        return WEAK
    if last == "key" and parts[0] == "x" and len(parts) == 3 and before not in KEY_HARMLESS:
        return WEAK  # a header: X-BM-KEY
    if last in _KEYS:
        if before in KEY_HARMLESS:
            return HARMLESS
        return KEYISH
    if len(last) > 5 and last.endswith("token"):
        return WEAK
    return None


class Names(dict[str, int]):
    """Classifies names and remembers the answers: the class of a name is `names[name]`.

    Args:
        mask_names: Names that are secret here too. They apply to every name that ends with the same
            words.
        allow_names: Names that are harmless here: the whole name, or the part after the last dot.
    """

    def __init__(self, mask_names: Iterable[str] = (), allow_names: Iterable[str] = ()) -> None:
        super().__init__()
        self._masked = tuple(tuple(words(name)) for name in mask_names if words(name))
        self._allowed = frozenset(
            tuple(words(name.rpartition(".")[2] or name)) for name in allow_names
        )
        self.triggers = tuple(sorted({parts[-1] for parts in self._masked}))
        """Last words of `mask_names`, which texts must be searched for."""

    def __missing__(self, name: str) -> int:
        if "***" in name:
            found = HARMLESS
        else:
            found = self._decide(words(name[-_MAX_NAME:]))
        if len(name) <= _MAX_NAME:
            if len(self) >= _MAX_CACHE:
                self.clear()
            self[name] = found
        return found

    def classify(self, name: str) -> int:
        """Return `HARMLESS`, `STRONG`, `WEAK`, `KEYISH` or `HEADERS`."""
        return self[name]

    def _decide(self, parts: list[str]) -> int:
        if tuple(parts) in self._allowed:
            return HARMLESS
        if any(tuple(parts[-len(masked) :]) == masked for masked in self._masked):
            return STRONG
        return classify_words(parts)
