"""The kinds of panels as data: a query, and the way in which its answer is shown.

A panel knows neither Grafana's JSON nor Loki, so other programs can draw it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, Literal

from logging_kit.exceptions import QueryError
from logging_kit.panels.colours import GAIN, LOSS
from logging_kit.panels.description import Translate, no_data_text, source_text
from logging_kit.panels.locale import WORDS
from logging_kit.panels.query.fields import EventLines
from logging_kit.panels.query.language import rows
from logging_kit.panels.query.nodes import Age, Query, Rows
from logging_kit.panels.query.scope import DASHBOARD, Scope

Asks = Literal["instant", "range", "logs"]
Steps = tuple[tuple[float | None, str], ...]


def steps(base: str, *more: tuple[float, str]) -> Steps:
    """Return thresholds: the colour below the first, then `(value, colour)` in rising order."""
    return ((None, base), *more)


PROFIT: Final = steps(LOSS, (0, "text"), (1e-9, GAIN))
"""The colour of a loss below zero, of a gain above."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text and a colour that stand for the values from `low` to `high`."""

    low: float | None
    high: float | None
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the corner of a panel, whose address may have Grafana's variables."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel, with its reference and its legend."""

    ref: str
    query: Query | Rows
    type: Asks
    legend: str
    scope: Scope = DASHBOARD

    @property
    def limit(self) -> int | None:
        """The highest number of lines, if the query shows lines."""
        return self.query.limit if isinstance(self.query, Rows) else None


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The part that all kinds of panels have in common.

    Args:
        title: Its heading.
        query: Its query, or several by the names of their series.
        id: Its number on the dashboard, which never changes: links lead to it.
        about: One or two sentences on its content.
        none: The text where lines arrived and the answer is that there is nothing, such as "No
            errors".
        missing: The meaning of "No data", if the default of `no_data` is not right.
        unit: Grafana's name of the unit, or `currency` for the currency that the series is named
            after.
        empty: The text in place of a value where there is none.
        decimals: Digits after the point.
        thresholds: Colours by value.
        wordings: Texts for values.
        colour: Fixed colour.
        min_step: Shortest time between two points, such as `"1h"`.
        time_from: Its own time range, such as `"now/d"` for today.
        links: Links in its corner.
        w: Width, of 24 columns.
        h: Height, in rows of 38 px.

    Raises:
        QueryError: If the kind of panel cannot show such a query.
    """

    asks: ClassVar[Asks]
    viz: ClassVar[str]
    ahead: ClassVar[bool] = False
    """True if a moment of its time axis stands for the step that begins there."""

    title: str = field(kw_only=False)
    query: Query | Rows | Mapping[str, Query] = field(kw_only=False)
    id: int
    about: str
    empty: str
    none: str = ""
    missing: str = ""
    unit: str = "short"
    decimals: int | None = None
    thresholds: Steps = ()
    wordings: tuple[Wording, ...] = ()
    colour: str = ""
    min_step: str = ""
    time_from: str = ""
    links: tuple[Link, ...] = ()
    w: int = 4
    h: int = 4

    def __post_init__(self) -> None:
        for target in self.targets:
            if isinstance(target.query, Rows) != (self.asks == "logs"):
                raise QueryError(f"{self.title!r}: lines are shown by Logs, and nothing else is")
            if isinstance(target.query, Age) and self.asks != "instant":
                raise QueryError(f"{self.title!r}: an age is known at the end of the range only")

    @property
    def targets(self) -> tuple[Target, ...]:
        """Its queries, with the references A, B, C and so on."""
        return self.asked()

    @property
    def source(self) -> str:
        """The events and files that its numbers come from."""
        return self._source(str)

    @property
    def no_data(self) -> str:
        """The meaning of "No data" on this panel."""
        return self._no_data(str)

    @property
    def description(self) -> str:
        """The text at the (i) of the panel in Grafana."""
        return self.describe()

    def asked(self, translate: Translate = str) -> tuple[Target, ...]:
        """Return its queries, with the names of their series in the reader's language."""
        named: Mapping[str, Query | Rows] = (
            self.query if isinstance(self.query, Mapping) else {"": self.query}
        )
        scope = replace(DASHBOARD, ahead=self.ahead)
        return tuple(
            Target(chr(ord("A") + i), query, self.asks, self._legend(name, query, translate), scope)
            for i, (name, query) in enumerate(named.items())
        )

    def describe(self, translate: Translate = str) -> str:
        """Return the text at the (i) of the panel, in the reader's language."""
        source, no_data = self._source(translate), self._no_data(translate)
        parts = (
            translate(self.about),
            f"**{translate(WORDS['source'])}:** {source}.",
            f"**{translate(WORDS['no_data'])}:** {no_data}",
        )
        return "\n\n".join(parts)

    def _source(self, translate: Translate) -> str:
        return source_text((target.query for target in self.targets), translate)

    def _no_data(self, translate: Translate) -> str:
        if self.missing:
            return translate(self.missing)
        return no_data_text(self.targets[0].query, translate)

    def _legend(self, name: str, query: Query | Rows, translate: Translate) -> str:
        if isinstance(query, Rows):
            return ""
        # a dashboard is of one app
        groups = " ".join(f"{{{{{group}}}}}" for group in query.by if group != "app")
        return f"{translate(name) if name else ''} {groups}".strip() or translate(self.title)


@dataclass(frozen=True, kw_only=True)
class Stat(Panel):
    """One large number, or one for each series.

    Args:
        named: True to show the names of the series, such as LONG, without numbers.
    """

    asks = "instant"
    viz = "stat"
    named: bool = False


@dataclass(frozen=True, kw_only=True)
class Gauge(Panel):
    """One number on a dial from `low` to `high`."""

    asks = "instant"
    viz = "gauge"
    low: float = 0
    high: float = 1


@dataclass(frozen=True, kw_only=True)
class Pie(Panel):
    """Parts of a whole, as a ring."""

    asks = "instant"
    viz = "piechart"
    w: int = 8
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class BarGauge(Panel):
    """A bar for each series, coloured by its value."""

    asks = "instant"
    viz = "bargauge"
    low: float | None = None
    high: float | None = None
    w: int = 8
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class BarChart(Panel):
    """A bar for each series, side by side."""

    asks = "instant"
    viz = "barchart"
    w: int = 8
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class Table(Panel):
    """A row with name and value for each series, under the headings `columns`."""

    asks = "instant"
    viz = "table"
    columns: tuple[str, str]
    w: int = 8
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class Timeseries(Panel):
    """A line for each series.

    Args:
        shape: `line`, or `step` for a value that stays until it changes.
        connect: Length in minutes of the gaps that the line bridges.
        low: Bottom of the axis.
        high: Top of the axis.
        limits: The drawing of the thresholds.
    """

    asks = "range"
    viz = "timeseries"
    shape: Literal["line", "step"] = "line"
    connect: int = 0
    low: float | None = None
    high: float | None = None
    limits: Literal["off", "line", "area"] = "off"
    w: int = 12
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class Bars(Panel):
    """Bars over time, each at the start of its step; the last one is still growing.

    Args:
        piled: True to stack the bars of one moment, False to put them side by side.
        whole: True to stretch each stack to 100 %.

    Raises:
        QueryError: If it would stack money of several currencies.
    """

    asks = "range"
    viz = "timeseries"
    ahead = True
    piled: bool = True
    whole: bool = False
    w: int = 12
    h: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.piled and self.unit == "currency":
            raise QueryError(
                f"{self.title!r}: dollars and won do not add up, so their bars are not piled"
            )


@dataclass(frozen=True, kw_only=True)
class Logs(Panel):
    """The lines themselves, newest first, or with `oldest_first` in the order of their times."""

    asks = "logs"
    viz = "logs"
    oldest_first: bool = False
    w: int = 24
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class Records(Logs):
    """The newest lines as a table, with some of their fields as columns.

    Args:
        columns: `(field, heading)` in their order, after the time. A `correlation_id` is a link to
            its trace.

    Raises:
        QueryError: If the lines do not have such a field.
    """

    viz = "table"
    columns: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        for target in self.targets:
            if isinstance(target.query, Rows):
                rows(
                    EventLines(target.query.event),
                    show=tuple(f"{{{name}}}" for name, _ in self.columns),
                )
