"""Values of names in XML, HTML, forms and in records of name and value."""

from __future__ import annotations

import re
from typing import Final

from .name_at import Label
from .names import STRONG
from .read_value import QUOTE, Span, hidden_under, is_placeholder, read_value
from .value_shapes import has_digit, is_opaque

_TAG_START: Final = re.compile(r"(?:<|&lt;|\\u003c)(?:[\w-]{1,16}:)?\Z")
_TAG_END: Final = re.compile(r"(?:\s[^<>]{0,120})?(?<!/)(?:>|&gt;)\s{0,16}(?:<!\[CDATA\[)?")
_TAG_CLOSE: Final = ("</", "&lt;/", "]]", "\\u003c/", "<\\/")
_TAG_VALUE: Final = re.compile(r"[^<>&\]]{1,4096}")
_NEXT_CELL: Final = re.compile(r"\s{0,4}</[\w:.-]{1,32}>\s{0,64}<[\w:.-]{1,32}[^<>]{0,80}>\s{0,16}")
_ATTRIBUTE_END: Final = re.compile(rf"{QUOTE}[^<>{{}}]{{0,80}}>\s{{0,16}}(?:<!\[CDATA\[)?")
_VALUE_AFTER: Final = re.compile(
    rf"{QUOTE}[^{{}}<>\n]{{0,80}}?(?<![\w-])(?:value|Value|val|content|default|data|input|secret){QUOTE}?\s{{0,4}}[:=]\s{{0,4}}"
)
_NAME_BEFORE: Final = re.compile(
    rf"(?:name|key|field|header|param|id|Name|Key|k){QUOTE}?\s{{0,4}}[:=]\s{{0,4}}{QUOTE}(?:/?[\w.-]{{1,32}}/){{0,4}}/?\Z"
)
_VALUE_BEFORE: Final = re.compile(
    rf"(?:value|Value|val){QUOTE}?\s{{0,4}}[:=]\s{{0,4}}(?P<quote>{QUOTE})(?P<value>[^\"'{{}}<>\n]{{1,512}}?)(?P=quote)"
    rf",?\s{{0,4}}{QUOTE}?(?:name|key|field|header|Name|Key){QUOTE}?\s{{0,4}}[:=]\s{{0,4}}{QUOTE}\Z"
)
_YAML_NAME: Final = re.compile(r"(?:name|key|Name|Key):[ \t]{1,8}[\"']?\Z")
_YAML_VALUE: Final = re.compile(r"[\"']?[ \t]{0,8}\r?\n[ \t]{0,32}(?:value|Value):[ \t]{1,8}")
_LINE: Final = r"(?:\r?\n|(?:\\r)?\\n)"
_PART: Final = re.compile(
    rf"\\{{0,3}}\"(?:;[^\r\n]{{0,80}})?{_LINE}(?:Content-[^\r\n\\]{{0,80}}{_LINE})?{_LINE}"
)
_PART_VALUE: Final = re.compile(r"[^\r\n\\]{1,4096}")


def in_tags(text: str, label: Label) -> list[Span]:
    """`<apiKey>…</apiKey>`."""
    if _TAG_START.search(text[max(0, label.start - 24) : label.start]) is None:
        return []
    end = _TAG_END.match(text, label.end)
    if end is None:
        value = None
    else:
        value = _TAG_VALUE.match(text, end.end())
    if value is None or not (
        text.startswith(_TAG_CLOSE, value.end()) or is_opaque(value[0].strip())
    ):
        return []  # "usage: bot <api_key> <symbol>"
    return _judged(value, label)


def in_next_cell(text: str, label: Label) -> list[Span] | None:
    """`<td>api_key</td><td>…</td>`; `None` if it is no such text."""
    cell = _NEXT_CELL.match(text, label.end)
    if cell is None:
        return None
    value = _TAG_VALUE.match(text, cell.end())
    if value is not None and has_digit(value[0]):
        return _judged(value, label)
    return []


def in_yaml_record(text: str, label: Label) -> list[Span]:
    """`- name: API_KEY` and, on the next line, `value: …`."""
    value = _YAML_VALUE.match(text, label.end)
    if value is None or _YAML_NAME.search(text[max(0, label.start - 16) : label.start]) is None:
        return []
    read = read_value(text, value.end())
    if read is None or read.kind not in ("quoted", "bare"):
        return []
    return _hidden(text, read.start, read.end, label)


_COLUMN: Final = re.compile(
    r"[ \t]{2,64}\|?[ \t]*(?P<value>[^\s|]{4,1024})[ \t]*\|?[ \t]*(?=\r?\n|$)"
)
_LOCATION: Final = re.compile(
    r"['\"]?loc['\"]?\s?[:=]\s?[(\[](?:\s?['\"]?[\w.-]{1,64}['\"]?,){0,6}\s?['\"]\Z"
)
_INPUT: Final = re.compile(
    r"['\"],?\s?[)\]][^{}\n]{0,240}?['\"]?\binput['\"]?\s?[:=]\s?['\"](?P<value>[^'\"\n]{1,1024})['\"]"
)
_SERIES_BEFORE: Final = re.compile(r"Series: '\Z")
_SERIES: Final = re.compile(r"' \[\w{1,12}\]\s{0,4}\[\s{0,8}(?P<value>[^\]]{4,4096}?)\s{0,8}\]")


def in_column(text: str, label: Label) -> Span | None:
    """Return the value beside a name at the start of a line, in aligned columns."""
    line = text.rfind("\n", max(0, label.start - 8), label.start) + 1
    if text[line : label.start].strip(" \t|") and label.start > 0:
        return None
    value = _COLUMN.match(text, label.end)
    if value is None or is_placeholder(value["value"]):
        return None
    shown = value["value"]
    if hidden_under(shown, label.name_class) and has_digit(shown) and len(shown) >= 6:
        return value.span("value")
    return None


def in_input(text: str, label: Label) -> Span | None:
    """Return the rejected value in an error of pydantic, or the data of a polars series."""
    if label.name_class != STRONG:
        return None
    before = text[max(0, label.start - 160) : label.start]
    if _LOCATION.search(before) is not None:
        given = _INPUT.match(text, label.end)
        if given is not None:
            return given.span("value")
    if _SERIES_BEFORE.search(before) is not None:
        series = _SERIES.match(text, label.end)
        if series is not None:
            return series.span("value")
    return None


def in_record(text: str, label: Label) -> list[Span]:
    """Return the value of a record.

    `{"name": "api_key", "value": "…"}`, an attribute, form data.
    """
    head = text[max(0, label.start - 40) : label.start]
    if _NAME_BEFORE.search(head) is None:
        return []
    part = _PART.match(text, label.end)
    if part is not None:
        return _judged(_PART_VALUE.match(text, part.end()), label)
    record = _VALUE_AFTER.match(text, label.end)
    if record is not None:
        read = read_value(text, record.end())
        if read is not None and read.kind in ("quoted", "bare"):
            return _hidden(text, read.start, read.end, label)
    attribute = _ATTRIBUTE_END.match(text, label.end)
    in_tag = attribute is not None and "<" in text[max(0, label.start - 120) : label.start]
    if (
        attribute is not None
        and in_tag
        and (found := _judged(_TAG_VALUE.match(text, attribute.end()), label))
    ):
        return found
    start = max(0, label.start - 600)
    before = _VALUE_BEFORE.search(text[start : label.start])
    if before is None:
        return []
    return _hidden(text, start + before.start("value"), start + before.end("value"), label)


def _judged(value: re.Match[str] | None, label: Label) -> list[Span]:
    if value is None:
        return []
    return _hidden(value.string, value.start(), value.start() + len(value[0].rstrip()), label)


def _hidden(text: str, start: int, end: int, label: Label) -> list[Span]:
    shown = text[start:end]
    if hidden_under(shown, label.name_class) and not is_placeholder(shown):
        return [(start, end)]
    return []
