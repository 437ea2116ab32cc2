"""The small language in which panels and alerts are written: what to count, over which lines, in which window.

A query is data: frozen nodes that a pure function compiles for an engine (:func:`~logging_kit.panels.compile.logql.logql` for
Loki). The words that build it (``count``, ``total``, ``last`` …) refuse what could not be answered, or would be
answered wrongly, when the panel's module is imported.

Rules that hold on every engine:

* **Window**: an aggregate at time t reads the lines in ``(t - within, t]``. Without ``within`` it is the step of a range
  query and the whole range of an instant one (Grafana's ``$__auto``). Rows are those in ``[start, end)``.
* **Grid**: the moments of a range query are multiples of its step since 1970, so its first bar reaches before ``start``;
  one-day bars are UTC days.
* **Missing stays missing.** A series without lines is absent, not 0. Only ``count`` and ``rate`` say 0, and only where
  lines of any kind arrived in the same window: "0" then means that the pipeline is alive and there was none. They do so
  without ``by`` or by ``bot_name``; with any other ``by`` there is no way to know which series are missing.
* **A ratio** is 0 where only its numerator has no lines, and absent where its denominator is 0 or absent.
* **``last``** groups by everything that tells one quantity from another (bot, symbol, timeframe, currency); combine
  afterwards: ``total(last(EQUITY.equity, by=("bot_name", "quote")), by="quote")``.
* **Money** of different currencies is never added: it is grouped by ``quote``, or by ``symbol``, which implies it.
* **``by``** takes fields of fewer than 500 values only: Loki refuses more series, in every step of a query.
"""

from __future__ import annotations

from typing import Final

from logging_kit.exceptions import QueryError
from logging_kit.line import is_window
from logging_kit.panels.query.fields import EventLines, FieldRef, Test, Where
from logging_kit.panels.query.nodes import (
    AcrossSeries,
    Age,
    Aggregate,
    Difference,
    FillZero,
    Filtered,
    Fn,
    Query,
    Ratio,
    Rows,
    Scaled,
    Without,
    parts,
)

By = str | tuple[str, ...]

_MOST_ROWS: Final = 5000  # Loki's max_entries_limit_per_query
_MONEY: Final = "quote currency"


def count(
    x: EventLines | Query, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """How many lines there are, or how many series a query has.

    Lines: 0 where other lines arrived in the window, absent where none did. Series that a comparison kept
    (``count(last(POSITION.qty, …) != 0)``): 0 where there are series and none was kept.

    Args:
        x: Lines of an event, or a query.
        where: Tests that a line must pass; for lines only.
        by: Fields to group by.
        within: Window, such as ``"15m"``; for lines only.

    Raises:
        QueryError: If the tests, the grouping or the window do not fit.
    """
    if isinstance(x, EventLines):
        return _or_zero(_over("count", x, None, where, by, within))
    across = AcrossSeries("count", _across(x, where, within), _by(by, x.by))
    return (
        FillZero(across, Scaled(AcrossSeries("count", x.of, across.by), 0))
        if isinstance(x, Filtered)
        else across
    )


def rate(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Lines per second: the count divided by the window, without extrapolation. 0 as with :func:`count`."""
    return _or_zero(_over("rate", x, None, where, by, within))


def size(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Bytes of the lines."""
    return _over("size", x, None, where, by, within)


def last_time(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Time of the newest line, in ms since 1970-01-01 UTC (cut, not rounded)."""
    return _over("when", x, None, where, by, within)


def age(
    x: EventLines, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Seconds from the newest line to the end of the range."""
    return Age(last_time(x, where=where, by=by, within=within))


def total(
    x: FieldRef | Query, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Sum of a field, or of the series of a query.

    Raises:
        QueryError: If money is not grouped by ``quote`` or ``symbol``, and as with :func:`count`.
    """
    if isinstance(x, FieldRef):
        return _over("total", x.lines, x, where, by, within)
    across = AcrossSeries("total", _across(x, where, within), _by(by, x.by))
    if _is_money(x) and not {"quote", "symbol"} & {*across.by}:
        raise QueryError("a sum of money is grouped by quote: dollars and won do not add up")
    return across


def mean(
    x: FieldRef, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Average of a field over the lines that have it."""
    return _over("mean", x.lines, x, where, by, within)


def low(
    x: FieldRef, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Smallest value of a field."""
    return _over("low", x.lines, x, where, by, within)


def high(
    x: FieldRef, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Largest value of a field."""
    return _over("high", x.lines, x, where, by, within)


def last(
    x: FieldRef, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """Newest value of a field, for each thing that has one.

    Raises:
        QueryError: If ``by`` leaves out what tells two things apart: ``bot_name``, the event's ``symbol`` and
            ``timeframe``, and the ``quote`` of an account's money. Of two lines with the same time Loki takes
            either, so one bot's number would stand for another's.
    """
    return _over("last", x.lines, x, where, by, within)


def quantile(
    q: float, x: FieldRef, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """The value below which the share ``q`` of the samples lies, interpolated at ``q * (n - 1)``."""
    if not 0 <= q <= 1:
        raise QueryError(f"a quantile lies between 0 and 1, not at {q}")
    return _over("quantile", x.lines, x, where, by, within, q)


def ratio(num: Query, den: Query) -> Query:
    """One query divided by another: 0 where only the first is missing, absent where the second is 0 or missing.

    Raises:
        QueryError: If the two are not grouped alike.
    """
    if num.by != den.by:
        raise QueryError(f"both sides of a ratio are grouped alike, not by {num.by} and {den.by}")
    return Ratio(_bare(num), _bare(den))


def difference(of: Query, less: Query) -> Query:
    """One query less another, absent where either is missing.

    Raises:
        QueryError: If the two are not grouped alike.
    """
    if of.by != less.by:
        raise QueryError(
            f"both sides of a difference are grouped alike, not by {of.by} and {less.by}"
        )
    return Difference(_bare(of), _bare(less))


def share(
    x: EventLines, of: Where, *, where: Where | None = None, by: By = (), within: str | None = None
) -> Query:
    """The part of the lines that pass ``of``, between 0 and 1: ``ratio(count(where & of), count(where))``."""
    both = of if where is None else where & of
    return ratio(
        count(x, where=both, by=by, within=within), count(x, where=where, by=by, within=within)
    )


def without(of: Query, other: Query) -> Query:
    """The series of one query that another does not have, such as bots that beat today, but not in the last minutes.

    Raises:
        QueryError: If the two are not grouped alike.
    """
    if of.by != other.by:
        raise QueryError(
            f"both sides of without() are grouped alike, not by {of.by} and {other.by}"
        )
    return Without(_bare(of), _bare(other))


def alive_or_zero(of: Query) -> Query:
    """The query, and 0 where it has no value, whatever the cause: for *Bot status* and *Bots alive* and nothing else.

    Raises:
        QueryError: If it is grouped: the 0 would be a series of its own.
    """
    if of.by:
        raise QueryError("alive_or_zero() makes one number, so its query has no `by`")
    return FillZero(_bare(of), None)


def rows(
    x: EventLines, *, where: Where | None = None, limit: int = 100, show: tuple[str, ...] = ()
) -> Rows:
    """The lines themselves, newest first.

    Args:
        x: Lines of an event, or all.
        where: Tests that a line must pass.
        limit: The most lines to show, up to 5000.
        show: Words such as ``"{action}"`` or ``"qty={qty}"``, one field each; a word whose field is missing is left out.

    Raises:
        QueryError: If a word does not name exactly one field of the lines, or the limit is out of bounds.
    """
    if not 0 < limit <= _MOST_ROWS:
        raise QueryError(f"a query shows 1 to {_MOST_ROWS} lines, not {limit}")
    for word in show:
        parts(word)
        getattr(x, parts(word)[1])
    return Rows(x.name, _tests(x, where), limit, show)


def _over(
    fn: Fn,
    x: EventLines,
    value: FieldRef | None,
    where: Where | None,
    by: By,
    within: str | None,
    q: float | None = None,
) -> Aggregate:
    if value is not None and not value.field.numeric:
        raise QueryError(f"{value!r} is no number: it cannot be aggregated")
    if within is not None and not is_window(within):
        raise QueryError(f"a window is a number and s, m, h, d or w, such as '15m', not {within!r}")
    groups = _groups(x, by)
    if value is not None:
        _check_identity(fn, x, value, groups)
    return Aggregate(
        fn,
        x.name,
        value.field.name if value is not None else None,
        _tests(x, where),
        groups,
        within,
        q,
    )


def _tests(x: EventLines, where: Where | None) -> tuple[Test, ...]:
    if where is None:
        return ()
    if where.event != x.name:
        raise QueryError(
            f"a test on {where.event or 'LINES'} says nothing about the lines of {x!r}"
        )
    return where.tests


def _groups(x: EventLines, by: By) -> tuple[str, ...]:
    names = (by,) if isinstance(by, str) else by
    for name in names:
        ref: FieldRef = getattr(x, name)
        if not ref.field.low_cardinality:
            raise QueryError(
                f"by={name!r}: {ref!r} takes too many values to group by (Loki's limit is 500 series)"
            )
    return names


def _check_identity(fn: Fn, x: EventLines, value: FieldRef, by: tuple[str, ...]) -> None:
    money = value.field.unit == _MONEY
    if fn == "last":
        needed = {"bot_name"} | ({"symbol"} & {*x.fields})
        needed |= {name for name in ("timeframe",) if name in x.fields and x.fields[name].required}
        needed |= {"quote"} if money and "symbol" not in x.fields else set()
        if missing := needed - {*by}:
            raise QueryError(
                f"last({value!r}) is grouped by {', '.join(sorted(missing))} too: combine afterwards"
            )
    elif money and not {"quote", "symbol"} & {*by}:
        raise QueryError(f"{value!r} is money: group it by quote, dollars and won do not add up")


def _by(by: By, known: tuple[str, ...]) -> tuple[str, ...]:
    names = (by,) if isinstance(by, str) else by
    if unknown := [name for name in names if name not in known]:
        raise QueryError(f"the query's series are told apart by {known}, not by {unknown}")
    return names


def _across(x: Query, where: Where | None, within: str | None) -> Query:
    if where is not None or within is not None:
        raise QueryError("where and within belong to the inner query, which reads the lines")
    return _bare(x)


def _bare(x: Query) -> Query:
    return x.of if isinstance(x, FillZero) else x


def _or_zero(over: Aggregate) -> Query:
    if over.by not in ((), ("bot_name",)) or (over.event is None and not over.where):
        return over
    named = (
        (Test("bot_name", "!=", ""),) if over.by else ()
    )  # a line without the name would make a 0 without a name
    return FillZero(over, Scaled(Aggregate("count", None, None, named, over.by, over.within), 0))


def _is_money(x: Query) -> bool:
    match x:
        case Aggregate(event=str(event), field=str(field)):
            return EventLines(event).fields[field].unit == _MONEY
        case (
            AcrossSeries("total", of)
            | FillZero(of)
            | Scaled(of)
            | Filtered(of)
            | Without(of)
            | Difference(of)
        ):
            return _is_money(of)
        case _:
            return False
