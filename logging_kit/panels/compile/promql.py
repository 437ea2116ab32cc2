"""The compiler to PromQL, the query language of Prometheus, over the metrics of a bot.

A query names an event and its fields; the table `logging_kit.metrics.METRICS` says which metric has
them. A query that needs a field that no metric carries, such as the id of an order, has no twin.

Rules of the translation, and their reasons:

* `app` and `env` are labels of the scrape target, all others come from the bot.
* A count is `increase()`, rounded because Prometheus extrapolates it, and only where it is above 0:
  as in the log, a thing that never happened is no series. What `FillZero` adds makes it 0.
* The first event of a series that appears while its target is scraped is lost to `increase()`. For
  metrics whose labels are not known in advance, a series that is younger than the window counts
  with its whole value, unless the target itself is that young.
* The value of a gauge that its bot no longer shows stays for the window of the query only.
* A metric in seconds answers a query in milliseconds: the factor of the table is undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.exceptions import NoTwinError
from logging_kit.metrics.table import EVENT, LEVEL, METRICS, NOW, ONE, Metric
from logging_kit.panels.compile.quoting import (
    by_clause,
    decimal_text,
    quoted,
    quoted_regex,
    quoted_whole,
)
from logging_kit.panels.query.fields import Test
from logging_kit.panels.query.nodes import (
    AcrossSeries,
    Age,
    Aggregate,
    Difference,
    FillZero,
    Filtered,
    Query,
    Ratio,
    Rows,
    Scaled,
    Without,
)
from logging_kit.panels.query.scope import Scope, Variable

_OF_TARGET: Final = ("app", "env")
_IDENTIFYING: Final = ("exchange", "quote", "position_side", "strategy", "timeframe")
"""Fields of an identity that some metrics leave out: their series then stand for all of them."""

_OVER_TIME: Final = {
    "last": ("max", "last_over_time"),
    "high": ("max", "max_over_time"),
    "low": ("min", "min_over_time"),
    "mean": ("avg", "avg_over_time"),
}


@dataclass(frozen=True, slots=True)
class _Source:
    """A metric that answers a query, with the matchers that the query adds to those of its scope.

    Attributes:
        metric: The metric.
        matchers: The matchers.
        labels: The label of each field of `by` that the metric has.
    """

    metric: Metric
    matchers: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]


def promql(query: Query | Rows, scope: Scope) -> str:
    """Return the query in PromQL.

    Raises:
        NoTwinError: If no metric answers it.

    Example:
        >>> from logging_kit.panels.query.language import count
        >>> from logging_kit.panels.query.fields import SIGNAL
        >>> promql(count(SIGNAL, by="signal"), Scope("a", "b", window="1h"))
        '(round(sum by (signal) (increase(trading_signals_total{app="a", env=~"b"}[1h]))) > 0)'
    """
    match query:
        case Aggregate():
            return _over(query, scope)
        case AcrossSeries(fn, of, by):
            return f"{'sum' if fn == 'total' else 'count'}{by_clause(by)}({promql(of, scope)})"
        case Ratio(num, den):
            n, d = promql(num, scope), promql(den, scope)
            return f"(({n} or {d} * 0) / ({d} != 0))"
        case Difference(of, less):
            return f"({promql(of, scope)} - {promql(less, scope)})"
        case FillZero(of, None):
            return f"({promql(of, scope)} or vector(0))"
        case FillZero(of, Query() as alive):
            return f"({promql(of, scope)} or {promql(alive, scope)})"
        case Without(of, other):
            return f"({promql(of, scope)} unless{_on(of, other)} {promql(other, scope)})"
        case Scaled(of, k):
            return f"({promql(of, scope)} * {decimal_text(k)})"
        case Filtered(of, op, k):
            return f"({promql(of, scope)} {op} {decimal_text(k)})"
        case Age(of):
            return f"(time() - {promql(of, scope)} / 1000)"
        case _:
            raise NoTwinError("lines are in the log only")


def _on(of: Query, other: Query) -> str:
    """Return the fields that both queries are compared by, if one is grouped by fewer."""
    if of.by == other.by:
        return ""
    return f" on ({', '.join(other.by)})"


def _over(query: Aggregate, scope: Scope) -> str:
    window = query.within or scope.window
    match query.fn:
        case "count":
            source = _source(query, ONE, "counter", "histogram")
            return f"(round({_sum(query, source, _increase(source, scope, window))}) > 0)"
        case "rate":
            source = _source(query, ONE, "counter", "histogram")
            return f"({_sum(query, source, f'rate({_selector(source, scope)}[{window}])')} > 0)"
        case "total":
            return _total(query, scope, window)
        case "quantile" if gauge := next(_sources(query, query.field or "", "gauge"), None):
            part = decimal_text(query.q or 0)
            inner = f"quantile_over_time({part}, {_selector(gauge, scope)}[{window}])"
            return _scaled(_grouped("max", query, gauge, inner), gauge.metric)
        case "quantile":
            source = _source(query, query.field or "", "histogram")
            grown = _increase(source, scope, window, "_bucket")
            summed = _sum(query, source, grown, "le")
            return _scaled(
                f"histogram_quantile({decimal_text(query.q or 0)}, {summed})", source.metric
            )
        case "when":
            source = _source(query, NOW, "gauge")
            newest = f"max_over_time({_selector(source, scope)}[{window}])"
            return f"({_grouped('max', query, source, newest)} * 1000)"
        case "mean" | "last" | "high" | "low":
            return _value(query, scope, window)
        case _:
            raise NoTwinError("the size of the lines is in the log only")


def _total(query: Aggregate, scope: Scope, window: str) -> str:
    """Return the sum of a field: of one counter, or of its gains without its losses."""
    field = query.field or ""
    parts = {test.op for test in query.where if test.field == field}
    plus = _source(query, field, "counter", part="gain") if "<" not in parts else None
    low = CATALOGUE[query.event].fields[field].low if query.event else None
    minus = None
    if ">" not in parts and low != 0:
        minus = _source(query, field, "counter", part="loss")
    sums = [
        _sum(query, source, _increase(source, scope, window))
        for source in (plus, minus)
        if source is not None
    ]
    if minus is None:
        return sums[0]
    if plus is None:
        return f"({sums[0]} * -1)"
    return f"({sums[0]} - {sums[1]})"


def _value(query: Aggregate, scope: Scope, window: str) -> str:
    field = query.field or ""
    if query.fn == "mean":
        histogram = next(_sources(query, field, "histogram"), None)
        if histogram is not None and min(histogram.metric.buckets) >= 0:
            total, number = (
                _sum(query, histogram, _increase(histogram, scope, window, end))
                for end in ("_sum", "_count")
            )
            return _scaled(f"({total} / ({number} > 0))", histogram.metric)
    across, over_time = _OVER_TIME[query.fn]
    source = _source(query, field, "gauge")
    inner = f"{over_time}({_selector(source, scope)}[{window}])"
    return _scaled(_grouped(across, query, source, inner), source.metric)


def _source(query: Aggregate, value: str, *kinds: str, part: str = "") -> _Source:
    for source in _sources(query, value, *kinds, part=part):
        return source
    what = f"{query.event or 'LINES'}{'.' + query.field if query.field else ''}"
    wanted = ", ".join(dict.fromkeys([*(test.field for test in query.where), *query.by]))
    raise NoTwinError(f"no metric has {query.fn} of {what} with {wanted or 'no labels'}")


def _sources(query: Aggregate, value: str, *kinds: str, part: str = "") -> Iterator[_Source]:
    """Yield the metrics that can answer a query, the one of its own event first."""
    required = CATALOGUE[query.event].required if query.event else ()
    for metric in METRICS[1:]:
        counts = value == ONE and metric.kind == "histogram" and metric.value in required
        if (
            metric.event == query.event
            and metric.kind in kinds
            and (metric.value == value or counts)
            and not metric.words
            and (metric.part == part or not part)
        ):
            source = _matched(metric, query, "_count" if counts else "")
            if source is not None:
                yield source
    every = METRICS[0]
    if value == ONE and "counter" in kinds:
        source = _matched(every, query, "")
        if source is not None:
            yield source


def _matched(metric: Metric, query: Aggregate, ending: str) -> _Source | None:
    """Return the metric with the matchers for the tests of a query; None if one cannot be met."""
    if ending and min(metric.buckets) < 0:
        return None  # OpenMetrics has no count for buckets below 0
    labels = {field: label for label, field in metric.labels}
    if metric.event is None:
        labels |= {"event": labels[EVENT], "level": labels[LEVEL]}
    matchers = [f"{label}={quoted(value)}" for label, value in metric.constants]
    if metric.event is None and query.event:
        matchers.append(f"event={quoted(query.event)}")
    for field, allowed in metric.where:
        if not _restricted(query, field) <= {*allowed}:
            return None
    for test in query.where:
        if test.field in labels:
            matchers += _matcher(labels[test.field], test)
        elif test.field == metric.value and (
            (metric.part and test.value == 0) or _is_implied(metric, test)
        ):
            continue
        elif test.field not in dict(metric.where):
            return None
    found = []
    for field in query.by:
        if field in labels:
            found.append((field, labels[field]))
        elif field in _OF_TARGET:
            found.append((field, field))
        elif field not in _IDENTIFYING or (metric.kind != "gauge" and "bot_name" not in query.by):
            return None
    return _Source(metric, tuple(matchers), tuple(found))


def _is_implied(metric: Metric, test: Test) -> bool:
    """Return True if every value of the metric passes a test on its field."""
    spec = CATALOGUE[metric.event].fields[metric.value] if metric.event else None
    if spec is None or isinstance(test.value, str | tuple):
        return False
    low, high = spec.low, spec.high
    return (test.op == ">=" and low is not None and test.value <= low) or (
        test.op == "<=" and high is not None and test.value >= high
    )


def _restricted(query: Aggregate, field: str) -> set[str]:
    """Return the values that a choice can have where the tests of a query hold."""
    spec = CATALOGUE[query.event].fields[field] if query.event else None
    values = {*spec.choices} if spec is not None else set()
    for test in query.where:
        if test.field == field:
            named = {*test.value} if isinstance(test.value, tuple) else {str(test.value)}
            values = values & named if test.op == "==" else values - named
    return values


def _matcher(label: str, test: Test) -> list[str]:
    match test.value:
        case tuple() as values:
            return [f"{label}=~{quoted('|'.join(re.escape(value) for value in values))}"]
        case Variable() as variable:
            return [f"{label}{'=~' if test.op == '==' else '!~'}{quoted_regex(variable)}"]
        case str() as text:
            return [f"{label}{'=' if test.op == '==' else '!='}{quoted(text)}"]
        case int() as number if test.op in ("==", "!="):
            return [f"{label}{'=' if test.op == '==' else '!='}{quoted(str(number))}"]
        case _:
            raise NoTwinError(f"{test.field} is compared as a number, and is a label")


def _selector(source: _Source, scope: Scope, ending: str = "") -> str:
    metric = source.metric
    if not ending and metric.kind == "histogram":
        ending = "_count"
    matchers = []
    if scope.app is None:
        matchers.append('app=~".+"')
    elif isinstance(scope.app, Variable):
        matchers.append(f"app=~{quoted_regex(scope.app)}")
    else:
        matchers.append(f"app={quoted(scope.app)}")
    matchers.append(f"env=~{quoted_regex(scope.env)}")
    if scope.bot is not None:
        matchers.append(f"bot_name=~{quoted_whole(scope.bot)}")
    if scope.symbol is not None and "symbol" in metric.label_names:
        matchers.append(f"symbol=~{quoted_whole(scope.symbol)}")
    return f"{metric.name}{ending}{{{', '.join([*matchers, *source.matchers])}}}"


def _increase(source: _Source, scope: Scope, window: str, ending: str = "") -> str:
    selector = _selector(source, scope, ending)
    if source.metric.choices() or source.metric.label_names == ("bot_name",):
        return f"increase({selector}[{window}])"
    return (
        f"(({selector} unless {selector} offset {window}) "
        f"and on (job, instance) (up offset {window} == 1) or increase({selector}[{window}]))"
    )


def _sum(query: Aggregate, source: _Source, inner: str, *more: str) -> str:
    return _grouped("sum", query, source, inner, *more)


def _grouped(across: str, query: Aggregate, source: _Source, inner: str, *more: str) -> str:
    """Return an aggregate by the fields of a query, whose labels get the names of the fields."""
    for field, label in source.labels:
        if field != label:
            inner = f'label_replace({inner}, "{field}", "$1", "{label}", "(.*)")'
    names = [field for field in query.by if field in dict(source.labels)]
    return f"{across}{by_clause((*more, *names))}({inner})"


def _scaled(expr: str, metric: Metric) -> str:
    if metric.scale == 1:
        return expr
    return f"({expr} * {decimal_text(round(1 / metric.scale, 9))})"
