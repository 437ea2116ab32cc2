"""The checks of the query language, and the nodes that its functions return."""

from __future__ import annotations

from typing import Final

from logging_kit.events.identities import Unit
from logging_kit.exceptions import QueryError
from logging_kit.line import is_window
from logging_kit.panels.query.fields import EventLines, FieldRef, Test, Where
from logging_kit.panels.query.nodes import (
    UNIT,
    AcrossSeries,
    Aggregate,
    Difference,
    FillZero,
    Filtered,
    Fn,
    Having,
    Query,
    Scaled,
    Without,
)

By = str | tuple[str, ...]

_MONEY: Final = "quote currency"


def aggregate(
    fn: Fn,
    x: EventLines,
    value: FieldRef | None,
    where: Where | None,
    by: By,
    within: str | None,
    q: float | None = None,
    unit: Unit | None = None,
) -> Aggregate:
    """Return an aggregate over lines, after all checks."""
    if value is not None and not value.field.numeric:
        raise QueryError(f"{value!r} is no number: it cannot be aggregated")
    if within is not None and not is_window(within):
        raise QueryError(f"a window is a number and s, m, h, d or w, such as '15m', not {within!r}")
    groups = _groups(x, by)
    if unit is not None:
        groups = tuple(dict.fromkeys((*groups, *unit.fields, UNIT)))
    if value is not None:
        _check_identity(fn, x, value, groups)
    return Aggregate(
        fn,
        x.name,
        value.field.name if value is not None else None,
        tests_of(x, where) + _bounds(value),
        groups,
        within,
        q,
        unit.ids if unit is not None else (),
    )


def _bounds(value: FieldRef | None) -> tuple[Test, ...]:
    """Return the tests that keep values out which are known to be wrong."""
    if value is None:
        return ()
    low, high = value.field.low, value.field.high
    found = []
    if low is not None:
        found.append(Test(value.field.name, ">=", low))
    if high is not None:
        found.append(Test(value.field.name, "<=", high))
    return tuple(found)


def tests_of(x: EventLines, where: Where | None) -> tuple[Test, ...]:
    """Return the tests, which must be on the lines that are read."""
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
                f"by={name!r}: {ref!r} takes too many values to group by "
                "(Loki's limit is 500 series)"
            )
    return names


def _check_identity(fn: Fn, x: EventLines, value: FieldRef, by: tuple[str, ...]) -> None:
    money = value.field.unit == _MONEY
    if fn == "last" and UNIT not in by:
        needed = {"bot_name"} | ({"symbol"} & {*x.fields})
        needed |= {name for name in ("timeframe",) if name in x.fields and x.fields[name].required}
        needed |= {"quote"} if money and "symbol" not in x.fields else set()
        if missing := needed - {*by}:
            raise QueryError(
                f"last({value!r}) is grouped by {', '.join(sorted(missing))} too: "
                "combine afterwards"
            )
    elif money and not {"quote", "symbol"} & {*by}:
        raise QueryError(f"{value!r} is money: group it by quote, dollars and won do not add up")


def grouping(by: By, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields of `by`, which the series of a query must have."""
    names = (by,) if isinstance(by, str) else by
    if unknown := [name for name in names if name not in known]:
        raise QueryError(f"the query's series are told apart by {known}, not by {unknown}")
    return names


def inner(x: Query, where: Where | None, within: str | None) -> Query:
    """Return the query that another aggregates; filters belong to the query that reads lines."""
    if where is not None or within is not None:
        raise QueryError("where and within belong to the inner query, which reads the lines")
    return without_zero(x)


def without_zero(x: Query) -> Query:
    """Return a query without the 0 where it has no value; other values in its place stay."""
    match x:
        case FillZero(of, None) | FillZero(of, Scaled(_, 0)):
            return of
    return x


def or_zero(over: Aggregate) -> Query:
    """Return a count with 0 where other lines show that the pipeline is alive."""
    if over.event is None and not over.where:
        return over
    return zero_while_alive(over, over.by, over.within)


def zero_while_alive(of: Query, by: tuple[str, ...], within: str | None) -> Query:
    """Return a query with 0 where other lines arrived, without `by` or with that of a bot."""
    if by not in ((), ("bot_name",)):
        return of
    named: tuple[Test, ...] = ()
    if by:  # a line without the name would make a 0 without a name
        named = (Test("bot_name", "!=", ""),)
    return FillZero(of, Scaled(Aggregate("count", None, None, named, by, within), 0))


def is_money(x: Query) -> bool:
    """Return True if the values of a query are amounts of money."""
    match x:
        case Aggregate(event=str(event), field=str(field)):
            return EventLines(event).fields[field].unit == _MONEY
        case (
            AcrossSeries("total" | "mean" | "low" | "high", of)
            | FillZero(of)
            | Scaled(of)
            | Filtered(of)
            | Without(of)
            | Having(of)
            | Difference(of)
        ):
            return is_money(of)
        case _:
            return False
