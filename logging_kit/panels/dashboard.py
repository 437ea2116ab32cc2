"""Dashboards: rows of panels in Grafana's grid, and the marks on their time axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
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
        """Yield headings and panels with their places; none overlaps another."""
        y = 0
        for row in self.rows:
            if row.title:
                yield row, GridPosition(0, y, COLUMNS, 1)
                y += 1
            x = height = 0
            for panel in row.panels:
                if x + panel.w > COLUMNS:
                    x, y, height = 0, y + height, 0
                yield panel, GridPosition(x, y, panel.w, panel.h)
                x, height = x + panel.w, max(height, panel.h)
            y += height


@dataclass(frozen=True, slots=True)
class Annotation:
    """A kind of mark on the time axes of the dashboards, one mark for each line of a query."""

    key: str
    name: str
    rows: Rows
    colour: str
    title: str
    tags: tuple[str, ...] = ("symbol", "bot_name")


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
    ),
)
"""The marks of every dashboard: entries, triggered risk rules, starts and stops of a bot."""
