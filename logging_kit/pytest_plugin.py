"""The pytest plugin: the fixture `log_events`, and our lines in `caplog` and in reports.

pytest imports this module in every run, so it imports nothing of the package before a test uses one
of these fixtures.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .testing import LogEvents


@pytest.fixture
def log_events() -> Iterator[LogEvents]:
    """Collect everything that the test logs, as a list of dicts with `has` and `of`."""
    from .testing import captured

    with captured() as events:
        yield events


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Show typed events and structlog's lines to `caplog` in the tests that use it."""
    caplog = getattr(item, "funcargs", {}).get("caplog")
    if caplog is None:
        return (yield)
    from .testing import shown_to

    plugin: Any = item.config.pluginmanager.get_plugin("logging-plugin")
    report = getattr(plugin, "report_handler", None)
    with shown_to(caplog.handler, report=report):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the collected events, masked, to the report of a failing test."""
    report = yield
    events = getattr(item, "funcargs", {}).get("log_events")
    if call.when == "call" and report.failed and events:
        from .masking import mask

        report.sections.append(("Captured log_events", mask(repr(events))))
    return report
