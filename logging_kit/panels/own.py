"""The dashboard of a bot's own events and panels.

Each registered event has a row of two panels: how many lines there were, and the newest lines.
Further panels come from `[[tool.logging_kit.panel]]` in TOML, or from `register_panel` and
`register_dashboard` in code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from zlib import crc32

from logging_kit.events.model import Event
from logging_kit.events.own import own_events, panel_tables
from logging_kit.exceptions import DefinitionError, QueryError
from logging_kit.panels.dashboard import Dashboard, Row
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.panel import BarGauge, Bars, Panel, Pie, Records, Stat, Timeseries
from logging_kit.panels.presentation import OwnText
from logging_kit.panels.query import language
from logging_kit.panels.query.fields import EventLines, Where
from logging_kit.panels.query.nodes import Query
from logging_kit.suggestions import did_you_mean

UID: Final = "lk-own-events"
_TITLE: Final = OwnText("Own events")
_MOST_COLUMNS: Final = 8
_MOST_IDS: Final = 997  # rows have ids from 1000 on; a prime, so that every id is tried
_ROW: Final = 6
_KEYS: Final = (
    "title", "event", "show", "field", "by", "where", "within", "kind", "columns", "about", "unit",
    "decimals", "id", "w", "h",
)  # fmt: skip
_SHOW: Final[Mapping[str, Callable[..., Query]]] = {
    "count": language.count,
    "rate": language.rate,
    "total": language.total,
    "mean": language.mean,
    "last": language.last,
    "low": language.low,
    "high": language.high,
}
_KINDS: Final[Mapping[str, type[Panel]]] = {
    "stat": Stat,
    "bars": Bars,
    "line": Timeseries,
    "pie": Pie,
    "ranking": BarGauge,
}
_panels: Final[list[Panel]] = []
_dashboards: Final[list[Dashboard]] = []


def register_panel(panel: Panel) -> None:
    """Add a panel to the dashboard "Own events" of this process.

    Args:
        panel: The panel; its id must be free there.

    Raises:
        DefinitionError: If its title or its id is taken.
    """
    for other in _panels:
        if panel.title == other.title or panel.id == other.id:
            raise DefinitionError(
                f"panel {panel.title!r}: its title or its id {panel.id} is taken; choose another"
            )
    _panels.append(panel)


def register_dashboard(dashboard: Dashboard) -> None:
    """Add a dashboard after those of the package, in this process.

    Args:
        dashboard: The dashboard; `uid` must be free.

    Raises:
        DefinitionError: If its `uid` is taken.
    """
    if dashboard.uid in {UID, *(page.uid for page in (*DASHBOARDS, *_dashboards))}:
        raise DefinitionError(f"dashboard {dashboard.uid!r}: this uid is taken; choose another")
    _dashboards.append(dashboard)


def forget() -> None:
    """Take all registered panels and dashboards out again, for tests."""
    _panels.clear()
    _dashboards.clear()


def all_dashboards() -> tuple[Dashboard, ...]:
    """Return the dashboards of the package, then those of the bot's own, in the order of a menu.

    Raises:
        DefinitionError: If a panel in TOML is defined wrongly.
    """
    own = own_dashboard()
    return (*DASHBOARDS, *_dashboards, *((own,) if own is not None else ()))


def own_dashboard() -> Dashboard | None:
    """Return the dashboard of the registered events and panels, or `None` without any.

    Raises:
        DefinitionError: If a panel in TOML is defined wrongly.
    """
    taken = {panel.id for panel in _panels}
    panels = [*_panels, *(_panel_of(table, taken) for table in panel_tables())]
    rows = [
        Row(OwnText("Own panels"), tuple(panels[at : at + _ROW]))
        for at in range(0, len(panels), _ROW)
    ]
    rows += [_row_of(event, taken) for event in own_events().values()]
    if not rows:
        return None
    about = OwnText("The events and panels that this bot has of its own.")
    try:
        return Dashboard(UID, _TITLE, about, tuple(rows))
    except QueryError as error:
        raise DefinitionError(f"own panels: {error}") from error


def _row_of(event: Event, taken: set[int]) -> Row:
    lines = EventLines(event.name)
    empty = OwnText(f"No data: no {event.name}")
    about = OwnText(event.doc or f"The lines of {event.name}.")
    count = Bars(
        OwnText(f"{event.name} count"),
        language.count(lines),
        id=_id(f"{event.name} count", taken),
        about=about,
        empty=empty,
        w=8,
    )
    newest = Records(
        OwnText(event.name),
        language.rows(lines, limit=50),
        id=_id(event.name, taken),
        about=about,
        empty=empty,
        columns=tuple(_columns(event)),
        w=16,
    )
    return Row(OwnText(event.name), (count, newest))


def _columns(event: Event) -> Iterator[tuple[str, str]]:
    shown = [field for field in event.fields.values() if field.kind != "object"]
    shown.sort(key=lambda field: not field.required)
    for field in shown[: _MOST_COLUMNS - 1]:
        yield field.name, OwnText(field.name)
    yield "bot_name", OwnText("bot_name")


def _id(title: str, taken: set[int]) -> int:
    """Return an id that follows from the title, so that links to the panel keep."""
    number = crc32(title.encode()) % _MOST_IDS + 1
    while number in taken:
        number = number % _MOST_IDS + 1
    taken.add(number)
    return number


def _panel_of(table: Mapping[str, Any], taken: set[int]) -> Panel:
    title = str(table["title"])
    try:
        return _built(title, table, taken)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DefinitionError(f"panel {title!r}: {error}") from error


def _built(title: str, table: Mapping[str, Any], taken: set[int]) -> Panel:
    for key in table:
        _one_of("key", key, _KEYS)
    lines = EventLines(table.get("event"))
    where = _where(lines, table.get("where", {}))
    show = table.get("show", "rows")
    _one_of("show", show, ("rows", *_SHOW))
    common: dict[str, Any] = {
        "id": table["id"] if "id" in table else _id(title, taken),
        "about": OwnText(table.get("about", title)),
        "empty": OwnText("No data"),
        **{key: table[key] for key in ("unit", "decimals", "w", "h") if key in table},
    }
    if show == "rows":
        names = table.get("columns") or [name for name in lines.fields if name != "job"][:8]
        columns = tuple((name, OwnText(name)) for name in names)
        return Records(OwnText(title), language.rows(lines, where=where), columns=columns, **common)
    kind = table.get("kind", "bars" if show == "count" else "line")
    _one_of("kind", kind, (*_KINDS,))
    asked: Any = lines
    if show not in ("count", "rate"):
        if "field" not in table:
            raise DefinitionError(f'show = "{show}" needs field = "…"')
        asked = getattr(lines, table["field"])
    by = table.get("by", ())
    if isinstance(by, str):
        groups = (by,)
    else:
        groups = tuple(by)
    query = _SHOW[show](asked, where=where, by=groups, within=table.get("within"))
    if kind == "bars" and common.get("unit") == "currency":
        common["piled"] = False  # bars of several currencies do not add up
    return _KINDS[kind](OwnText(title), query, **common)


def _where(lines: EventLines, tests: Mapping[str, Any]) -> Where | None:
    found: Where | None = None
    for name, value in tests.items():
        field = getattr(lines, name)
        if isinstance(value, list):
            test = field.among(*value)
        else:
            test = field == value
        if found is None:
            found = test
        else:
            found = found & test
    return found


def _one_of(what: str, value: Any, known: Iterable[str]) -> None:
    if value not in known:
        raise DefinitionError(
            f"there is no {what} {value!r}{did_you_mean(str(value), known)}; "
            f"there are {', '.join(known)}"
        )
