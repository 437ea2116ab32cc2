"""A bot on a terminal: what a person sees of it, and why it ended."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import orjson
import pytest

from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
BOT = """
import logging_kit, os, signal, sys, threading
log = logging_kit.setup(app="demo", log_dir="logs", **{options})
{body}
"""

THREAD = """
def work():
    {}['USDT'] + 1
thread = threading.Thread(target=work); thread.start(); thread.join()
"""
LOOP = """
import asyncio
async def main():
    print('ready', flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def watch(
    tmp_path: Path, body: str, *, keys: str = "", options: str = "{}"
) -> tuple[str, int, str]:
    """Run a bot on a terminal; return what it showed, its exit status and why it says it ended."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
        "TERM": "xterm",
        "TZ": "Asia/Seoul",
    }
    command = [sys.executable, "-c", BOT.format(body=body, options=options)]
    with Terminal(command, tmp_path, environment) as terminal:
        if keys:
            terminal.until("ready")
            terminal.type(keys)
        code = terminal.ended()
    ends = [
        line["reason"]
        for path in (tmp_path / "logs" / "segments").glob("bot-*")
        for row in path.read_bytes().splitlines()
        if (line := orjson.loads(row)).get("phase") == "shutdown"
    ]
    assert len(ends) == 1
    return _ANSI.sub("", terminal.text), code, ends[0]


def test_the_first_minute(tmp_path: Path) -> None:
    body = (
        "log.signal('LONG', symbol='BTC/USDT', confidence=0.5926409106271656)\n"
        "logging_kit.get_logger('strategy.ema').warning('crossed\\nagain')"
    )
    text, code, _ = watch(tmp_path, body)
    first, second, third, fourth, last = text.replace("\r", "").rstrip("\n").split("\n")
    assert code == 0
    assert re.fullmatch(
        r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+09:00 INFO  LIFECYCLE    startup", first
    )
    assert re.search(r"\+09:00 INFO  SIGNAL       ▲ LONG BTC/USDT 0\.5926  #[0-9a-f]{8}$", second)
    assert third.endswith("+09:00 WARN  strategy.ema crossed")
    assert fourth == "    again"
    assert "LIFECYCLE    shutdown exit" in last


@pytest.mark.parametrize(
    "body",
    [
        "{}['USDT'] + 1",
        THREAD,
        "class Evil:\n    def __del__(self): {}['USDT'] + 1\nEvil()",
    ],
    ids=["main", "thread", "unraisable"],
)
def test_an_uncaught_error_is_shown_once(tmp_path: Path, body: str) -> None:
    text, _, _ = watch(tmp_path, body)
    assert text.count("KeyError: 'USDT'") == 1
    assert text.count("Traceback") == 1


def test_an_error_that_a_processor_drops_is_shown_all_the_same(tmp_path: Path) -> None:
    body = (
        "import structlog\n"
        "def drop(logger, method, event): raise structlog.DropEvent\n"
        "logging_kit.setup(app='demo', log_dir='logs', processors_after=[drop])\n"
        "{}['USDT']"
    )
    environment = {**os.environ, "TERM": "xterm"}
    command = [sys.executable, "-c", BOT.format(body=body, options="{}")]
    with Terminal(command, tmp_path, environment) as terminal:
        assert terminal.ended() == 1
    assert terminal.text.count("KeyError") == 1


def test_stdout_has_a_level_of_its_own(tmp_path: Path) -> None:
    text, _, _ = watch(
        tmp_path, "log.info('calm'); log.error('loud')", options="{'stdout_level': 'ERROR'}"
    )
    assert "loud" in text
    assert "calm" not in text
    assert "LIFECYCLE" not in text
    written = b"".join(path.read_bytes() for path in (tmp_path / "logs/segments").glob("*"))
    assert b"calm" in written


@pytest.mark.parametrize(
    ("body", "keys", "code", "reason"),
    [
        ("pass", "", 0, "exit"),
        ("sys.exit(3)", "", 3, "exit"),
        ("{}['USDT']", "", 1, "exception: KeyError"),
        ("with log.bound_dummy: pass", "", 1, "exception: AttributeError"),
        ("print('ready', flush=True); threading.Event().wait()", "\x03", -signal.SIGINT, "Ctrl-C"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "", -signal.SIGTERM, "SIGTERM"),
        (
            "with logging_kit.setup(app='demo', log_dir='logs'): raise ValueError('x')",
            "",
            1,
            "exception: ValueError",
        ),
        (
            LOOP,
            "\x03",
            -signal.SIGINT,
            "Ctrl-C",
        ),
    ],
    ids=["end", "sys.exit", "error", "attribute", "ctrl-c", "sigterm", "with", "asyncio"],
)
def test_the_shutdown_says_why(
    tmp_path: Path, body: str, keys: str, code: int, reason: str
) -> None:
    _, ended, said = watch(tmp_path, body, keys=keys)
    assert (ended, said) == (code, reason)
