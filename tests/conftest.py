"""Fixtures for every test: a label of its own, and real servers for those that ask for them."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

import logging_kit
from logging_kit.events import own
from tests.support.lines import read
from tests.support.servers import binaries

binaries.claim_variables()

# The servers' helpers need packages that unit tests do without (httpx, PyYAML): they are imported where they are used.
if TYPE_CHECKING:
    from tests.support.servers.loki import Loki
    from tests.support.servers.promtail import Promtail


@pytest.fixture
def app() -> str:
    """An `app` label that no other test has: all tests share one Loki."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loki]:
    """The Loki of the whole session; a test that stops or breaks it takes `make_loki`."""
    from tests.support.servers.loki import Loki

    server = Loki(tmp_path_factory.mktemp("loki"))
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def make_loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Loki]]:
    """Make and start a Loki for one test: `make_loki(overlay={…})`."""
    from tests.support.servers.loki import Loki

    with ExitStack() as servers:

        def make(**options: Any) -> Loki:
            server = Loki(tmp_path_factory.mktemp("own-loki"), **options)
            servers.callback(server.close)
            return server.start()

        yield make


@pytest.fixture
def make_promtail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Promtail]]:
    """Make and start a Promtail: `make_promtail(log_dir=…, loki_url=loki.url, app=app)`."""
    from tests.support.servers.promtail import Promtail

    with ExitStack() as servers:

        def make(*, log_dir: Path, loki_url: str, **options: Any) -> Promtail:
            server = Promtail(
                tmp_path_factory.mktemp("promtail"), log_dir=log_dir, loki_url=loki_url, **options
            )
            servers.callback(server.close)
            return server.start()

        yield make


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line how to get the servers, if a test was skipped for want of them."""
    skipped = [
        report
        for report in terminalreporter.getreports("skipped")
        if binaries.HOW_TO_GET_THEM in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} skipped: {binaries.HOW_TO_GET_THEM}")


# The logging of one test.


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin without a `setup()` and without settings in the environment, and leave nothing behind."""
    for name in logging_kit.Settings().as_dict():
        monkeypatch.delenv(f"LOGGING_KIT_{name.upper()}", raising=False)
    logging_kit.shutdown()
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    loggers = [
        (logger, dict(vars(logger)), list(logger.handlers)) for logger in (root, *_stdlib_loggers())
    ]
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    yield
    logging_kit.shutdown()
    own.forget()
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks
    logging.setLogRecordFactory(factory)
    for logger in _stdlib_loggers():
        logger.setLevel(logging.NOTSET)
        logger.handlers[:] = []
        logger.disabled, logger.propagate = False, True
    for logger, before, handlers in loggers:
        logger.setLevel(before["level"])  # it also forgets what isEnabledFor has cached
        logger.handlers[:] = handlers
        logger.disabled, logger.propagate = before["disabled"], before["propagate"]


def _stdlib_loggers() -> list[logging.Logger]:
    return [
        logger
        for logger in logging.Logger.manager.loggerDict.values()
        if isinstance(logger, logging.Logger)
    ]


@pytest.fixture
def log_dir(tmp_path: Path) -> Path:
    """Log folder of this test."""
    return tmp_path / "logs"


@pytest.fixture
def start(log_dir: Path) -> Callable[..., logging_kit.BotLogger]:
    """`setup()` for one test: into its own folder, nothing on stdout, no hooks.

    What is given comes on top.

    The version is given, because looking for that of the project takes as long as all the rest.
    """

    def start(**settings: Any) -> logging_kit.BotLogger:
        return logging_kit.setup(
            **{"log_dir": log_dir, "stdout": "off", "hooks": (), "version": "0", **settings}
        )

    return start


@pytest.fixture
def lines(log_dir: Path) -> Callable[..., list[dict[str, Any]]]:
    """Read this test's lines: `lines()`, `lines("trade")`.

    LIFECYCLE, which `setup()` writes too, only when asked for.
    """

    def lines(file: str = "*", *, lifecycle: bool = False) -> list[dict[str, Any]]:
        assert logging_kit.flush()
        return [
            line for line in read(log_dir, file) if lifecycle or line.get("event") != "LIFECYCLE"
        ]

    return lines


@pytest.fixture
def untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure no coverage in the bots of a test whose signal handlers log.

    With it a handler takes longer than the time to the next signal, and the lock that coverage keeps its data by may be held by the
    very thread that the handler has interrupted: the writer then waits for it.
    """
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run_bot(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program in the test's folder, where its log files then are in `logs`."""

    def run_bot(
        source: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", source, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": "default", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_bot
