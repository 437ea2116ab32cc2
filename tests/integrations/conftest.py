"""Fixtures for the integrations: a local server, and a registry of secrets that is emptied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit.masking.masker import REGISTRY
from tests.support.local_server import LocalServer


@pytest.fixture(autouse=True)
def no_secret_stays_registered() -> Iterator[None]:
    """Forget the secrets that a test has registered."""
    before = REGISTRY.values()
    yield
    for value in REGISTRY.values():
        REGISTRY.discard(value)
    REGISTRY.add(before.items())


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A web server that answers `{}`; a test may give it another `answer`."""
    with LocalServer() as local:
        yield local


@pytest.fixture
def everything(log_dir: Path) -> Callable[[], str]:
    """Read the text of all files in the log folder."""

    def everything() -> str:
        assert logging_kit.flush()
        return "".join(
            path.read_text("utf-8", "replace") for path in log_dir.rglob("*") if path.is_file()
        )

    return everything


@pytest.fixture
def events(lines: Callable[..., list[dict[str, Any]]]) -> Callable[[str], list[dict[str, Any]]]:
    """Read this test's lines of one event, none of which may have a schema error."""

    def events(name: str) -> list[dict[str, Any]]:
        found = [line for line in lines() if line.get("event") == name]
        assert not [line for line in found if "schema_error" in line]
        return found

    return events
