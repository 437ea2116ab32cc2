"""Names and their values in texts: assignments, headers, JSON inside strings, calls, options."""

from __future__ import annotations

import re
from typing import Final

from .headers import AUTHORIZATION, COOKIE, authorization, cookie
from .markup import in_column, in_input, in_next_cell, in_record, in_tags, in_yaml_record
from .name_at import Label, ScanState, label_around
from .name_words import words_of
from .names import HARMLESS, HEADERS, KEYISH, STRONG, Names, words
from .prose import MNEMONICS, in_phrase, is_like_a_secret, mnemonic
from .read_value import (
    QUOTE,
    Span,
    Value,
    hidden_under,
    is_code,
    is_placeholder,
    is_placeholder_at,
    is_wrapper,
    read_value,
    spans_in_brackets,
)
from .value_shapes import has_digit, is_nothing, is_opaque

_ANSI: Final = r"(?:\x1b\[[\d;]{0,12}m)*"
_OPERATOR: Final = (
    r"(?:===?|!==?|<>|[:?.+|~]{0,2}=[>~]?|<-|->|→|⇒|➜|»|::?|：|＝|%(?:25){0,3}3[ADad]|&#61;|&#x3[dD];|\\u003[dD]"
    r"|(?<=[ \t])(?:[-–—|│┆┊┃]|\.{3,64})(?=[ \t])|(?<=\s)(?:IN|LIKE)(?=[\s(]))"
)
_TYPE: Final = r"(?!\w{24})[A-Za-z_]+(?:\.[A-Za-z_]+){0,3}(?:\[[A-Za-z_\[\]., |]{1,40}\])?"
_SEPARATOR: Final = re.compile(
    rf"(?P<close>{QUOTE})?{_ANSI}(?:\[[^\]\s]{{0,32}}\])?[\]*]{{0,3}}(?:</?[a-z]{{1,8}}>)?(?:\s?\([^()\n]{{1,24}}\))?\s{{0,16}}"
    rf"(?::\s?{_TYPE}(?:\s?\|\s?{_TYPE}){{0,3}}(?=\s?=[^=]))?"
    rf"\s?(?P<op>\*{{0,2}}{_OPERATOR}(?:\*{{1,2}}(?!\*))?)"
    rf"(?:</[a-z]{{1,8}}>)?\s{{0,16}}{_ANSI}(?:<[a-z]{{1,8}}>)?(?:\\[ \t]{{0,4}}\r?\n\s{{0,32}})?"
    r"(?:(?:string|int|float|str)\(\d{1,6}\)\s{1,8}(?=[\"'])|(?:Just|Some|Ok)\s(?=[\"']))?"
)
_YAML: Final = re.compile(
    r"(?:[>|][+-]?\d?[ \t]*\r?\n\s{0,32}|!{1,2}[\w/.:-]{1,64}\s{1,4}|&\w{1,32}\s){1,3}"
)
_PROSE: Final = frozenset(
    {":", "：", "::", "->", "==", "===", "!=", "!==", "<>", "<-", "→", "»", "-", "–", "—", "|"}
)
_OPENING: Final = ("'", '"', "`")
_HEADER_NAME: Final = re.compile(r"[Xx](?:-[A-Za-z]{2,16}){1,4}(?:-\d{0,2}[A-Za-z]?)?")
_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{16,96}")
_TUPLE: Final = re.compile(rf"{QUOTE},\s{{0,8}}")
_BARE_TUPLE: Final = re.compile(r"(?:,\s?| \. )(?=[\"'])")
_THIRD: Final = re.compile(
    r"[\"'][A-Za-z_]{1,16}[\"'],\s{0,4}[\"'](?P<value>[^\"'\s]{16,512})[\"']\s{0,4}[)\]]"
)
_GAP: Final = re.compile(r"\s{1,4}(?!-)")
_ARGUMENT: Final = re.compile(
    r"\(\s{0,4}b?(?P<quote>\\{0,7}[\"']?)(?P<value>[^\s\\\"'()]{4,4096})(?P=quote)\s{0,4}\)"
)
_GETTERS: Final = words_of(
    "get load read fetch find has is delete remove lookup retrieve resolve check validate require env getenv input prompt ask len "
    "mask hide redact hash verify list create generate new rotate refresh revoke invalid missing"
)
_PLAIN_WORD: Final = re.compile(r" [A-Za-z0-9가-힣](?!N\W|IKE\W)")
_REST: Final = re.compile(r"[^\s,;&|\"'`()\[\]{}<>\\\x1b]{0,8192}")
_PATH: Final = re.compile(r"/(?P<value>[A-Za-z0-9_-]{16,256})(?![A-Za-z0-9_-])")
_BRACKETED: Final = re.compile(r"[<(](?P<value>[^\s<>()\"']{6,4096})[>)]")


def find_assignment(
    text: str, start: int, end: int, names: Names, state: ScanState
) -> tuple[int, list[tuple[int, int, str]]]:
    """Judge the name around a trigger word and what follows it.

    Args:
        text: The text.
        start: Start of the trigger word.
        end: End of the trigger word.
        names: What is a secret's name.
        state: What is known about the text.

    Returns:
        Where the name ends, and start, end and rule of what to mask.
    """
    label = label_around(text, start, end, names, state)
    if label.name_class in (HARMLESS, HEADERS) or not state.budget.spend(text, label):
        return label.end, []
    if _is_in_resource_name(text, label.start):
        return label.end, []
    rule = f"{label.text[-64:]} in the text"
    return label.end, [(at, to, rule) for at, to in _assigned(text, label, names, state) if at < to]


def _is_in_resource_name(text: str, at: int) -> bool:
    """Return True if a position is inside an ARN: `arn:aws:secretsmanager:…:secret:bot-AbCdEf`."""
    start = text.rfind("arn:", max(0, at - 128), at)
    return start >= 0 and not any(char.isspace() or char in "\"'," for char in text[start:at])


def _assigned(text: str, label: Label, names: Names, state: ScanState) -> list[Span]:
    at = label.end
    if (label.name_class == STRONG or label.ends_with(("session", "sess"))) and text[
        at : at + 3
    ].lower() == " id":
        at += 3  # "API key ID: …", "session id: …"
    opening = " "
    if label.start:
        opening = text[label.start - 1]
    if opening == "/" and text.startswith("://", label.start - 3) and text[at : at + 1] == ":":
        return []  # the user of an address, whose password has a rule of its own
    if opening in "<:;/c" and (found := in_tags(text, label)):
        return found
    if opening in " \t\"'" and (found := in_yaml_record(text, label)):
        return found
    if opening in "\"'`;/" and (found := in_record(text, label)):
        return found
    if (column := in_column(text, label)) is not None:
        return [column]
    if text[at : at + 1] == " " and not label.flag and _PLAIN_WORD.match(text, at) is not None:
        return in_phrase(text, label, at)
    if (given := in_input(text, label)) is not None:
        return [given]
    if (separator := _SEPARATOR.match(text, at)) is not None:
        return _after_separator(text, label, separator, state)
    if (close := _TUPLE.match(text, at)) is not None:
        return _after_comma(text, label, close, names)
    if (cell := in_next_cell(text, label)) is not None:
        return cell
    if label.flag and (gap := _GAP.match(text, at)) is not None:
        value = read_value(text, gap.end())
        if value is None:
            return []
        return _judged(text, value, label, state, prose=False)
    if (argument := _ARGUMENT.match(text, at)) is not None:
        return _argument(label, argument)
    if opening in "{(:" and (gap := _BARE_TUPLE.match(text, at)) is not None:
        found = _quoted(text, read_value(text, gap.end()), label)
        return [span for span in found if has_digit(text[slice(*span)])]
    if (
        opening == "/"
        and label.name_class == STRONG
        and len(label.text) > 2
        and not is_opaque(label.text)
        and (path := _PATH.match(text, at)) is not None
    ):
        if is_opaque(path["value"]):
            return [path.span("value")]
        return []
    return in_phrase(text, label, at)


def _after_separator(
    text: str, label: Label, separator: re.Match[str], state: ScanState
) -> list[Span]:
    operator = separator["op"].strip("*")
    at = separator.end()
    if separator["close"] is None and _is_closed(text, label, separator):
        return []
    if label.name_class == STRONG:
        if label.ends_with(COOKIE) and (found := cookie(text, at)):
            return found
        if label.ends_with(MNEMONICS) and (found := mnemonic(text, at)):
            return found
    if label.ends_with(AUTHORIZATION) and (found := authorization(text, at)):
        return found
    if operator == ":" and (block := _YAML.match(text, at)) is not None:
        at = block.end()
    if (pair := _LOGIN_PAIR.match(text, at)) is not None and label.ends_with(
        ("auth", "authentication")
    ):
        return [pair.span("value")]
    value = read_value(text, at, percent=operator.startswith("%"), short=label.name_class != STRONG)
    if value is None:
        bracketed = _BRACKETED.match(text, at)
        hides = (
            bracketed is not None
            and has_digit(bracketed["value"])
            and hidden_under(bracketed["value"], label.name_class)
        )
        if bracketed is not None and hides:
            return [bracketed.span("value")]
        return []
    return _judged(
        text,
        value,
        label,
        state,
        prose=operator in _PROSE and (separator["close"] is None or "]" in separator[0]),
    )


def _is_closed(text: str, label: Label, separator: re.Match[str]) -> bool:
    """Return True if what looks like an operator ends a quoted text (`'Cookie:'`) or base64 (`…mqd6yPw==`)."""
    at = separator.end()
    if label.start:
        opening = text[label.start - 1]
    else:
        opening = ""
    if opening in _OPENING and opening and text[at : at + 1] == opening and text[at - 1] in "=:":
        return True
    if (
        text[label.end] != "="
        or separator["op"] not in ("=", "==")
        or len(words(label.text)[-1]) > 4
    ):
        return False
    if at == label.end + len(separator["op"]) and text[at : at + 1].isalnum():
        return False
    run = _RUN.match(text[max(0, label.end - 96) : label.end][::-1])
    return run is not None and is_opaque(run[0])


_PIECES: Final = re.compile(
    r"(?P<quote>[\"'])(?:\s{0,4}\n\s{0,80}(?P=quote)[^\"'\\\n]{1,512}(?P=quote)){1,16}(?!\s{0,4}:)"
)
_PIECE: Final = re.compile(r"(?<=[\"'])[^\"'\n]{1,512}(?=[\"'])(?<![\"'])")
_LOGIN_PAIR: Final = re.compile(
    r"\w{0,24}[(\[]\s{0,4}(?P<quote>[\"'])[^\"'\s]{1,128}(?P=quote)\s{0,4},\s{0,4}(?P<other>[\"'])(?P<value>[^\"'\s]{1,256})(?P=other)"
)


def _judged(text: str, value: Value, label: Label, state: ScanState, *, prose: bool) -> list[Span]:
    if value.kind == "brackets":
        if (
            text[value.start] == "("
            and (bracketed := _BRACKETED.match(text, value.start)) is not None
        ):
            hides = has_digit(bracketed["value"]) and hidden_under(
                bracketed["value"], label.name_class
            )
            if hides and (not prose or is_opaque(bracketed["value"])):
                return [bracketed.span("value")]
            return []
        if value.start < state.read_to:
            return []
        found, state.read_to = spans_in_brackets(
            text, value.start, lambda leaf: hidden_under(leaf, label.name_class)
        )
        return found
    if value.kind != "bare":
        return _quoted(text, value, label)
    shown = text[value.start : value.end]
    if (
        is_placeholder(shown)
        or is_nothing(shown)
        or (shown == "%" and is_placeholder_at(text, value.start))
    ):
        return []
    if label.name_class != STRONG:
        if not hidden_under(shown.rstrip(".:"), label.name_class):
            return []
        if len(shown) >= 256:
            rest = _REST.match(text, value.end)
        else:
            rest = None
        return [(value.start, value.end if rest is None else rest.end())]
    if not hidden_under(shown, STRONG) or is_code(shown, text[value.end : value.end + 1]):
        return []
    if not prose or is_like_a_secret(shown, label):
        return [(value.start, value.end)]
    return []


def _quoted(text: str, value: Value | None, label: Label) -> list[Span]:
    if value is None or value.kind in ("bare", "brackets"):
        return []
    shown = text[value.start : value.end]
    if is_placeholder(shown) or not shown.strip("*") or not hidden_under(shown, label.name_class):
        return []
    if value.kind == "quoted" and (piece := _PIECES.match(text, value.end)) is not None:
        return [
            (value.start, value.end),
            *(
                (value.end + one.start(), value.end + one.end())
                for one in _PIECE.finditer(piece[0])
            ),
        ]
    if value.kind == "call" and not is_wrapper(value.before):
        return (
            [(value.start, value.end)] if is_opaque(shown) else []
        )  # os.getenv("API_KEY"), input("Password: ")
    return [(value.start, value.end)]


def _argument(label: Label, argument: re.Match[str]) -> list[Span]:
    """`SecretStr('…')`, `.setPassword("…")`, but not `get_secret("prod-1")`."""
    shown = argument["value"]
    if label.name_class != STRONG:
        if argument["quote"] and hidden_under(shown, label.name_class):
            return [argument.span("value")]
        return []
    if "/" in shown and not is_opaque(shown):
        return []
    if is_wrapper(label.text) or (
        argument["quote"] and has_digit(shown) and (is_opaque(shown) or _is_setter(label.text))
    ):
        if is_placeholder(shown) or is_nothing(shown):
            return []
        return [argument.span("value")]
    if label.text[:1].isupper() and is_opaque(shown):
        return [argument.span("value")]
    return []


def _is_setter(name: str) -> bool:
    return not _GETTERS.intersection(words(name)[:1])


def _after_comma(text: str, label: Label, close: re.Match[str], names: Names) -> list[Span]:
    value = read_value(text, close.end())
    if value is None or value.kind == "brackets":
        return []
    shown = text[value.start : value.end]
    if value.kind == "bare":
        if shown.isdigit() and len(shown) > 3 and label.name_class == STRONG:
            return [(value.start, value.end)]
        return []
    if label.flag:
        return _quoted(text, value, label)
    if text[
        label.end - len(label.text) - 1 : label.end - len(label.text)
    ] not in _OPENING or _HEADER_NAME.fullmatch(shown):
        # the name is the end of a sentence ("invalid api key", "-2015"), or names of headers are
        # listed
        return []
    if (third := _THIRD.match(text, close.end())) is not None and is_opaque(third["value"]):
        return [third.span("value")]  # ("api_secret", "okx", "…")
    if names[shown] not in (HARMLESS, KEYISH, HEADERS) and not is_opaque(shown):
        return []  # a list of names
    if not has_digit(shown) and (len(shown) < 16 or " " in shown):
        return []
    return _quoted(text, value, label)
