"""The nodes of a query: frozen data that the compiler of each engine walks with `match`.

The functions of `logging_kit.panels.query.language` make and check them; panels do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from logging_kit.events.identities import IdOf
from logging_kit.exceptions import QueryError
from logging_kit.panels.query.fields import Op, Test

Across = Literal["total", "count", "mean", "low", "high"]
Fn = Literal[
    "count", "rate", "size", "when", "begin", "total", "mean", "low", "high", "last", "quantile"
]

UNIT: Final = "lk_unit"
"""The name of the group that holds the id of the thing that a line is about."""

_WORD: Final = re.compile(r"([^{}]*)\{(\w+)\}([^{}]*)")


class Query:
    """A query whose answer is one number for each series and moment."""

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        raise NotImplementedError

    def __mul__(self, k: float) -> Query:
        return Scaled(self, k)

    def __eq__(self, other: object) -> bool:
        return NotImplemented  # each node compares its parts, but `!=` below makes a query

    def __ne__(self, k: object) -> Query:  # type: ignore[override]
        return self._kept("!=", k)

    def __gt__(self, k: float) -> Query:
        return self._kept(">", k)

    def __ge__(self, k: float) -> Query:
        return self._kept(">=", k)

    def __lt__(self, k: float) -> Query:
        return self._kept("<", k)

    def __le__(self, k: float) -> Query:
        return self._kept("<=", k)

    def _kept(self, op: Op, k: object) -> Query:
        if isinstance(k, bool) or not isinstance(k, int | float):
            raise QueryError(f"the values of a query are compared with a number, not with {k!r}")
        return Filtered(self, op, k)


@dataclass(frozen=True)
class Aggregate(Query):
    """An aggregate over the lines of a window, one value for each series.

    With `UNIT` in `by`, the first of `ids` that a line has is one of its groups, or the line itself
    if it has none.
    """

    fn: Fn
    event: str | None
    field: str | None = None
    where: tuple[Test, ...] = ()
    by: tuple[str, ...] = ()
    within: str | None = None
    q: float | None = None
    ids: tuple[str | IdOf, ...] = ()


@dataclass(frozen=True)
class AcrossSeries(Query):
    """An aggregate over the series of another query, absent without any."""

    fn: Across
    of: Query
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ratio(Query):
    """`num / den`, series by series."""

    num: Query
    den: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.den.by


@dataclass(frozen=True)
class Difference(Query):
    """`of - less`, series by series, where both have a value."""

    of: Query
    less: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.of.by


@dataclass(frozen=True)
class FillZero(Query):
    """`of`, and where it has no value the value of `alive`, or 0 if that is `None`."""

    of: Query
    alive: Query | None

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.of.by


@dataclass(frozen=True)
class Without(Query):
    """The series of `of` that `other`, grouped alike or by fewer fields, does not have."""

    of: Query
    other: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.of.by


@dataclass(frozen=True)
class Having(Query):
    """The series of `of` that `other` has as well."""

    of: Query
    other: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.of.by


@dataclass(frozen=True)
class Below(Query):
    """The series of `of` whose value is below that of `other`, which is grouped by fewer fields."""

    of: Query
    other: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.of.by


@dataclass(frozen=True)
class Scaled(Query):
    """`of * k`."""

    of: Query
    k: float

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.of.by


@dataclass(frozen=True)
class Filtered(Query):
    """The series of `of` whose value passes the comparison with `k`."""

    of: Query
    op: Op
    k: float

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.of.by


@dataclass(frozen=True)
class Age(Query):
    """Seconds from `of`, a time in ms, to the end of the range; for instant queries."""

    of: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that identify its series."""
        return self.of.by


@dataclass(frozen=True)
class Rows:
    """The lines themselves, newest first, each as the words of `show`, or whole without any."""

    event: str | None
    where: tuple[Test, ...] = ()
    limit: int = 100
    show: tuple[str, ...] = ()


def parts(word: str) -> tuple[str, str, str]:
    """Split a word of `Rows` into the text before its field, the field, and the text after it."""
    match = _WORD.fullmatch(word)
    if match is None:
        raise QueryError(f"a word names one field, such as 'qty={{qty}}', not {word!r}")
    before, field, after = match.groups()
    return before, field, after


def reads(query: Query | Rows) -> Iterator[Aggregate | Rows]:
    """Yield the reads of a query, without those that only tell that the pipeline is alive."""
    match query:
        case Aggregate() | Rows():
            yield query
        case Ratio(num, den):
            yield from reads(num)
            yield from reads(den)
        case Without(of, other) | Difference(of, other) | Having(of, other) | Below(of, other):
            yield from reads(of)
            yield from reads(other)
        case AcrossSeries() | FillZero() | Scaled() | Filtered() | Age():
            yield from reads(query.of)
