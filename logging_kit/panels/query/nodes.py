"""The nodes that a query is made of: frozen data, which a compiler for each engine walks with ``match``.

Panels do not make them by hand: the words of :mod:`~logging_kit.panels.query.language` do, and check them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from logging_kit.exceptions import QueryError
from logging_kit.panels.query.fields import Op, Test

Fn = Literal["count", "rate", "size", "when", "total", "mean", "low", "high", "last", "quantile"]

_WORD: Final = re.compile(r"([^{}]*)\{(\w+)\}([^{}]*)")


class Query:
    """A question whose answer is numbers: one for each series and moment."""

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that tell its series apart."""
        raise NotImplementedError

    def __mul__(self, k: float) -> Query:
        return Scaled(self, k)

    def __eq__(
        self, other: object
    ) -> bool:  # each node compares its parts; said here, since `!=` below is no comparison
        return NotImplemented

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
    """An aggregate over the lines of a window, one value for each series."""

    fn: Fn
    event: str | None
    field: str | None = None
    where: tuple[Test, ...] = ()
    by: tuple[str, ...] = ()
    within: str | None = None
    q: float | None = None


@dataclass(frozen=True)
class AcrossSeries(Query):
    """An aggregate over the series of another query: their sum, or how many there are (absent if none)."""

    fn: Literal["total", "count"]
    of: Query
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ratio(Query):
    """``num / den``, series by series."""

    num: Query
    den: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that tell its series apart."""
        return self.den.by


@dataclass(frozen=True)
class Difference(Query):
    """``of - less``, series by series, where both are there."""

    of: Query
    less: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that tell its series apart."""
        return self.of.by


@dataclass(frozen=True)
class FillZero(Query):
    """``of``, and where it has no value the value of ``alive``; with ``None``, the number 0 whatever happened."""

    of: Query
    alive: Query | None

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that tell its series apart."""
        return self.of.by


@dataclass(frozen=True)
class Without(Query):
    """The series of ``of`` that ``other`` does not have."""

    of: Query
    other: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that tell its series apart."""
        return self.of.by


@dataclass(frozen=True)
class Scaled(Query):
    """``of * k``."""

    of: Query
    k: float

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that tell its series apart."""
        return self.of.by


@dataclass(frozen=True)
class Filtered(Query):
    """The series of ``of`` whose value compares so with ``k``."""

    of: Query
    op: Op
    k: float

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that tell its series apart."""
        return self.of.by


@dataclass(frozen=True)
class Age(Query):
    """Seconds from ``of``, a time in ms, to the end of the range; for instant queries."""

    of: Query

    @property
    def by(self) -> tuple[str, ...]:
        """The fields that tell its series apart."""
        return self.of.by


@dataclass(frozen=True)
class Rows:
    """The lines themselves, newest first: at most ``limit``, each shown as the words of ``show`` (none: as it is)."""

    event: str | None
    where: tuple[Test, ...] = ()
    limit: int = 100
    show: tuple[str, ...] = ()


def parts(word: str) -> tuple[str, str, str]:
    """The text before the field, the field, and the text after it, of one word of :class:`Rows`."""
    match = _WORD.fullmatch(word)
    if match is None:
        raise QueryError(f"a word names one field, such as 'qty={{qty}}', not {word!r}")
    before, field, after = match.groups()
    return before, field, after


def reads(query: Query | Rows) -> Iterator[Aggregate | Rows]:
    """The reads of lines that a query is made of, without those that only say whether the pipeline is alive."""
    match query:
        case Aggregate() | Rows():
            yield query
        case Ratio(num, den):
            yield from reads(num)
            yield from reads(den)
        case Without(of, other) | Difference(of, other):
            yield from reads(of)
            yield from reads(other)
        case AcrossSeries() | FillZero() | Scaled() | Filtered() | Age():
            yield from reads(query.of)
