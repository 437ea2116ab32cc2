"""The story's day as a log folder, and an engine that has read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from logging_kit.panels.engine.engine import DuckDBEngine
from tests.support.panels.story import write_story


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("story")
    write_story(directory)
    return directory


@pytest.fixture(scope="session")
def engine(story: Path) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(story, keep=None) as engine:
        engine.load()
        yield engine
