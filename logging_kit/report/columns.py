"""Tables of a report and their amounts, for terminals and in Markdown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal

from ..panels.currencies import format_amount


def aligned(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table for a terminal: texts begin, and figures end, under each other."""
    table = [columns, *rows]
    widths = [max(_width(row[i]) for row in table) for i in range(len(columns))]
    right = [all(_is_figure(row[i]) for row in table[1:]) for i in range(len(columns))]
    return "\n".join(
        "  " + "  ".join(_pad(*cell) for cell in zip(row, widths, right, strict=True)).rstrip()
        for row in table
    )


def _is_figure(cell: str) -> bool:
    return cell.strip("+-–,.0123456789 %h") == ""


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    if right:
        return space + text
    return text + space


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def pipes(cells: Iterable[str]) -> str:
    """Return a row of a table in Markdown."""
    return "| " + " | ".join(cells) + " |"


def signed_amount(amount: Decimal, currency: str) -> str:
    """Return a profit with its sign and the digits of its currency.

    Example:
        >>> signed_amount(Decimal("0.00031"), "BTC"), signed_amount(Decimal(-1500), "KRW")
        ('+0.00031000', '-1,500')
    """
    text = format_amount(amount, currency)
    if amount > 0:
        return f"+{text}"
    return text
