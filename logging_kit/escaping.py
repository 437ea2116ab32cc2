"""Escaping of text for terminals, JSON, Markdown and spreadsheets."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from .line import is_number

_C0: Final = "\x00-\x1f"
_OBEYED: Final = (
    "\x7f-\x9f"  # DEL and C1: a terminal obeys them
    "\u2028\u2029"  # line and paragraph separator
    # invisible characters, and characters that reorder text
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"  # surrogates
    "\U000e0000-\U000e007f"  # tags
)
_UNSAFE: Final = re.compile(f"[{_C0}{_OBEYED}]")
_UNSAFE_ROWS: Final = re.compile(f"[\x00-\x09\x0b-\x1f{_OBEYED}]")
_UNSAFE_JSON: Final = re.compile(f"[\x00-\x08\x0b-\x1f{_OBEYED}]")
_HTML: Final = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;"})
_MARKUP: Final = re.compile(r"[\\`*|\[\]~]")
_FORMULA: Final = ("=", "+", "-", "@")
_UNSEEN: Final = ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me")
"""Categories of the characters that leave no mark of their own on a screen."""
_BLANK: Final = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols that look like a space."""
_LONGEST_PLAIN: Final = 40
"""Digits before or behind the point of a number that is written without an exponent."""


def escape(text: str) -> str:
    r"""Make text harmless on a terminal: control characters become visible, such as `\n`.

    Example:
        >>> escape("filled\nfake line")
        'filled\\nfake line'
    """
    if text.isascii() and text.isprintable():  # most texts, and much faster
        return text
    return _UNSAFE.sub(_visible, text)


def escape_rows(text: str) -> str:
    r"""Make text of several rows harmless on a terminal: as `escape`, but `\n` stays.

    Only text whose rows the package chose itself may pass here: a value could forge a row.
    """
    return _UNSAFE_ROWS.sub(_visible, text)


def escape_json(text: str) -> str:
    r"""Make JSON harmless on a terminal: control and directional characters become `\uXXXX`.

    Example:
        >>> escape_json('{"symbol":"BTC\u202e"}')
        '{"symbol":"BTC\\u202e"}'
    """
    return _UNSAFE_JSON.sub(_unicode_escape, text)


def escape_markdown(text: str) -> str:
    r"""Make a value harmless in Markdown: it cannot add a row, a heading, a link or HTML.

    Example:
        >>> escape_markdown("a|b\n# <b>")
        'a\\|b\\\\n# &lt;b&gt;'
    """
    shown = escape(text).translate(_HTML)
    return _MARKUP.sub(r"\\\g<0>", shown)


def spreadsheet_cell(text: str) -> str:
    """Make text harmless in a CSV file that a spreadsheet opens.

    Control characters and line feeds become visible. A text that would be a formula gets a leading
    apostrophe, in full-width characters and behind invisible ones too.

    Example:
        >>> spreadsheet_cell("=1+1")
        "'=1+1"
    """
    shown = escape(text)
    if is_number(shown):
        return shown
    seen = shown
    while seen and (unicodedata.category(seen[0]) in _UNSEEN or seen[0] in _BLANK):
        seen = seen[1:]
    if unicodedata.normalize("NFKC", seen[:1]).startswith(_FORMULA):
        return f"'{shown}"
    return shown


def plain_number(text: str) -> str:
    """Write a number without an exponent, as a spreadsheet reads it; leave another text as it is.

    Example:
        >>> plain_number("1e-07"), plain_number("2.50"), plain_number("1e-7x")
        ('0.0000001', '2.50', '1e-7x')
    """
    if "e" not in text.lower() or not is_number(text):
        return text
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number.adjusted()) > _LONGEST_PLAIN:
        return text
    if exponent < -_LONGEST_PLAIN:
        return text
    return format(number, "f")


def _visible(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def _unicode_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
