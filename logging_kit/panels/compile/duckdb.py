"""The compiler to SQL for DuckDB, over the tables of `logging_kit.panels.engine.schema`.

It is the counterpart of `logging_kit.panels.compile.logql.logql`: the same nodes give the same
numbers on the same lines. Rules of the translation:

* A time is a `BIGINT` of microseconds, never a `TIMESTAMPTZ`, whose buckets and texts follow the
  zone of the session.
* A window is `(t - within, t]`. Each line is assigned to the moments of the grid whose windows have
  it, so nothing is joined and no gap is filled.
* Missing, `null` and `""` are `NULL` in the tables. A test on text and a group read it as `''`, as
  Loki does. An aggregate ignores it, and a group without a sample is absent.
* A number is the value of the column `<field>$`: see `logging_kit.line.NUMBER`.
* Every text is a parameter, never a part of the statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, assert_never

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.exceptions import QueryError
from logging_kit.line import parse_duration
from logging_kit.panels.compile.duckdb_parts import RAW, aggregate_of, group_of, table_of
from logging_kit.panels.query.fields import (
    KEY_SHAPED,
    UNPARSEABLE,
    EventLines,
    Test,
    loki_location,
)
from logging_kit.panels.query.nodes import (
    AcrossSeries,
    Age,
    Aggregate,
    Below,
    Difference,
    FillZero,
    Filtered,
    Having,
    Query,
    Ratio,
    Rows,
    Scaled,
    Without,
)
from logging_kit.panels.query.scope import Scope

Parameters = dict[str, Any]

_EVERYTHING: Final = (None, ".*", ".+")
_ACROSS: Final = {
    "total": "sum(v)",
    "count": "count(v)::DOUBLE",
    "mean": "avg(v)",
    "low": "min(v)",
    "high": "max(v)",
}
_OPERATOR: Final = {"==": "=", "!=": "<>"}
_NEWEST_FIRST: Final = "ts DESC, run_id DESC NULLS LAST, seq DESC NULLS LAST, id DESC"


def sql(query: Query | Rows, scope: Scope) -> tuple[str, Parameters]:
    """Return the query in SQL, and the values of its parameters.

    The rows of a query are `(t, *by, v)` in no order: the moment in microseconds since 1970, the
    text of each group, the value. Those of `Rows` are `(ts, job, line)`, newest first.

    Args:
        query: The query.
        scope: The lines, and the time: `end` alone for an instant query whose windows all have
            `within`, `start` too if they do not, and `step` for a range query.

    Raises:
        QueryError: If the scope's times are not numbers, or a window is unknown.

    Example:
        >>> from logging_kit.panels.query.language import total
        >>> from logging_kit.panels.query.fields import TRADE
        >>> earned = total(TRADE.pnl, by="quote")
        >>> statement, parameters = sql(earned, Scope("trading", start=0, end=3_600_000))
        >>> parameters
        {'p1': 'trading'}
    """
    compiler = _Compiler(scope, *_grid(scope, isinstance(query, Rows)))
    if isinstance(query, Rows):
        statement = compiler.rows(query)
    else:
        statement = compiler.select(query)
    return statement, compiler.parameters


def micros(duration: str) -> int:
    """Read a duration such as `15m` in microseconds.

    Raises:
        QueryError: If it is none.
    """
    try:
        return parse_duration(duration)
    except ValueError:
        raise QueryError(
            f"a window is a number and s, m, h, d or w, such as '15m', not {duration!r}"
        ) from None


def _grid(scope: Scope, rows: bool) -> tuple[int, int, int]:
    if isinstance(scope.end, str):
        raise QueryError(
            f"the end of the range is a time in ms, not {scope.end!r}: "
            "a dashboard's variable is for Loki"
        )
    end = scope.end * 1000
    if rows:
        return scope.start * 1000, end, 0
    if not scope.step:
        return end, end, 1
    step = scope.step * 1000
    first = scope.start * 1000 // step * step
    if scope.ahead:  # a step that begins at the end has no lines yet
        return first + step, max(first + step, -(-end // step) * step), step
    return first, end // step * step, step


@dataclass
class _Compiler:
    scope: Scope
    first: int
    last: int
    step: int
    parameters: Parameters = field(default_factory=dict)

    @property
    def ahead(self) -> bool:
        """True if a moment stands for the step that begins with it."""
        return self.scope.ahead and bool(self.scope.step)

    def select(self, query: Query) -> str:
        by = _names(query.by)
        match query:
            case Aggregate():
                return self.over(query)
            case AcrossSeries(fn, of, _):
                across = f"SELECT t{by}, {_ACROSS[fn]} AS v FROM ({self.select(of)})"
                return f"{across} GROUP BY ALL HAVING count(*) > 0"
            case Ratio(num, den):
                joined = f"({self.select(den)}) b LEFT JOIN ({self.select(num)}) a {_using(query)}"
                return f"SELECT t{by}, coalesce(a.v, 0) / b.v AS v FROM {joined} WHERE b.v <> 0"
            case Difference(of, less):
                joined = f"({self.select(of)}) a JOIN ({self.select(less)}) b {_using(query)}"
                return f"SELECT t{by}, a.v - b.v AS v FROM {joined}"
            case FillZero(of, alive):
                if alive is not None:
                    there = self.select(alive)
                else:
                    there = self.moments()
                joined = f"({self.select(of)}) a FULL JOIN ({there}) b {_using(query)}"
                return f"SELECT t{by}, coalesce(a.v, b.v) AS v FROM {joined}"
            case Without(of, other):
                joined = f"({self.select(of)}) a ANTI JOIN ({self.select(other)}) b {_using(other)}"
                return f"SELECT t{by}, v FROM {joined}"
            case Having(of, other):
                joined = f"({self.select(of)}) a SEMI JOIN ({self.select(other)}) b {_using(query)}"
                return f"SELECT t{by}, v FROM {joined}"
            case Below(of, other):
                joined = f"({self.select(of)}) a JOIN ({self.select(other)}) b {_using(other)}"
                return f"SELECT t{by}, a.v AS v FROM {joined} WHERE a.v < b.v"
            case Scaled(of, k):
                return f"SELECT t{by}, v * {self.value(float(k))} AS v FROM ({self.select(of)})"
            case Filtered(of, op, k):
                test = f"v {_OPERATOR.get(op, op)} {self.value(float(k))}"
                return f"SELECT t{by}, v FROM ({self.select(of)}) WHERE {test}"
            case Age(of):
                return f"SELECT t{by}, ({self.scope.end} - v) / 1000 AS v FROM ({self.select(of)})"
            case _:
                raise TypeError(f"{query!r} is no query")

    def over(self, query: Aggregate) -> str:
        window = self.window(query)
        tests = [
            f"ts > {self.oldest(window)}",
            f"ts <= {self.newest()}",
            *self.tests(query, (query.field, *query.by)),
        ]
        if query.field is not None:
            tests.append(f'"{query.field}$" IS NOT NULL')
        groups = "".join(f', {group_of(name, query)} AS "{name}"' for name in query.by)
        lines = f"{table_of(query)} WHERE {' AND '.join(tests)}"
        if not self.scope.step:
            t = str(self.last)
        elif window == self.step:  # each line belongs to one moment
            t = f"{self.first} + (ts - {self.first} + {self.step} - 1) // {self.step} * {self.step}"
        else:
            # the moments first + k * step with t - window < ts <= t
            oldest = f"greatest(0, (ts - {self.first} + {self.step} - 1) // {self.step})"
            last = (self.last - self.first) // self.step
            newest = f"(ts + {window} - 1 - {self.first}) // {self.step}"
            if self.newest() < self.last:  # the last moment is the end of the range
                newest = (
                    f"CASE WHEN ts + {window} > {self.newest()} THEN {last} "
                    f"ELSE least({last - 1}, {newest}) END"
                )
            else:
                newest = f"least({last}, {newest})"
            lines = f"(SELECT *, unnest(range({oldest}, {newest} + 1)) AS k FROM {lines})"
            t = f"{self.first} + k * {self.step}"
        if query.fn == "rate" and self.newest() < self.last and window == self.step:
            value = f"count(*) * 1e6 / any_value(least({t}, {self.newest()}) - ({t} - {window}))"
        else:
            value = aggregate_of(query, window, self.value)
        chosen = f"SELECT {t}{self.label()} AS t{groups}, {value} AS v FROM {lines}"
        return f"{chosen} GROUP BY ALL HAVING count(*) > 0"

    def rows(self, query: Rows) -> str:
        tests = [f"ts >= {self.first}", f"ts < {self.last}", *self.tests(query, ())]
        if self.scope.level not in _EVERYTHING:
            tests.append(f"regexp_full_match(coalesce(level, ''), {self.value(self.scope.level)})")
        newest = f"ORDER BY {_NEWEST_FIRST} LIMIT {query.limit}"
        chosen = f"SELECT id FROM {table_of(query)} WHERE {' AND '.join(tests)}"
        if self.scope.search:
            searched = f"contains(line, {self.value(self.scope.search)})"
            found = f"{' AND '.join(tests[:2])} AND id IN ({chosen}) AND {searched}"
        else:  # the texts are most of the data: they are read of the lines alone that are shown
            found = f"id IN ({chosen} {newest})"
        return f"SELECT ts, job, line FROM {RAW}.lines WHERE {found} {newest}"

    def moments(self) -> str:
        if not self.scope.step:
            return f"SELECT {self.last} AS t, 0.0::DOUBLE AS v"
        count = (self.last - self.first) // self.step + 1
        t = f"{self.first} + range * {self.step}{self.label()}"
        return f"SELECT {t} AS t, 0.0::DOUBLE AS v FROM range({count})"

    def label(self) -> str:
        """Return what makes the name of a moment of the time at which it is evaluated."""
        if self.ahead:
            return f" - {self.step}"
        return ""

    def oldest(self, window: int) -> int:
        """Return the time after which the lines of a window begin."""
        if self.ahead and window == self.step:
            return max(self.first - window, self.scope.start * 1000)
        return self.first - window

    def newest(self) -> int:
        """Return the time of the last line."""
        if self.ahead:
            return min(self.last, int(self.scope.end) * 1000)
        return self.last

    def window(self, query: Aggregate) -> int:
        if query.within is not None:
            return micros(query.within)
        if not self.scope.window.startswith("$"):
            return micros(self.scope.window)
        return self.scope.step * 1000 or self.last - self.scope.start * 1000

    def tests(self, query: Aggregate | Rows, fields: tuple[str | None, ...]) -> list[str]:
        scope = self.scope
        if scope.app is None:
            tests = ["app IS NOT NULL"]
        else:
            tests = [f"app = {self.value(scope.app)}"]
        if scope.env not in _EVERYTHING:
            tests.append(self.matches("env", scope.env))
        tests += [
            self.label_matches(query, name, expression)
            for name, expression in scope.labels
            if expression not in _EVERYTHING
        ]
        if query.where == UNPARSEABLE.tests:
            return [*tests, "NOT parsed"]
        if query.where == KEY_SHAPED.tests:
            return [*tests, f"regexp_matches(line, {self.value(query.where[0].value)})"]
        if scope.bot not in (None, ".*"):
            tests.append(self.matches("bot_name", scope.bot))
        if (
            query.event
            and scope.symbol not in (None, ".*")
            and "symbol" in CATALOGUE[query.event].fields
        ):
            tests.append(self.matches("symbol", scope.symbol))
        if query.event is None and any(
            loki_location(name) == "line"
            for name in (*fields, *(test.field for test in query.where))
            if name
        ):
            tests.append("parsed")  # a line that is no JSON has no field to be tested
        return tests + [self.test(test) for test in query.where]

    def test(self, test: Test) -> str:
        match test.value:
            case tuple() as values:
                return f'"{test.field}" IN ({", ".join(self.value(value) for value in values)})'
            case str() as text:
                return f"coalesce(\"{test.field}\", '') {_OPERATOR[test.op]} {self.value(text)}"
            case int() | float() as number:
                return (
                    f'"{test.field}$" {_OPERATOR.get(test.op, test.op)} {self.value(float(number))}'
                )
            case _ as unreachable:
                assert_never(unreachable)

    def label_matches(self, query: Aggregate | Rows, name: str, expression: str) -> str:
        """Return the test of a label; an event without it has the empty label, as in Loki."""
        if query.event is None or name in EventLines(query.event).fields:
            return self.matches(name, expression)
        return f"regexp_full_match('', {self.value(expression)})"

    def matches(self, name: str, expression: str | None) -> str:
        return f"regexp_full_match(coalesce(\"{name}\", ''), {self.value(expression)})"

    def value(self, value: Any) -> str:
        name = f"p{len(self.parameters) + 1}"
        self.parameters[name] = value
        return f"${name}"


def _names(by: tuple[str, ...]) -> str:
    return "".join(f', "{name}"' for name in by)


def _using(query: Query) -> str:
    return f"USING (t{_names(query.by)})"
