"""The shapes of the LogQL that comes out: each rule is one that Loki punishes silently."""

from __future__ import annotations

import json
import re

import pytest

from logging_kit.line import NUMBER
from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboard import ANNOTATIONS
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.query.fields import (
    API_CALL,
    EQUITY,
    HEARTBEAT,
    KEY_SHAPED,
    LINES,
    ORDER,
    POSITION,
    RISK,
    SIGNAL,
    TRADE,
    UNPARSEABLE,
)
from logging_kit.panels.query.language import (
    age,
    alive_or_zero,
    count,
    difference,
    high,
    last,
    last_time,
    mean,
    quantile,
    rate,
    ratio,
    rows,
    size,
    total,
    without,
)
from logging_kit.panels.query.nodes import Query, Rows
from logging_kit.panels.query.scope import Scope, Variable

pytestmark = pytest.mark.slow

PLAIN = Scope("a", "e", window="1h", end=9000)
FROM_DASHBOARDS = [
    pytest.param(logql(target.query), id=f"{dashboard.uid}-{panel.id}{target.ref}")
    for dashboard in DASHBOARDS
    for panel in dashboard.panels
    for target in panel.targets
] + [pytest.param(logql(annotation.rows), id=annotation.name) for annotation in ANNOTATIONS]


SHAPES: list[tuple[Query | Rows, str]] = [
    (count(LINES), "sum(count_over_time(<all> [1h]))"),
    (count(LINES, by="level", within="5m"), "sum by (level) (count_over_time(<all> [5m]))"),
    (
        count(SIGNAL, where=SIGNAL.signal == "LONG"),
        '(sum(count_over_time({app="a", env=~"e", job="a-ai-signal", signal="LONG"} | event="SIGNAL" [1h])) <or alive>)',
    ),
    (
        count(TRADE, where=TRADE.action == "exit", by="bot_name"),
        (
            '(sum by (bot_name) (count_over_time(<trade> | event="TRADE" | json action="action" | action="exit" | <ok> [1h]))'
            ' or (sum by (bot_name) (count_over_time(<all> | bot_name!="" [1h])) * 0))'
        ),
    ),
    (rate(LINES) * 60, "(sum(rate(<all> [1h])) * 60)"),
    (size(LINES, by="job"), "sum by (job) (bytes_over_time(<all> [1h]))"),
    (
        total(TRADE.pnl, where=TRADE.action.among("exit", "partial_exit"), by="quote"),
        (
            'sum by (quote) (sum_over_time(<trade> | event="TRADE" | json pnl="pnl", quote="quote", action="action"'
            ' | (action="exit" or action="partial_exit") | <ok> | unwrap pnl | <ok> [1h]))'
        ),
    ),
    (
        mean(SIGNAL.confidence, where=SIGNAL.signal.among("LONG", "SHORT")),
        (
            'avg_over_time({app="a", env=~"e", job="a-ai-signal", signal=~"LONG|SHORT"} | event="SIGNAL"'
            ' | json confidence="confidence" | confidence >= 0 | confidence <= 1 | <ok>'
            " | confidence=~<number> | unwrap confidence | <ok> [1h]) by ()"
        ),
    ),
    (
        quantile(0.95, API_CALL.latency_ms, by="path"),
        (
            'quantile_over_time(0.95, <bot> | event="API_CALL" | json latency_ms="latency_ms", path="path"'
            " | latency_ms >= 0 | <ok> | unwrap latency_ms | <ok> [1h]) by (path)"
        ),
    ),
    (
        last_time(HEARTBEAT, by="bot_name", within="24h"),
        'max_over_time(<bot> | event="HEARTBEAT" | <time> | unwrap ts | <ok> [24h]) by (bot_name)',
    ),
    (
        age(LINES, within="15m"),
        "((9000 - max_over_time(<all> | <time> | unwrap ts | <ok> [15m]) by ()) / 1000)",
    ),
    (
        ratio(count(RISK), count(ORDER)),
        (
            '((sum(count_over_time(<trade> | event="RISK" [1h])) or sum(count_over_time(<trade> | event="ORDER" [1h])) * 0)'
            ' / (sum(count_over_time(<trade> | event="ORDER" [1h])) != 0))'
        ),
    ),
    (
        alive_or_zero(count(count(HEARTBEAT, by="bot_name"))),
        '(count(sum by (bot_name) (count_over_time(<bot> | event="HEARTBEAT" [1h]))) or vector(0))',
    ),
    (
        without(count(LINES, by="bot_name", within="1d"), count(LINES, by="bot_name", within="3m")),
        "(sum by (bot_name) (count_over_time(<all> [1d])) unless sum by (bot_name) (count_over_time(<all> [3m])))",
    ),
    (
        difference(count(ORDER, within="5m"), count(RISK, within="5m")),
        '(sum(count_over_time(<trade> | event="ORDER" [5m])) - sum(count_over_time(<trade> | event="RISK" [5m])))',
    ),
    (
        count(LINES, where=KEY_SHAPED, by="job"),
        f"sum by (job) (count_over_time(<all> |~ `{KEY_SHAPED.tests[0].value}` [1h]))",
    ),
    (
        total(last(EQUITY.equity, by=("bot_name", "quote")) > 1.5, by="quote"),
        (
            'sum by (quote) ((last_over_time(<bot> | event="EQUITY" | json equity="equity", quote="quote"'
            " | <ok> | unwrap equity | <ok> [1h]) by (bot_name, quote) > 1.5))"
        ),
    ),
    (
        high(
            POSITION.leverage,
            where=(POSITION.qty > 0) & (POSITION.symbol != "A") & (POSITION.leverage < 1e-7),
        ),
        (
            'max_over_time(<bot> | event="POSITION" | symbol!="A" | json leverage="leverage", qty="qty"'
            " | qty > 0 | leverage < 0.0000001 | leverage >= 0 | <ok> | unwrap leverage | <ok> [1h]) by ()"
        ),
    ),
    (
        count(LINES, where=UNPARSEABLE),
        '(sum(count_over_time(<all> | json | __error__="JSONParserErr" [1h])) <or alive>)',
    ),
    (
        rows(LINES, where=(LINES.level != "debug") & (LINES.run_id == "r")),
        '{app="a", env=~"e", level!="debug"} | run_id="r"',
    ),
    (
        rows(TRADE, show=("{action}", "{symbol}", "pnl={pnl}")),
        (
            '<trade> | event="TRADE" | json action="action", pnl="pnl" | <ok>'
            " | line_format `{{.action}}{{if .symbol}} {{.symbol}}{{end}}{{if .pnl}} pnl={{.pnl}}{{end}}`"
        ),
    ),
    (
        count(API_CALL, where=API_CALL.ok == False, by="path"),  # noqa: E712
        'sum by (path) (count_over_time(<bot> | event="API_CALL" | json path="path", ok="ok" | ok="false" | <ok> [1h]))',
    ),
]
SHORT = {
    "<or alive>": 'or (sum(count_over_time({app="a", env=~"e"} [1h])) * 0)',
    "<all>": '{app="a", env=~"e"}',
    "<bot>": '{app="a", env=~"e", job="a-bot"}',
    "<trade>": '{app="a", env=~"e", job="a-trade"}',
    "<ok>": '__error__=""',
    "<number>": f"`^{NUMBER}$`",
    "<time>": "label_format ts=`{{ __timestamp__ | unixEpochMillis }}`",
}


@pytest.mark.parametrize(("query", "expected"), SHAPES)
def test_each_construct_has_its_shape(query: Query | Rows, expected: str) -> None:
    for short, long in SHORT.items():
        expected = expected.replace(short, long)
    assert logql(query, PLAIN) == expected


@pytest.mark.parametrize("expr", FROM_DASHBOARDS)
def test_no_query_falls_into_a_known_trap(expr: str) -> None:
    expr = re.sub(r"\$\{(\w+):regex\}", r"$\1", expr)
    behind = re.sub(r"\{app=[^}]*\}", "", expr)
    regexes = re.findall(r"\w+[=!]~\S+", behind)
    number = f"=~`^{NUMBER}$`"
    assert all(
        re.fullmatch(r"(\w+)=~`\^\(\?:\$(bot|symbol|correlation_id)\)\$`", r) or r.endswith(number)
        for r in regexes
    )
    assert "topk" not in expr
    assert "event_extracted" not in expr
    assert "{app=~`$app`, env=~`$env`" in expr
    for stage in re.finditer(r"\| (json|unwrap)\b", expr):
        rest = expr[stage.end() :]
        stop = re.search(r"\[|\| line_format|\| unwrap", rest)
        assert "__error__=" in rest[: stop.start() if stop else None], expr
    for fields in re.findall(r"\| json ([^|]*)", expr):
        assert re.fullmatch(r'\w+="\w+"(, \w+="\w+")* ?', fields) or fields == "", expr
        assert not {"event", "bot_name", "symbol", "exchange", "level", "signal"} & set(
            re.findall(r'(\w+)="', fields)
        )
    assert len(re.findall(r"\b(?:avg|min|max|last|quantile)_over_time\(", expr)) == expr.count(
        ") by ("
    )
    assert len(
        re.findall(r"\b(?:sum_over_time|count_over_time|bytes_over_time|rate)\(", expr)
    ) == len(
        re.findall(
            r"\bsum(?: by \([^)]*\) )?\((?:sum_over_time|count_over_time|bytes_over_time|rate)\(",
            expr,
        )
    )


def test_the_only_answer_that_does_not_depend_on_the_pipeline_is_the_bots_status() -> None:
    unconditional = {
        panel.title
        for dashboard in DASHBOARDS
        for panel in dashboard.panels
        for t in panel.targets
        if "vector(" in logql(t.query)
    }
    assert unconditional == {"Bot status", "Bots alive"}


def test_only_events_with_a_symbol_are_filtered_by_it() -> None:
    assert "symbol=~" in logql(count(TRADE))
    assert "symbol=~" not in logql(count(HEARTBEAT))
    assert "symbol=~" not in logql(count(LINES))
    assert "bot_name=~" not in logql(count(LINES, where=UNPARSEABLE)).partition(" or ")[0]


def test_what_is_no_query_is_refused() -> None:
    with pytest.raises(TypeError, match="is no query"):
        logql("count", PLAIN)  # type: ignore[arg-type]


def test_further_labels_of_a_scope_stand_in_the_selector() -> None:
    scope = Scope("a", "e", labels=(("signal", "LONG|SHORT"), ("exchange", Variable("exchange"))))
    expr = logql(count(SIGNAL, within="1h"), scope)
    assert 'env=~"e", signal=~"LONG|SHORT", exchange=~`${exchange:regex}`' in expr


@pytest.mark.parametrize("app", ["scalper", "my bots", 'a"b', "grid-2"])
def test_the_job_follows_the_app(app: str) -> None:
    for lines, stream in ((TRADE, "trade"), (HEARTBEAT, "bot"), (SIGNAL, "ai-signal")):
        job = json.dumps(f"{app}-{stream}")
        assert f"job={job}" in logql(count(lines, within="1h"), Scope(app))
