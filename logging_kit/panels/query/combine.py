"""The functions of the query language that put two queries together."""

from __future__ import annotations

from logging_kit.exceptions import QueryError
from logging_kit.panels.query.build import grouping, without_zero
from logging_kit.panels.query.nodes import (
    Below,
    Difference,
    FillZero,
    Having,
    Query,
    Ratio,
    Scaled,
    Without,
)


def ratio(num: Query, den: Query) -> Query:
    """Divide a query by another.

    The ratio is 0 where only the first is missing, and absent where the second is 0 or missing.

    Raises:
        QueryError: If the two are not grouped alike.
    """
    if num.by != den.by:
        raise QueryError(f"both sides of a ratio are grouped alike, not by {num.by} and {den.by}")
    return Ratio(without_zero(num), without_zero(den))


def difference(of: Query, less: Query, *, keep_zero: bool = False) -> Query:
    """Subtract a query from another; the difference is absent where either is missing.

    Args:
        of: The first query.
        less: The query that is subtracted from it.
        keep_zero: True if the 0 of the second query, such as that of `zero_where`, counts.

    Raises:
        QueryError: If the two are not grouped alike.
    """
    if of.by != less.by:
        raise QueryError(
            f"both sides of a difference are grouped alike, not by {of.by} and {less.by}"
        )
    if not keep_zero:
        less = without_zero(less)
    return Difference(without_zero(of), less)


def without(of: Query, other: Query) -> Query:
    """Return the series of a query that another does not have.

    Example: bots that wrote heartbeats today, but not in the last minutes.

    Args:
        of: The query.
        other: A query that is grouped alike, or by some of the fields: a series of it then takes
            away every series with the same values of these fields.

    Raises:
        QueryError: If the second query is grouped by a field that the first is not.
    """
    if not {*other.by} <= {*of.by}:
        raise QueryError(
            "the second query of without() is grouped by fields of the first, "
            f"not by {other.by} where that is by {of.by}"
        )
    return Without(without_zero(of), without_zero(other))


def having(of: Query, other: Query) -> Query:
    """Return the series of a query that another has as well.

    Example: the profit of the trades that were closed in the time range.

    Raises:
        QueryError: If the two are not grouped alike.
    """
    if of.by != other.by:
        raise QueryError(f"both sides of having() are grouped alike, not by {of.by} and {other.by}")
    return Having(without_zero(of), without_zero(other))


def below(of: Query, other: Query) -> Query:
    """Return the series of a query whose value is below that of another, which has fewer groups.

    Raises:
        QueryError: If a group of the other is none of the query's.
    """
    grouping(other.by, of.by)
    return Below(without_zero(of), without_zero(other))


def zero_where(of: Query, alive: Query) -> Query:
    """Return a query with 0 where it has no value and another has one.

    Raises:
        QueryError: If the two are not grouped alike.
    """
    if of.by != alive.by:
        raise QueryError(
            f"both sides of zero_where() are grouped alike, not by {of.by} and {alive.by}"
        )
    return FillZero(without_zero(of), Scaled(without_zero(alive), 0))


def alive_or_zero(of: Query) -> Query:
    """Return the query with 0 where it has no value, whatever the cause.

    This is for *Bot status* and *Bots alive* only.

    Raises:
        QueryError: If it is grouped: the 0 would be a series of its own.
    """
    if of.by:
        raise QueryError("alive_or_zero() makes one number, so its query has no `by`")
    return FillZero(without_zero(of), None)
