"""Dashboards: rows of panels in Grafana's grid, and the marks on their time axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from logging_kit.exceptions import QueryError
from logging_kit.panels.colours import GAIN, LOSS
from logging_kit.panels.panel import Panel
from logging_kit.panels.query.fields import LIFECYCLE, RISK, TRADE
from logging_kit.panels.query.language import rows
from logging_kit.panels.query.nodes import Rows

COLUMNS: Final = 24
NARROWEST: Final = 4
_STATS_ON_TOP: Final = 6


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading, from left to right, in as many lines as they need."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class GridPosition:
    """A place in Grafana's grid of 24 columns."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of panels.

    Args:
        uid: Its name in links, which never changes: `lk-…`, at most 40 characters.
        title: Its heading.
        about: Its purpose.
        rows: Its panels.
        refresh: Time between two queries.
        variable: A field whose value the viewer types into a box; panels name it `$field`.

    Raises:
        QueryError: If two panels share an id or a title, if a panel is too narrow for a phone, or
            the top row is too long.
    """

    uid: str
    title: str
    about: str
    rows: tuple[Row, ...]
    refresh: str = "30s"
    variable: str = ""

    def __post_init__(self) -> None:
        for what, known in (
            ("id", Counter(p.id for p in self.panels)),
            ("title", Counter(p.title for p in self.panels)),
        ):
            if twice := [key for key, n in known.items() if n > 1]:
                raise QueryError(f"{self.title}: panels share the {what} {twice}")
        if narrow := [p.title for p in self.panels if not NARROWEST <= p.w <= COLUMNS]:
            raise QueryError(
                f"{self.title}: {narrow} are narrower than {NARROWEST} or wider than {COLUMNS}"
            )
        if len(self.rows[0].panels) > _STATS_ON_TOP:
            raise QueryError(f"{self.title}: the top row has more than {_STATS_ON_TOP} panels")

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All its panels, in the order of reading."""
        return tuple(panel for row in self.rows for panel in row.panels)

    def layout(self) -> Iterator[tuple[Row | Panel, GridPosition]]:
        """Yield headings and panels with their places: none overlaps another, none leaves a hole.

        A panel that does not fit beside the others goes below the shortest of them, if it fits
        there. The last panel of a line is as wide as the line has room for.
        """
        y = 0
        for row in self.rows:
            if row.title:
                yield row, GridPosition(0, y, COLUMNS, 1)
                y += 1
            placed = list(_placed(row.panels, y))
            yield from placed
            y = max((place.y + place.h for _, place in placed), default=y)


def _placed(panels: Sequence[Panel], top: int) -> Iterator[tuple[Panel, GridPosition]]:
    """Yield the panels of a row with their places."""
    line: list[tuple[Panel, GridPosition]] = []
    y = top
    for panel in panels:
        x = sum(place.w for _, place in line if place.y == y)
        below = _below(line, panel)
        if not line or x + panel.w <= COLUMNS:
            line.append((panel, GridPosition(x, y, panel.w, panel.h)))
        elif below is not None:
            line.append((panel, below))
        else:
            yield from _filled(line)
            y = max(place.y + place.h for _, place in line)
            line = [(panel, GridPosition(0, y, panel.w, panel.h))]
    yield from _filled(line)


def _below(line: Sequence[tuple[Panel, GridPosition]], panel: Panel) -> GridPosition | None:
    """Return the place below a panel that is shorter than its neighbours; None without one."""
    end = max((place.y + place.h for _, place in line), default=0)
    for _, place in line:
        column = [each for _, each in line if each.x == place.x]
        bottom = max(each.y + each.h for each in column)
        if place.w == panel.w and bottom + panel.h <= end:
            return GridPosition(place.x, bottom, panel.w, panel.h)
    return None


def _filled(line: Sequence[tuple[Panel, GridPosition]]) -> Iterator[tuple[Panel, GridPosition]]:
    """Yield a line whose last panels reach the right edge and whose lowest reach its end."""
    if not line:
        return
    end = max(place.y + place.h for _, place in line)
    right = max(place.x + place.w for _, place in line)
    for panel, place in line:
        w, h = place.w, place.h
        if place.x + place.w == right:
            w += COLUMNS - right
        if place.y + place.h == max(each.y + each.h for _, each in line if each.x == place.x):
            h = end - place.y
        yield panel, replace(place, w=w, h=h)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A kind of mark on the time axes of the dashboards, one mark for each line of a query.

    Args:
        key: Its name in translations.
        name: Its name at the top of a dashboard.
        rows: The lines that it marks.
        colour: Colour of the marks.
        title: Text of a mark.
        tags: Fields below the text.
        shown: False for marks that the viewer switches on.
    """

    key: str
    name: str
    rows: Rows
    colour: str
    title: str
    tags: tuple[str, ...] = ("symbol", "bot_name")
    shown: bool = True


_TRADE_WORDS: Final = ("{action}", "{position_side}", "{qty}", "{symbol}", "@ {price}")
_ENTRY: Final = TRADE.action == "entry"

ANNOTATIONS: Final = (
    Annotation(
        "long_entries",
        "▲ LONG entries",
        rows(TRADE, where=_ENTRY & (TRADE.position_side == "LONG"), show=_TRADE_WORDS),
        GAIN,
        "▲ LONG {{symbol}}",
    ),
    Annotation(
        "short_entries",
        "▼ SHORT entries",
        rows(TRADE, where=_ENTRY & (TRADE.position_side == "SHORT"), show=_TRADE_WORDS),
        LOSS,
        "▼ SHORT {{symbol}}",
    ),
    Annotation(
        "risk_rules",
        "Risk rules",
        rows(
            RISK,
            where=RISK.state == "triggered",
            show=("{rule}", "value={value}", "limit={limit_value}"),
        ),
        "dark-red",
        "Risk: {{rule}}",
        shown=False,
    ),
    Annotation(
        "restarts",
        "Restarts",
        rows(
            LIFECYCLE,
            where=LIFECYCLE.phase.among("startup", "shutdown"),
            show=("{phase}", "{version}", "{mode}", "{reason}"),
        ),
        "gray",
        "{{phase}}",
        ("bot_name",),
        shown=False,
    ),
)
"""The marks of every dashboard: entries, triggered risk rules, starts and stops of a bot."""
