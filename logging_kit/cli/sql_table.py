"""The result of a statement for people: a table as wide as the terminal, or a row below the other.

Cells and columns that do not fit are elided, as DuckDB's own shell does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import duckdb
from rich.cells import cell_len, set_cell_size

from ..escaping import escape, escape_rows
from ..time_zones import ReaderClock, offset_text
from .pager import Pager
from .sql_output import text_of

MOST_ROWS: Final = 40
_MOST_COUNTED: Final = 1_000_000
_LONGEST: Final = 4_000
_WIDEST: Final = 60
_NARROWEST: Final = 16
_WITHOUT_TERMINAL: Final = (120, 40)
_BETWEEN: Final = "  "
_PLANS: Final = frozenset({"explain_key", "explain_value"})


class _Column(NamedTuple):
    name: str
    cells: list[str]
    is_number: bool
    is_fixed: bool
    """True if a part of a cell would mislead: a number, a time."""
    width: int

    def rows(self) -> Iterator[str]:
        """Yield the name, the rule under it, and the cells, all equally wide."""
        yield self._fitted(self.name)
        yield "─" * self.width
        for cell in self.cells:
            yield self._fitted(cell)

    def _fitted(self, text: str) -> str:
        length = cell_len(text)
        if length > self.width:
            return set_cell_size(text, max(self.width - 1, 0)) + "…"
        if self.is_number:
            return " " * (self.width - length) + text
        return text + " " * (self.width - length)


class ForPeople:
    """Shows results to people.

    Args:
        clock: The clock of the reader; timestamps are shown with their offset.
        mode: `table`, or `line` for each value on a row of its own.
        most: Highest number of rows to show; the others are counted.
        pager: Use a pager for what does not fit on the terminal.
    """

    def __init__(
        self,
        clock: ReaderClock,
        mode: str = "table",
        most: int = MOST_ROWS,
        *,
        pager: bool = True,
    ) -> None:
        self._clock = clock
        self._mode = mode
        self._most = most
        self._pager = pager

    def __call__(self, result: duckdb.DuckDBPyConnection) -> None:
        """Show a result."""
        with Pager(wanted=self._pager) as write:
            for row in self.rows(result, shutil.get_terminal_size(_WITHOUT_TERMINAL).columns):
                write(row)

    def rows(self, result: duckdb.DuckDBPyConnection, width: int) -> Iterator[str]:
        """Yield the rows of text for a result.

        Args:
            result: The result.
            width: Columns of the terminal.
        """
        names = [str(column[0]) for column in result.description or ()]
        found = result.fetchmany(self._most)
        if names and _PLANS.issuperset(names):  # a plan has rows of its own
            for values in found:
                yield escape_rows(str(values[-1]))
            return
        if self._mode == "line":
            yield from self._lines(names, found)
        else:
            yield from self._table(names, found, width)
        rest = 0
        while rest < _MOST_COUNTED and (more := result.fetchmany(10_000)):
            rest += len(more)
        if rest:
            least = "at least " * (rest >= _MOST_COUNTED)
            yield f"… {least}{rest:,} more rows; --csv and --json give all of them"

    def _lines(self, names: Sequence[str], found: Sequence[tuple[Any, ...]]) -> Iterator[str]:
        shown = [escape(name) for name in names]
        widest = max((cell_len(name) for name in shown), default=0)
        for number, values in enumerate(found):
            if number:
                yield ""
            for name, value in zip(shown, values, strict=True):
                yield f"{' ' * (widest - cell_len(name))}{name} = {self._cell(value, escape)}"

    def _table(
        self, names: Sequence[str], found: Sequence[tuple[Any, ...]], width: int
    ) -> Iterator[str]:
        columns = [
            _column(
                escape(name[:_LONGEST]),
                [self._cell(values[place], escape) for values in found],
                values=[values[place] for values in found],
            )
            for place, name in enumerate(names)
        ]
        shown = fit(columns, width)
        for cells in zip(*(column.rows() for column in shown), strict=True):
            yield _BETWEEN.join(cells).rstrip()
        if not found:
            yield "no rows"
        hidden = len(columns) - sum(column.name != "…" for column in shown)
        if hidden > 0:
            yield f"… {hidden} more columns; name them, or use --line (.mode line)"

    def _cell(self, value: Any, safe: Callable[[str], str]) -> str:
        match value:
            case None:
                return "–"
            case datetime():
                return self._moment(value)
            case float() if abs(value) < 1e6:
                return f"{value:.8g}"
            case float():
                return f"{value:,.2f}"
        text = text_of(value)
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}… ({len(text):,} characters)"
        return safe(text)

    def _moment(self, value: datetime) -> str:
        """Return a moment in the reader's zone; one without a zone is in UTC."""
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        try:
            local = aware.astimezone(self._clock.zone)
        except (OverflowError, ValueError, OSError):
            return str(value)
        text = local.replace(tzinfo=None).isoformat(" ")
        if local.microsecond:
            text = text[:-3]
        return f"{text}{offset_text(local)}"


def _column(name: str, cells: list[str], values: list[Any]) -> _Column:
    longest = max((cell_len(text[: 2 * _WIDEST]) for text in (name, *cells)), default=0)
    is_number = _are_all(values, int | float | Decimal)
    is_fixed = is_number or _are_all(values, datetime)
    return _Column(name, cells, is_number, is_fixed, longest if is_fixed else min(longest, _WIDEST))


def fit(columns: Sequence[_Column], width: int) -> list[_Column]:
    """Make columns fit a width: narrow texts first, then leave out columns in the middle.

    Args:
        columns: The columns.
        width: Columns of the terminal.
    """
    fitted = list(columns)
    if len(fitted) == 1:
        only = fitted[0]
        longest = max((cell_len(text[:width]) for text in (only.name, *only.cells)), default=0)
        return [only._replace(width=min(max(longest, only.width), width))]
    for limit in range(_WIDEST, _NARROWEST - 1, -4):
        if _total(fitted) <= width:
            return fitted
        fitted = [
            one if one.is_fixed else one._replace(width=min(one.width, limit)) for one in fitted
        ]
    if _total(fitted) <= width:
        return fitted
    gap = _Column("…", ["…"] * len(fitted[0].cells), False, False, 1)
    left: list[_Column] = []
    right: list[_Column] = []
    rest = list(fitted)
    while rest:
        from_left = len(left) <= len(right)
        one = rest.pop(0) if from_left else rest.pop()
        if _total([*left, one, gap, *right]) > width and (left or right):
            break
        if from_left:
            left.append(one)
        else:
            right.insert(0, one)
    return [*left, gap, *right]


def _total(columns: Sequence[_Column]) -> int:
    return sum(column.width for column in columns) + len(_BETWEEN) * (len(columns) - 1)


def _are_all(values: Iterable[Any], kind: Any) -> bool:
    """Return True if there are values, and all of them are of a kind; NULL counts for any."""
    present = [value for value in values if value is not None]
    return bool(present) and all(
        isinstance(value, kind) and not isinstance(value, bool) for value in present
    )
