"""Texts and colours of values, in the units of the panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from logging_kit.escaping import escape
from logging_kit.panels.colours import COLOURS, GAIN, HTTP_CLASSES, LOSS
from logging_kit.panels.currencies import format_amount
from logging_kit.panels.panel import PROFIT, Panel, Steps
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.nodes import Aggregate, reads
from logging_kit.watch.answers import Series

HEX: Final[Mapping[str, str]] = MappingProxyType(
    {
        "green": "#73BF69",
        "light-green": "#96D98D",
        "red": "#F2495C",
        "dark-red": "#C4162A",
        "orange": "#FF9830",
        "blue": "#5794F2",
        "light-blue": "#8AB8FF",
        "purple": "#B877D9",
        "gray": "#9FA3AB",
    }
)
"""Grafana's names of colours; `text` and `transparent` are colours of the terminal."""

CYCLE: Final = (
    "#5794F2",
    "#FF9830",
    "#73BF69",
    "#B877D9",
    "#FADE2A",
    "#8AB8FF",
    "#F2495C",
    "#96D98D",
)
"""Colours of series that have none of their own, in order."""

_PLACES: Final = ("app", "env")

PROFIT_FIELDS: Final = frozenset(
    ("pnl", "realized_pnl", "realized_pnl_today", "unrealized_pnl", "pnl_pct", "r_multiple")
)
"""Fields whose sign says whether money was earned."""

_SCALES: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"))


def currency_of(series: Series) -> str:
    """Return the currency of a series; empty if it has none."""
    return dict(zip(series.fields, series.names, strict=True)).get("quote", "")


def format_value(value: float, panel: Panel, now: int, currency: str = "") -> str:
    """Format a value in the unit of its panel.

    Args:
        value: The value.
        panel: The panel.
        now: End of the time range in ms since 1970-01-01 UTC, for the unit `dateTimeFromNow`.
        currency: Currency of an amount.
    """
    if value > 0 and is_profit(panel):
        return f"+{_unsigned(value, panel, now, currency)}"
    return _unsigned(value, panel, now, currency)


def format_change(change: float, panel: Panel, currency: str = "") -> str:
    """Format the difference of two values with its sign, in the unit of their panel."""
    sign = "−"
    if change > 0:
        sign = "+"
    text = _unsigned(abs(change), panel, 0, currency)
    if panel.unit in ("percent", "percentunit"):
        text = text.replace("%", "pp")  # points: a share of 40 % that becomes 50 % is not 10 % more
    return f"{sign}{text}"


def is_profit(panel: Panel) -> bool:
    """Return True if the panel shows gains and losses, so that the sign of a value matters."""
    if panel.thresholds is PROFIT:
        return True
    known = [read for target in panel.targets for read in reads(target.query)]
    return panel.unit == "currency" and all(
        isinstance(read, Aggregate) and read.field in PROFIT_FIELDS for read in known
    )


def profit_colour(value: float, style: Presentation, place: int = 0) -> str:
    """Return the colour of a gain or a loss.

    Args:
        value: The amount.
        style: Language and colours.
        place: Number of the series; the second one has other shades.
    """
    if not value:
        return ""
    name = style.colour(LOSS if value < 0 else GAIN)
    if place % 2:
        name = _SHADES.get(name, name)
    return HEX[name]


_SHADES: Final[Mapping[str, str]] = MappingProxyType(
    {"green": "light-green", "red": "dark-red", "blue": "light-blue"}
)


def _unsigned(value: float, panel: Panel, now: int, currency: str = "") -> str:
    unit = _UNITS.get(panel.unit)
    if panel.unit == "currency" and panel.decimals is None:
        return format_amount(value, currency)
    if panel.decimals is not None and panel.unit in _SCALED:
        factor, sign = _SCALED[panel.unit]
        return f"{value * factor:,.{panel.decimals}f}{sign}"
    if unit is not None:
        return unit(value)
    if panel.unit == "dateTimeFromNow":
        return f"{format_duration(max(now - value, 0) / 1000)} ago"
    return format_number(value, panel.decimals)


def format_number(value: float, decimals: int | None = None) -> str:
    """Format a number with separators of thousands, and no more digits than it needs."""
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if abs(value) >= 1e6:
        scale, letter = next(pair for pair in _SCALES if abs(value) >= pair[0])
        return f"{value / scale:,.2f} {letter}"
    if value == round(value):
        return f"{value:,.0f}"
    if abs(value) >= 1000:
        return f"{value:,.1f}"
    return f"{value:.4g}"


def format_duration(seconds: float) -> str:
    """Format a duration in its two largest units.

    Example:
        >>> format_duration(3900)
        '1h 5m'
    """
    if seconds < 10 and seconds != round(seconds):
        return f"{seconds:.1f}s"
    if seconds < 10:
        return f"{seconds:.0f}s"
    left = round(seconds)
    found: list[str] = []
    for size, letter in ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        if left >= size and len(found) < 2:
            found.append(f"{left // size}{letter}")
            left %= size
        elif found:
            break
    return " ".join(found)


def _milliseconds(value: float) -> str:
    if abs(value) < 10_000:
        return f"{value:,.0f} ms"
    return format_duration(value / 1000)


def _bytes(value: float) -> str:
    for unit in ("B", "kB", "MB"):
        if abs(value) < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"


_UNITS: Final[Mapping[str, Callable[[float], str]]] = MappingProxyType(
    {
        "percentunit": lambda value: f"{value * 100:.1f} %",
        "percent": lambda value: f"{value:.2f} %",
        "ms": _milliseconds,
        "s": format_duration,
        "bytes": _bytes,
        "reqpm": lambda value: f"{value:.3g}/min",
        "currency": lambda value: f"{value:,.2f}",
        "currencyUSD": lambda value: f"${value:,.2f}",
    }
)


def format_tick(value: float, unit: str) -> str:
    """Format a value beside an axis, as short as possible."""
    if unit in ("currency", "short", "none", "currencyUSD"):
        return format_number(round(value, 10))
    if unit in ("percentunit", "percent"):
        return f"{value * _SCALED[unit][0]:g} %"
    return _UNITS.get(unit, format_number)(value)


_SCALED: Final[Mapping[str, tuple[float, str]]] = MappingProxyType(
    {"percentunit": (100, " %"), "percent": (1, " %"), "reqpm": (1, "/min"), "currency": (1, "")}
)


def series_label(series: Series, style: Presentation, among: Sequence[Series] = ()) -> str:
    """Return the name of a series: its query, and the values of its fields.

    Args:
        series: The series.
        style: Language and colours.
        among: All series of the panel; an app or environment that all of them share is left out.
    """
    names = []
    if series.query:
        names.append(style.translate(series.query))
    for place, (field, text) in enumerate(zip(series.fields, series.names, strict=True)):
        if field in _PLACES and {other.names[place : place + 1] for other in among} == {(text,)}:
            continue
        names.append(label(field, text, style))
    return " ".join(filter(None, names))


def label(field: str, text: str, style: Presentation) -> str:
    """Return the text of a field, translated if it is known, and harmless on a terminal."""
    known = COLOURS.get(field, {}).get(text)
    if known:
        return style.translate(known[0])
    return escape(text)


def series_colour(series: Series, panel: Panel, style: Presentation, place: int) -> str:
    """Return the colour of a series: that of its panel, of its name, or of its place."""
    if panel.colour:
        return _hex(panel.colour, style)
    known = [
        COLOURS[field][text]
        for field, text in zip(series.fields, series.names, strict=True)
        if text in COLOURS.get(field, {})
    ]
    if not known and series.query in COLOURS["status"]:
        known = [COLOURS["status"][series.query]]
    if len(known) == 1:
        return _hex(known[0][1], style)
    for field, text in zip(series.fields, series.names, strict=True):
        if colour := _http_colour(field, text):
            return HEX[colour]
    return CYCLE[place % len(CYCLE)]


def severity(colour: str) -> int:
    """Return 2 for the colour of a critical value, 1 for that of a warning, else 0."""
    return {HEX["dark-red"]: 2, HEX["red"]: 2, HEX["orange"]: 1}.get(colour, 0)


def status(value: float, panel: Panel, style: Presentation) -> tuple[str, str]:
    """Return the text that replaces a value, and its colour; each may be empty."""
    for wording in panel.wordings:
        if (wording.low is None or value >= wording.low) and (
            wording.high is None or value <= wording.high
        ):
            return style.translate(wording.text), _hex(wording.colour, style)
    return "", _hex(panel.colour or _reached(value, panel.thresholds), style)


def _reached(value: float, thresholds: Steps) -> str:
    return next((name for low, name in reversed(thresholds) if low is None or value >= low), "")


def _hex(name: str, style: Presentation) -> str:
    return HEX.get(style.colour(name), "")


def loss_colour(style: Presentation) -> str:
    """Return the colour of losses."""
    return _hex(LOSS, style)


def colour_of_label(field: str, text: str, style: Presentation) -> str:
    """Return the colour of a field's text; empty if it has none."""
    known = COLOURS.get(field, {}).get(text)
    if not known:
        return HEX.get(_http_colour(field, text), "")
    return _hex(known[1], style)


def _http_colour(field: str, text: str) -> str:
    """Return the name of the colour of an HTTP status; empty for any other text."""
    if field == "status" and len(text) == 3 and text.isdecimal():
        return HTTP_CLASSES.get(text[0], "")
    return ""
