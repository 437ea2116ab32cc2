"""The compiler to LogQL, the query language of Loki (https://grafana.com/docs/loki/latest/query/).

Rules of the translation, and their reasons:

* Labels (`job`, `level`, `signal`) go into the braces, where a regular expression is anchored. The
  event's file gives `job`, so Loki opens a quarter of the streams. Structured metadata is filtered
  before `json`, which parses only the fields that the query needs, and `__error__=""` follows, or
  one torn line fails the query.
* Behind the braces Loki simplifies a regular expression and then does **not** anchor it:
  `bot-1|bot-10` admits `bot-11` (https://github.com/grafana/loki/issues/14433). So there are two
  shapes only: a dashboard's variable as `^(?:${bot:regex})$`, and a number.
* A grouped `avg_over_time` counts lines instead of samples when a line lacks the number
  (https://github.com/grafana/loki/issues/23890): the test for a number before `unwrap` prevents it.
* **Grafana's variables.** Grafana puts a value into the query as text, so its format must leave no
  way out of the quotes. Names go as `${bot:regex}` between backticks: every character but a
  backtick, which names do not have, is then a literal, `All` is `.*`, and several values are an
  alternation. No format of Grafana's escapes a free text for LogQL's quotes, so the search box goes
  as `${search:percentencode}`, which has letters, digits and `%` only, and Loki decodes it; this
  runs last, on the lines that every other filter has left.
* Every aggregate over a range is grouped, at least by `by ()`, or each order id of the metadata
  becomes a series of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.identities import IdOf
from logging_kit.events.model import job_label
from logging_kit.line import NUMBER
from logging_kit.panels.compile.quoting import (
    by_clause,
    decimal_text,
    quoted,
    quoted_regex,
    quoted_whole,
)
from logging_kit.panels.query.fields import KEY_SHAPED, UNPARSEABLE, Test, loki_location
from logging_kit.panels.query.nodes import (
    UNIT,
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
    parts,
)
from logging_kit.panels.query.scope import DASHBOARD, Scope, Variable

_TIME: Final = "label_format ts=`{{ __timestamp__ | unixEpochMillis }}`"
_SEARCH: Final = (
    ' | label_format lk_found=`{{{{ contains (urldecode "{text}") __line__ }}}}`'
    ' | lk_found="true" | drop lk_found'
)
_ACROSS: Final = {"total": "sum", "count": "count", "mean": "avg", "low": "min", "high": "max"}
_RANGE_FUNCTION: Final = {
    "count": "count_over_time",
    "rate": "rate",
    "size": "bytes_over_time",
    "total": "sum_over_time",
    "mean": "avg_over_time",
    "low": "min_over_time",
    "high": "max_over_time",
    "last": "last_over_time",
    "quantile": "quantile_over_time",
    "when": "max_over_time",
    "begin": "min_over_time",
}


def logql(query: Query | Rows, scope: Scope = DASHBOARD) -> str:
    """Return the query in LogQL.

    Example:
        >>> from logging_kit.panels.query.language import count
        >>> from logging_kit.panels.query.fields import SIGNAL
        >>> logql(count(SIGNAL, by="signal"), Scope("a", "b", window="1h"))
        'sum by (signal) (count_over_time({app="a", env=~"b", job="a-ai-signal"} | event="SIGNAL"
        [1h]))'
    """
    match query:
        case Aggregate():
            return _over(query, scope)
        case AcrossSeries(fn, of, by):
            return f"{_ACROSS[fn]}{by_clause(by)}({logql(of, scope)})"
        case Ratio(num, den):
            n, d = logql(num, scope), logql(den, scope)
            return f"(({n} or {d} * 0) / ({d} != 0))"
        case Difference(of, less):
            return f"({logql(of, scope)} - {logql(less, scope)})"
        case FillZero(of, alive):
            if alive is None:
                zero = "vector(0)"
            else:
                zero = logql(alive, scope)
            return f"({logql(of, scope)} or {zero})"
        case Without(of, other):
            return f"({logql(of, scope)} unless{_on(of, other)} {logql(other, scope)})"
        case Having(of, other):
            return f"({logql(of, scope)} and {logql(other, scope)})"
        case Below(of, other):
            on = f"on ({', '.join(other.by)}) group_left ()"
            return f"({logql(of, scope)} < {on} {logql(other, scope)})"
        case Scaled(of, k):
            return f"({logql(of, scope)} * {decimal_text(k)})"
        case Filtered(of, op, k):
            return f"({logql(of, scope)} {op} {decimal_text(k)})"
        case Age(of):
            return f"(({scope.end} - {logql(of, scope)}) / 1000)"
        case Rows():
            return _rows(query, scope)
        case _:
            raise TypeError(f"{query!r} is no query")


def _on(of: Query, other: Query) -> str:
    """Return the fields that both queries are compared by, if one is grouped by fewer."""
    if of.by == other.by:
        return ""
    return f" on ({', '.join(other.by)})"


def _over(query: Aggregate, scope: Scope) -> str:
    lines = _pipeline(query, scope, (*([query.field] if query.field else []), *query.by))
    if UNIT in query.by:
        lines += f" | label_format {UNIT}=`{_unit_id(query.ids)}`"
    window = f"[{query.within or scope.window}]"
    if scope.ahead:
        window += f" offset -{scope.window}"
    function = _RANGE_FUNCTION[query.fn]
    if query.fn in ("count", "rate", "size"):
        return f"sum{by_clause(query.by)}({function}({lines} {window}))"
    if query.fn in ("when", "begin"):
        unwrapped = f'{lines} | {_TIME} | unwrap ts | __error__=""'
    else:
        if query.fn == "mean":
            guard = f" | {query.field}=~`^{NUMBER}$`"
        else:
            guard = ""
        unwrapped = f'{lines}{guard} | unwrap {query.field} | __error__=""'
    if query.fn == "total":  # sum_over_time takes no grouping of its own
        return f"sum{by_clause(query.by)}({function}({unwrapped} {window}))"
    if query.q is not None:
        q = f"{decimal_text(query.q)}, "
    else:
        q = ""
    return f"{function}({q}{unwrapped} {window}) by ({', '.join(query.by)})"


def _unit_id(ids: Sequence[str | IdOf]) -> str:
    """Return the template of the first id that a line has, or of the line itself."""
    found = "{{ .run_id }} {{ .seq }}"
    for each in reversed(ids):
        match each:
            case IdOf(name, field, value):
                known = f'and (eq .{field} "{value}") .{name}'
            case name:
                known = f".{name}"
        found = f"{{{{ if {known} }}}}{{{{ .{name} }}}}{{{{ else }}}}{found}{{{{ end }}}}"
    return found


def _rows(query: Rows, scope: Scope) -> str:
    words = [parts(word) for word in query.show]
    lines = _pipeline(query, scope, [field for _, field, _ in words])
    if isinstance(scope.search, Variable):
        lines += _SEARCH.format(text=scope.search.formatted("percentencode"))
    if not words:
        return lines
    first, *others = (f"{before}{{{{.{field}}}}}{after}" for before, field, after in words)
    more = (
        f"{{{{if .{field}}}}} {word}{{{{end}}}}"
        for word, (_, field, _) in zip(others, words[1:], strict=True)
    )
    return f"{lines} | line_format `{first}{''.join(more)}`"


def _pipeline(query: Aggregate | Rows, scope: Scope, fields: Sequence[str]) -> str:
    labels = [test for test in query.where if loki_location(test.field) == "label"]
    metadata = [test for test in query.where if loki_location(test.field) == "metadata"]
    inside = [test for test in query.where if loki_location(test.field) == "line"]
    selector = _selector(query, scope, labels)
    if query.where == UNPARSEABLE.tests:
        return f'{selector} | json | __error__="JSONParserErr"'
    if query.where == KEY_SHAPED.tests:
        return f"{selector} |~ `{KEY_SHAPED.tests[0].value}`"
    stages = [selector]
    if query.event:
        stages.append(f'event="{query.event}"')
    stages += [_test(test) for test in metadata]
    if scope.bot is not None:
        stages.append(f"bot_name=~{quoted_whole(scope.bot)}")
    if scope.symbol is not None and query.event and "symbol" in CATALOGUE[query.event].fields:
        stages.append(f"symbol=~{quoted_whole(scope.symbol)}")
    named = [*fields, *(test.field for test in inside)]
    if UNIT in named:
        named.remove(UNIT)
        named += ["seq", *_read_by(query)]
    if parsed := dict.fromkeys(name for name in named if loki_location(name) == "line"):
        stages.append("json " + ", ".join(f'{name}="{name}"' for name in parsed))
        stages += [_test(test) for test in inside]
        stages.append('__error__=""')
    return " | ".join(stages)


def _read_by(query: Aggregate | Rows) -> Iterator[str]:
    """Yield the fields that the id of a unit is made of."""
    if isinstance(query, Aggregate):
        for each in query.ids:
            match each:
                case IdOf(name, field, _):
                    yield from (name, field)
                case name:
                    yield name


def _selector(query: Aggregate | Rows, scope: Scope, labels: Sequence[Test]) -> str:
    """Return the stream selector, with the search for a text behind it if the scope has one."""
    matchers = [_app(scope.app), f"env=~{quoted_regex(scope.env)}"]
    matchers += [f"{name}=~{quoted_regex(expression)}" for name, expression in scope.labels]
    if query.event:
        matchers.append(_job(scope.app, CATALOGUE[query.event].stream))
    if isinstance(query, Rows) and scope.level is not None:
        matchers.append(f"level=~{quoted_regex(scope.level)}")
    selector = f"{{{', '.join([*matchers, *(_label_test(test) for test in labels)])}}}"
    if not isinstance(query, Rows) or scope.search is None or isinstance(scope.search, Variable):
        return selector
    return f"{selector} |= {quoted(scope.search)}"


def _app(app: str | None) -> str:
    if app is None:
        return 'app=~".+"'
    if isinstance(app, Variable):
        return f"app=~{quoted_regex(app)}"
    return f"app={quoted(app)}"


def _job(app: str | None, stream: str) -> str:
    if app is None:
        return f'job=~"{job_label(".+", stream)}"'
    if isinstance(app, Variable):
        return f"job=~`{job_label(app.formatted('regex'), stream)}`"
    return f"job={quoted(job_label(app, stream))}"


def _label_test(test: Test) -> str:
    if isinstance(test.value, tuple):
        return f"{test.field}=~{quoted('|'.join(re.escape(value) for value in test.value))}"
    return f"{test.field}{'=' if test.op == '==' else test.op}{quoted(str(test.value))}"


def _test(test: Test) -> str:
    match test.value:
        case tuple() as values:
            return f"({' or '.join(f'{test.field}={quoted(value)}' for value in values)})"
        case Variable() as variable:
            return f"{test.field}{'=~' if test.op == '==' else '!~'}{quoted_whole(variable)}"
        case str() as text:
            return f"{test.field}{'=' if test.op == '==' else test.op}{quoted(text)}"
        case int() | float() as number:
            return f"{test.field} {test.op} {decimal_text(number)}"
        case _ as unreachable:
            assert_never(unreachable)
