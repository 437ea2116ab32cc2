"""Colours of a terminal, and whether a stream gets them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final, TextIO

Paint = Callable[[str, str], str]
"""Returns a text in a colour."""

RESET: Final = "\x1b[0m"
DIM, BOLD, RED, GREEN, YELLOW, CYAN, CRITICAL = (
    f"\x1b[{code}m" for code in ("2", "1", "31", "32", "33", "36", "1;37;41")
)
LEVELS: Final[Mapping[str, tuple[str, str]]] = {
    "debug": ("DEBUG", DIM),
    "info": ("INFO ", CYAN),
    "warning": ("WARN ", YELLOW),
    "error": ("ERROR", RED),
    "critical": ("CRIT ", CRITICAL),
}
"""The word and the colour of each level."""

UP: Final = frozenset({"LONG", "buy", "win"})
DOWN: Final = frozenset({"SHORT", "sell", "loss"})
DIRECTIONS: Final = ("signal", "result", "position_side", "side")
"""The fields that have a direction, the most telling first."""


def use_colour(stream: TextIO | Any) -> bool:
    """Return True if a stream should get colours.

    `NO_COLOR` turns them off (https://no-color.org), `FORCE_COLOR` on (https://force-color.org);
    otherwise a terminal that is not `dumb` gets them. The order is that of Python itself
    (https://docs.python.org/3/using/cmdline.html#controlling-color).
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def painted(text: str, code: str) -> str:
    """Return a text in a colour."""
    if not code or not text:
        return text
    return f"{code}{text}{RESET}"


def plain(text: str, _code: str) -> str:
    """Return a text without a colour."""
    return text


def direction_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """Return an arrow and a colour for the direction of a line; the word stays in the text."""
    for name in DIRECTIONS:
        value = record.get(name)
        if isinstance(value, str) and value in UP:
            return "▲ ", GREEN
        if isinstance(value, str) and value in DOWN:
            return "▼ ", RED
        if name == "result" and isinstance(value, str):
            break  # a trade that broke even has no direction, whatever its side
    return "", ""


def colour_of(name: str, value: Any) -> str:
    """Return the colour of a field's value: green for what is up or won, red for the opposite."""
    if name in DIRECTIONS and isinstance(value, str):
        if value in UP:
            return GREEN
        if value in DOWN:
            return RED
        return ""
    if "pnl" not in name and not name.endswith("return_pct"):
        return ""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return ""
    if number > 0:
        return GREEN
    if number < 0:
        return RED
    return ""
