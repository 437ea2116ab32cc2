"""Whatever a viewer types into a dashboard's boxes stays a text of the query."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.panels.grafana_variables import (
    ALL,
    Chosen,
    interpolate,
    literals,
    queries,
    variables,
)

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[3] / "monitoring" / "grafana" / "dashboards"
DASHBOARDS = {file.stem: json.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.json")}
NAMES = ["grid (1", "a+b", 'say "hi"', r"back\slash", "end\\", "x.y", "it's", "[z]", "{a}|b", "$1"]
TEXTS = [*NAMES, "`", "a`b", '"action":"exit"', "` | drop app", "100 %", "가격", "a\nb", "\\Q", ""]
TYPED = ("bot", "symbol", "search", "correlation_id")


def every_query(stem: str, **values: Any) -> dict[str, str]:
    tree = DASHBOARDS[stem]
    chosen = variables(tree, **values)
    return {name: interpolate(expr, chosen) for name, expr in queries(tree).items()}


def sample(stem: str) -> dict[str, str]:
    return every_query(stem, app="app", env="env", bot="bot", symbol="symbol", level="info")


@pytest.mark.parametrize("stem", DASHBOARDS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variable", ["app", "env", "bot", "symbol", "level", "correlation_id"])
def test_a_name_never_leaves_its_quotes(stem: str, name: str, variable: str) -> None:
    plain = {key: literals(query)[0] for key, query in sample(stem).items()}
    for values in (name, [name], ["other", name]):
        if variable in ("app", "correlation_id") and values != name:
            continue
        given = {"app": "app", "env": "env", variable: values}
        for key, query in every_query(stem, **given).items():
            assert literals(query)[0] == plain[key], query


@pytest.mark.parametrize("stem", DASHBOARDS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_in_the_search_box_never_leaves_its_quotes(stem: str, text: str) -> None:
    plain = {key: literals(query)[0] for key, query in sample(stem).items()}
    for key, query in every_query(stem, search=text).items():
        assert literals(query)[0] == plain[key], query


@pytest.mark.parametrize("stem", DASHBOARDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_matched_as_it_is_and_whole(stem: str, name: str) -> None:
    checked = 0
    for query in every_query(stem, bot=[name]).values():
        for expression in re.findall(r"bot_name=~`([^`]*)`", query):
            checked += 1
            assert re.fullmatch(expression, name)
            assert not re.search(expression, name + "-2")
            assert not re.search(expression, "other")
    assert checked > 5


@pytest.mark.parametrize("stem", DASHBOARDS)
def test_all_and_several_names(stem: str) -> None:
    for query in every_query(stem, bot=ALL, symbol=[ALL]).values():
        assert all(e == "^(?:.*)$" for e in re.findall(r"(?:bot_name|symbol)=~`([^`]*)`", query))
    for query in every_query(stem, bot=["a.b", "c|d"]).values():
        for expression in re.findall(r"bot_name=~`([^`]*)`", query):
            assert [bool(re.search(expression, n)) for n in ("a.b", "c|d", "axb", "c", "d")] == [
                True,
                True,
                False,
                False,
                False,
            ]


def test_every_variable_of_a_query_is_quoted_by_a_format() -> None:
    for tree in DASHBOARDS.values():
        for query in queries(tree).values():
            # `$1` is a group of `label_replace`
            assert not re.findall(r"\$(?!__)[A-Za-z]\w*", query)
            assert {*re.findall(r"\$\{\w+:(\w+)\}", query)} <= {"regex", "percentencode"}


def test_the_rules_are_those_of_grafana() -> None:
    """Cases from the tests of `@grafana/scenes` and of the Loki data source."""
    assert interpolate("${a:regex}", {"a": Chosen("test.(x)/y")}) == r"test\.\(x\)\/y"
    assert interpolate("${a:regex}", {"a": Chosen(["a.", "b"], multi=True)}) == r"(a\.|b)"
    assert interpolate("${a:regex}", {"a": Chosen(ALL, multi=True, all_value=".*")}) == ".*"
    assert interpolate("${a:percentencode}", {"a": Chosen("foo()bar BAZ")}) == "foo%28%29bar%20BAZ"
    assert interpolate("[[a]] $a $b", {"a": Chosen("it's")}) == r"it\\'s it\\'s $b"
    assert interpolate("$a", {"a": Chosen(["a.b", "c"], multi=True)}) == r"a\\.b|c"


# On a real Loki


@pytest.fixture(scope="module")
def odd_app(loki: Loki) -> str:
    """An app with a bot of each odd name; each has written one line with each odd text."""
    app = f'odd "{time.time_ns() % 10**6}" (+'
    now = time.time_ns()
    for i, name in enumerate(NAMES):
        labels = {"app": app, "env": "e.(1", "job": f"{app}-bot", "level": "info"}
        lines = [
            (now - (i * 100 + k) * 10**6, json.dumps({"message": text}, ensure_ascii=False))
            for k, text in enumerate(TEXTS)
        ]
        loki.push(labels, [(at, line, {"bot_name": name}) for at, line in lines])
    return app


def lines_of(loki: Loki, title: str, **values: Any) -> list[str]:
    query = every_query("system-health", **values)[title]
    now = time.time()
    return [line.text for line in loki.lines(query, now - 600, now + 1)]


@pytest.mark.servers
@pytest.mark.parametrize("name", NAMES)
def test_loki_finds_a_bot_by_its_odd_name(loki: Loki, odd_app: str, name: str) -> None:
    chosen = {"app": odd_app, "env": ["e.(1"], "bot": [name]}
    assert len(lines_of(loki, "All lines A", **chosen)) == len(TEXTS)
    assert len(lines_of(loki, "All lines A", **{**chosen, "bot": [name, NAMES[0]]})) == (
        len(TEXTS) * len({name, NAMES[0]})
    )


@pytest.mark.servers
@pytest.mark.parametrize("text", TEXTS)
def test_loki_searches_an_odd_text(loki: Loki, odd_app: str, text: str) -> None:
    found = lines_of(loki, "All lines A", app=odd_app, search=text)
    lines = [json.dumps({"message": other}, ensure_ascii=False) for other in TEXTS]
    assert sorted(found) == sorted([line for line in lines if text in line] * len(NAMES))


@pytest.mark.servers
@pytest.mark.parametrize("stem", DASHBOARDS)
def test_loki_parses_every_query_with_odd_values(loki: Loki, stem: str) -> None:
    for name, text in zip(NAMES, TEXTS, strict=False):
        chosen = {"app": name, "env": [name], "bot": [name, "b"], "symbol": name, "search": text}
        for query in every_query(stem, **chosen, correlation_id=name).values():
            ready = query.replace("$__auto", "5m").replace("$__to", "0")
            assert loki.format_query(ready)
