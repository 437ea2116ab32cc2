"""The examples in docstrings and in the chapter on the dashboards do what they say."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.servers.loki import Loki

pytestmark = pytest.mark.slow

CHAPTER = (Path(__file__).parents[3] / "docs" / "dashboards.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "module",
    [
        "logging_kit.panels",
        "logging_kit.panels.query.lines",
        "logging_kit.panels.compile.logql",
        "logging_kit.panels.compile.duckdb",
    ],
)
def test_examples_of_the_docstrings(module: str) -> None:
    result = doctest.testmod(
        importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert result.attempted > 0
    assert result.failed == 0


def test_the_panel_of_the_chapter(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", CHAPTER, re.DOTALL)
    exec(compile(code, "docs/dashboards.md", "exec"), {})
    assert capsys.readouterr().out.startswith("sum by (symbol) (sum_over_time({")


@pytest.mark.servers
def test_the_queries_of_the_chapter_parse(loki: Loki) -> None:
    (block,) = re.findall(r"```logql\n(.*?)```", CHAPTER, re.DOTALL)
    queries = block.strip().splitlines()
    assert len(queries) == 5
    assert all(loki.format_query(query) for query in queries)
