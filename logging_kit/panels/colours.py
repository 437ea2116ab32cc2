"""One colour for one meaning on every dashboard.

Texts have an arrow too, because not every reader can tell the colours apart.

The levels have the colours of Grafana's own log dashboards
(https://github.com/grafana/jsonnet-libs/tree/master/logs-lib).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal


class Direction(str):
    """A colour that stands for up or down on a market, which a palette may show differently."""

    __slots__ = ()


UP: Final = "green"
DOWN: Final = "red"
GAIN: Final = Direction("green")
LOSS: Final = Direction("red")

Palette = Literal["green-up", "red-up"]
PALETTES: Final[Mapping[Palette, Mapping[str, str]]] = MappingProxyType(
    {"green-up": {"green": "green", "red": "red"}, "red-up": {"green": "red", "red": "blue"}}
)
"""The colours of a `Direction`: on Korean and Japanese exchanges red is up and blue is down."""

_SIDES: Final = {
    "LONG": ("▲ LONG", GAIN),
    "SHORT": ("▼ SHORT", LOSS),
    "WAIT": ("◆ WAIT", "gray"),
    "FLAT": ("◆ FLAT", "gray"),
}

COLOURS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = MappingProxyType(
    {
        "signal": _SIDES,
        "position_side": _SIDES,
        "side": {"buy": ("▲ buy", GAIN), "sell": ("▼ sell", LOSS)},
        "result": {
            "win": ("▲ win", GAIN),
            "loss": ("▼ loss", LOSS),
            "breakeven": ("◆ breakeven", "gray"),
        },
        "status": {
            "submitted": ("submitted", "blue"),
            "accepted": ("accepted", "light-blue"),
            "partially_filled": ("partially filled", "light-green"),
            "filled": ("✔ filled", "green"),
            "canceled": ("canceled", "gray"),
            "rejected": ("✘ rejected", "red"),
            "expired": ("expired", "orange"),
        },
        "level": {
            "critical": ("critical", "purple"),
            "error": ("error", "red"),
            "warning": ("warning", "orange"),
            "info": ("info", "green"),
            "debug": ("debug", "blue"),
        },
    }
)
"""The text of a known value of a field, and Grafana's name of its colour."""

HTTP_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {"1": "gray", "2": "green", "3": "blue", "4": "orange", "5": "red"}
)
"""Colours of HTTP statuses by their first digit."""
