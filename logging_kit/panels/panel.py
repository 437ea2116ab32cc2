"""The kinds of panels, as data: what is asked, and how its answer is shown.

A panel knows nothing of Grafana's JSON (:mod:`~logging_kit.panels.grafana.generate` does) nor of Loki; it can be drawn by anyone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.exceptions import QueryError
from logging_kit.panels.colours import GAIN, LOSS
from logging_kit.panels.locale import WORDS
from logging_kit.panels.query.fields import EventLines
from logging_kit.panels.query.language import rows
from logging_kit.panels.query.nodes import Age, Aggregate, FillZero, Query, Rows, reads

Translate = Callable[[str], str]
"""Puts an English text of the panels into the language of the reader."""

Asks = Literal["instant", "range", "logs"]
Steps = tuple[tuple[float | None, str], ...]


def steps(base: str, *more: tuple[float, str]) -> Steps:
    """Thresholds: the colour below the first, then ``(from this value on, colour)`` in rising order."""
    return ((None, base), *more)


PROFIT: Final = steps(LOSS, (0, "text"), (1e-9, GAIN))
"""The colour of a loss below zero, of a gain above."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text and a colour that stand for the values from ``low`` to ``high``."""

    low: float | None
    high: float | None
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a panel's corner; Grafana's variables may stand in its address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel, ready to be run."""

    ref: str
    query: Query | Rows
    type: Asks
    legend: str

    @property
    def limit(self) -> int | None:
        """The most lines it shows, if it shows lines."""
        return self.query.limit if isinstance(self.query, Rows) else None


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What every kind of panel has.

    Args:
        title: Its heading.
        query: What it asks; several queries by the names that their series get.
        id: Its number on the dashboard, which never changes: links lead to it.
        about: One or two sentences on what it shows.
        missing: What "No data" means, if the default (:attr:`no_data`) does not translate it.
        unit: Grafana's name of the unit, or ``currency`` for the currency that the series is named after.
        empty: What stands there instead of a value when there is none.
        decimals: Digits after the point.
        thresholds: Colours by value.
        wordings: Texts for values.
        colour: Fixed colour.
        min_step: Least time between two points, such as ``"1h"``.
        time_from: Its own time range, such as ``"now/d"`` for today.
        links: Links in its corner.
        w: Width, of 24 columns.
        h: Height, in rows of 38 px.

    Raises:
        QueryError: If the kind of panel cannot show such a query.
    """

    asks: ClassVar[Asks]
    viz: ClassVar[str]

    title: str = field(kw_only=False)
    query: Query | Rows | Mapping[str, Query] = field(kw_only=False)
    id: int
    about: str
    empty: str
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
        """Its queries; their references are A, B, C and so on."""
        return self.asked()

    @property
    def source(self) -> str:
        """Where its numbers come from: events and files."""
        return self._source(str)

    @property
    def no_data(self) -> str:
        """What it means that there is no value."""
        return self._no_data(str)

    @property
    def description(self) -> str:
        """What Grafana shows at the panel's (i)."""
        return self.describe()

    def asked(self, translate: Translate = str) -> tuple[Target, ...]:
        """Its queries, with the names of their series put into the reader's language by ``translate``."""
        named: Mapping[str, Query | Rows] = (
            self.query if isinstance(self.query, Mapping) else {"": self.query}
        )
        return tuple(
            Target(chr(ord("A") + i), query, self.asks, self._legend(name, query, translate))
            for i, (name, query) in enumerate(named.items())
        )

    def describe(self, translate: Translate = str) -> str:
        """What Grafana shows at the panel's (i), in the reader's language."""
        source, no_data = self._source(translate), self._no_data(translate)
        return f"{translate(self.about)}\n\n**{translate(WORDS['source'])}:** {source}.\n\n**{translate(WORDS['no_data'])}:** {no_data}"

    def _source(self, translate: Translate) -> str:
        events = dict.fromkeys(
            read.event for target in self.targets for read in reads(target.query)
        )
        named = (
            translate(WORDS["event_in_file"]).format(event=name, file=CATALOGUE[name].stream)
            if name
            else translate(WORDS["all_lines"])
            for name in events
        )
        return ", ".join(named)

    def _no_data(self, translate: Translate) -> str:
        if self.missing:
            return translate(self.missing)
        query = self.targets[0].query
        read = next(reads(query))
        window = read.within if isinstance(read, Aggregate) else None
        span = (
            translate(WORDS["in_window"]).format(window=window)
            if window
            else translate(WORDS["in_range"])
        )
        if isinstance(query, FillZero) and isinstance(query.of, Aggregate):
            text = WORDS["zero_lines"]
        elif isinstance(query, FillZero):
            text = WORDS["none_counted"]
        elif read.event:
            text = WORDS["no_event"]
        else:
            text = WORDS["no_line"]
        return translate(text).format(event=read.event, span=span)

    def _legend(self, name: str, query: Query | Rows, translate: Translate) -> str:
        if isinstance(query, Rows):
            return ""
        groups = " ".join(f"{{{{{group}}}}}" for group in query.by)
        return f"{translate(name) if name else ''} {groups}".strip() or translate(self.title)


@dataclass(frozen=True, kw_only=True)
class Stat(Panel):
    """One number, or one for each series, large; with ``named`` the name of each series alone.

    Args:
        named: Whether the names are the answer, such as LONG.
    """

    asks = "instant"
    viz = "stat"
    named: bool = False


@dataclass(frozen=True, kw_only=True)
class Gauge(Panel):
    """One number on a dial from ``low`` to ``high``."""

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
    """A bar for each series, beside each other."""

    asks = "instant"
    viz = "barchart"
    w: int = 8
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class Table(Panel):
    """A row for each series: its name and its value, under the headings ``columns``."""

    asks = "instant"
    viz = "table"
    columns: tuple[str, str]
    w: int = 8
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class Timeseries(Panel):
    """A line for each series.

    Args:
        shape: ``line``, or ``step`` for what keeps its value until it changes.
        connect: Gaps shorter than this many minutes are bridged.
        low: Bottom of the axis.
        high: Top of the axis.
        limits: How the thresholds are drawn.
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
    """Bars over time.

    Args:
        piled: Whether the bars of one moment stand on top of each other, and not side by side.
        whole: Whether each pile is stretched to 100 %.

    Raises:
        QueryError: If it would pile up money of several currencies.
    """

    asks = "range"
    viz = "timeseries"
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
    """The lines themselves, newest first, or with ``oldest_first`` in the order in which they happened."""

    asks = "logs"
    viz = "logs"
    oldest_first: bool = False
    w: int = 24
    h: int = 8


@dataclass(frozen=True, kw_only=True)
class Records(Logs):
    """The newest lines as a table: a row for each line, and of its fields those in ``columns``, in this order.

    Args:
        columns: ``(field, heading)``; the time comes first by itself, and a ``correlation_id`` is a link to its trace.

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
