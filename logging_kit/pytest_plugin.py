"""The fixture ``log_events``, and what ``caplog`` needs; nothing else of the package is imported before a test asks for it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import LogEvents


@pytest.fixture
def log_events() -> Iterator[LogEvents]:
    """Everything that the test logs, as a list of dicts with `has` and `of`."""
    from .testing import captured

    with captured() as events:
        yield events


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let ``caplog`` see typed events and structlog's lines in the tests that use it."""
    caplog = getattr(item, "funcargs", {}).get("caplog")
    if caplog is None:
        return (yield)
    from .testing import shown_to

    with shown_to(caplog.handler):
        return (yield)
