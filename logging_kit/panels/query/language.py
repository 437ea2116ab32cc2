"""The query language of panels and alerts: an aggregate, over some lines, in a window.

A query is data: frozen nodes that a pure function compiles for an engine, such as
`logging_kit.panels.compile.logql.logql` for Loki. The functions that build a query (`count`,
`total`, `last` …) refuse one that an engine could not answer, or would answer wrongly, when the
module of the panel is imported.

Rules that hold on every engine:

* **Window**: an aggregate at time t reads the lines in `(t - within, t]`. Without `within` the
  window is the step of a range query and the whole range of an instant one (Grafana's `$__auto`).
  Rows are those in `[start, end)`.
* **Grid**: the moments of a range query are multiples of its step since 1970, so its first bar
  reaches before `start`; one-day bars are UTC days.
* **Missing stays missing.** A series without lines is absent, not 0. Only `count` and `rate` answer
  0, and only where lines of any kind arrived in the same window: the pipeline is alive and nothing
  happened. They do so without `by` or with `by="bot_name"`; with any other `by` nothing tells which
  series are missing.
* **A ratio** is 0 where only its numerator has no lines, and absent where its denominator is 0 or
  absent.
* **`last`** groups by every field that identifies the quantity, as `logging_kit.events.identities`
  has them; combine afterwards: `total(last(EQUITY.equity, by=ACCOUNT), by="quote")`.
* **A unit** such as `ORDER` counts once, however many lines are about it: `distinct(ORDER, …)`, or
  `unit=` of an aggregate, which then has a series for each unit.
* **A number outside of its bounds** in the catalogue is no sample.
* **Money** of different currencies is never added: group it by `quote`, or by `symbol`, which
  implies it.
* **`by`** takes fields of fewer than 500 values only: Loki refuses more series, in every step of a
  query.
"""

from __future__ import annotations

from typing import Final, Literal

from logging_kit.events.identities import Unit
from logging_kit.exceptions import QueryError
from logging_kit.panels.query.build import (
    By,
    aggregate,
    grouping,
    inner,
    is_money,
    or_zero,
    tests_of,
    zero_while_alive,
)
from logging_kit.panels.query.combine import alive_or_zero as alive_or_zero
from logging_kit.panels.query.combine import below as below
from logging_kit.panels.query.combine import difference as difference
from logging_kit.panels.query.combine import having as having
from logging_kit.panels.query.combine import ratio as ratio
from logging_kit.panels.query.combine import without as without
from logging_kit.panels.query.combine import zero_where as zero_where
from logging_kit.panels.query.fields import EventLines, FieldRef, Where
from logging_kit.panels.query.nodes import (
    AcrossSeries,
    Age,
    Aggregate,
    FillZero,
    Filtered,
    Query,
    Rows,
    Scaled,
    parts,
)

_MOST_ROWS: Final = 5000  # Loki's max_entries_limit_per_query


def count(
    x: EventLines | Query, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Count lines, or the series of a query.

    A count of lines is 0 where other lines arrived in the window, and absent where none did. A
    count of the series that pass a comparison, such as `count(last(POSITION.qty, …) != 0)`, is 0
    where there are series and none passes.

    Args:
        x: Lines of an event, or a query.
        where: Tests that a line must pass; for lines only.
        by: Fields to group by.
        within: Window, such as `"15m"`; for lines only.

    Raises:
        QueryError: If the tests, the grouping or the window do not fit.
    """
    if isinstance(x, EventLines):
        return or_zero(aggregate("count", x, None, where, by, within))
    across = AcrossSeries("count", inner(x, where, within), grouping(by, x.by))
    if isinstance(x, Filtered):
        return FillZero(across, Scaled(AcrossSeries("count", x.of, across.by), 0))
    return across


def distinct(
    x: EventLines,
    unit: Unit,
    *,
    where: Where | None = None,
    by: By = (),
    within: str | None = None,
) -> Query:
    """Count the things that lines are about, each once.

    The count is 0 where other lines arrived in the window, as that of lines is.

    Args:
        x: Lines of an event.
        unit: The kind of thing, such as `logging_kit.events.identities.ORDER`.
        where: Tests that a line must pass.
        by: Fields to group by.
        within: Window, such as `"15m"`.
    """
    inner_query = aggregate("count", x, None, where, by, within, unit=unit)
    groups = (by,) if isinstance(by, str) else by
    return zero_while_alive(AcrossSeries("count", inner_query, groups), groups, within)


def count_each(
    x: EventLines, *, by: By, where: Where | None = None, within: str | None = None
) -> Query:
    """Count the lines about each thing; unlike those of `count`, the groups may be ids."""
    groups = (by,) if isinstance(by, str) else by
    for name in groups:
        getattr(x, name)
    return Aggregate("count", x.name, None, tests_of(x, where), groups, within)


def rate(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Count lines per second: the count divided by the window, without extrapolation.

    The rate is 0 where the count is 0.
    """
    return or_zero(aggregate("rate", x, None, where, by, within))


def size(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Sum up the bytes of the lines."""
    return aggregate("size", x, None, where, by, within)


def last_time(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Find the time of the newest line, in ms since 1970-01-01 UTC, rounded down."""
    return aggregate("when", x, None, where, by, within)


def first_time(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Find the time of the oldest line, in ms since 1970-01-01 UTC, rounded down."""
    return aggregate("begin", x, None, where, by, within)


def age(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Measure the seconds from the newest line to the end of the range."""
    return Age(last_time(x, where=where, by=by, within=within))


def total(
    x: FieldRef | Query, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Add up a field, or the series of a query.

    Raises:
        QueryError: If money is not grouped by `quote` or `symbol`, and as with `count`.
    """
    return _of_lines_or_series("total", x, where, by, within)


def mean(
    x: FieldRef | Query, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Average a field over the lines that have it, or the series of a query."""
    return _of_lines_or_series("mean", x, where, by, within)


def low(
    x: FieldRef | Query,
    *,
    where: Where | None = None,
    by: By = (),
    within: str | None = None,
    unit: Unit | None = None,
) -> Query:
    """Find the smallest value of a field, or of the series of a query."""
    return _of_lines_or_series("low", x, where, by, within, unit)


def high(
    x: FieldRef | Query,
    *,
    where: Where | None = None,
    by: By = (),
    within: str | None = None,
    unit: Unit | None = None,
) -> Query:
    """Find the largest value of a field, or of the series of a query."""
    return _of_lines_or_series("high", x, where, by, within, unit)


def _of_lines_or_series(
    fn: Literal["total", "mean", "low", "high"],
    x: FieldRef | Query,
    where: Where | None,
    by: By,
    within: str | None,
    unit: Unit | None = None,
) -> Query:
    if isinstance(x, FieldRef):
        return aggregate(fn, x.lines, x, where, by, within, unit=unit)
    across = AcrossSeries(fn, inner(x, where, within), grouping(by, x.by))
    if is_money(x) and not {"quote", "symbol"} & {*across.by}:
        raise QueryError("a sum of money is grouped by quote: dollars and won do not add up")
    return across


def last(
    x: FieldRef,
    *,
    where: Where | None = None,
    by: By = (),
    within: str | None = None,
    unit: Unit | None = None,
) -> Query:
    """Find the newest value of a field, for each quantity.

    Args:
        x: A field.
        where: Tests that a line must pass.
        by: Fields to group by.
        within: Window, such as `"15m"`.
        unit: The quantity is one of each such thing, such as the profit of each exit.

    Raises:
        QueryError: If `by` leaves out `bot_name`, the event's `symbol` and `timeframe`, or the
            `quote` of an account's money. Of two lines with the same time Loki takes either, so
            the number of one bot would stand for another's.
    """
    return aggregate("last", x.lines, x, where, by, within, unit=unit)


def quantile(
    q: float, x: FieldRef, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Find the value with the share `q` of the samples below it, interpolated at `q * (n - 1)`."""
    if not 0 <= q <= 1:
        raise QueryError(f"a quantile lies between 0 and 1, not at {q}")
    return aggregate("quantile", x.lines, x, where, by, within, q)


def share(
    x: EventLines, of: Where, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Return the share of the lines that pass `of`: `ratio(count(where & of), count(where))`."""
    if where is None:
        both = of
    else:
        both = where & of
    return ratio(
        count(x, where=both, by=by, within=within), count(x, where=where, by=by, within=within)
    )


def rows(
    x: EventLines, *, where: Where | None = None, limit: int = 100, show: tuple[str, ...] = ()
) -> Rows:
    """Return the lines themselves, newest first.

    Args:
        x: Lines of an event, or all.
        where: Tests that a line must pass.
        limit: Highest number of lines, up to 5000.
        show: Words such as `"{action}"` or `"qty={qty}"`, one field each. A word whose field is
            missing is left out.

    Raises:
        QueryError: If a word does not name exactly one field, or the limit is out of bounds.
    """
    if not 0 < limit <= _MOST_ROWS:
        raise QueryError(f"a query shows 1 to {_MOST_ROWS} lines, not {limit}")
    for word in show:
        parts(word)
        getattr(x, parts(word)[1])
    return Rows(x.name, tests_of(x, where), limit, show)
