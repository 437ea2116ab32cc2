"""The object that stands at `sys.stdout`.

One that leads into logging, a redirection, a notebook, a terminal.
"""

from __future__ import annotations

import contextlib
import contextvars
import io
import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import logging_kit
from tests.support.runs import everything, texts, written

LOOP = """
import logging, logging_kit, queue, signal, sys, threading, time
from functools import partial

class Stream:
    def flush(self): pass

class StreamToLogger(Stream):
    def __init__(self, logger): self.logger = logger
    def write(self, text):
        for line in text.rstrip().splitlines():
            self.logger.info(line.rstrip())

class ByName(Stream):
    def write(self, text):
        if text.strip(): logging.getLogger("stdout").info(text.strip())

class ByMethod(Stream):
    def __init__(self, write): self._write = write
    def write(self, text):
        if text.strip(): self._write(text.strip())

class Hidden(Stream):
    "Leads into logging by another thread: nothing of it can be seen."
    def __init__(self):
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self.run, daemon=True).start()
    def write(self, text):
        self.lines.put(text)
    def run(self):
        while True:
            text = self.lines.get()
            if text.strip(): emit(text.strip())

def emit(text): logging.getLogger("hidden").warning("%s", text)

log = logging_kit.setup(log_dir="logs", stdout={form!r})
sys.stdout = {stream}
print("printed")
log.info("line")
logging.getLogger("lib").warning("record")
time.sleep(1)
logging_kit.flush(2)
sys.stderr.write("lines %d\\n" % sum(logging_kit.stats()["lines"].values()))
"""

STREAMS = [
    "StreamToLogger(log)",
    "StreamToLogger(logging.getLogger('out'))",
    "StreamToLogger(logging.LoggerAdapter(logging.getLogger('out'), {}))",
    "ByName()",
    "ByMethod(log.info)",
    "ByMethod(logging.getLogger('out').error)",
    "ByMethod(partial(print, file=Hidden()))",
    "Hidden()",
]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_that_leads_into_logging_makes_no_loop(run_bot, log_dir, stream, form):
    ended = run_bot(LOOP.format(stream=stream, form=form))
    assert ended.returncode == 0
    assert "leads into logging" in ended.stderr or "a sink logs" in ended.stderr
    found = texts(everything(log_dir))
    assert found.count("printed") == found.count("line") == found.count("record") == 1
    assert len(found) < 12
    assert "line" in ended.stdout


@pytest.mark.slow
def test_a_process_whose_stdout_leads_into_logging_ends_by_sigterm(tmp_path):
    source = LOOP.format(stream="StreamToLogger(log)", form="json").replace(
        "time.sleep(1)", "sys.stderr.write('bot-is-there\\n'); time.sleep(60)"
    )
    bot = subprocess.Popen(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert bot.stderr is not None
    while "bot-is-there" not in bot.stderr.readline():
        assert bot.poll() is None
    bot.terminate()
    assert bot.wait(20) == -15
    bot.stderr.close()


PIPE = """
import logging_kit, os, threading, time
read, write = os.pipe()
os.dup2(write, 1)
log = logging_kit.setup(stdout="json")
def pump():
    for line in os.fdopen(read, encoding="utf-8"):
        {use}
threading.Thread(target=pump, daemon=True).start()
for number in range(20):
    log.info("a line of the bot", number=number)
    logging_kit.flush()
time.sleep(0.3)
log.info("the end")
os.close(1)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
@pytest.mark.parametrize(
    "use",
    ["log.info(line.rstrip())", "log.warning('the program printed: %s', line)"],
)
def test_a_pipe_that_the_bot_logs_makes_no_loop(run_bot, log_dir, use):
    ended = run_bot(PIPE.format(use=use))
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    assert "reads and logs" in ended.stderr
    found = texts(everything(log_dir))
    assert "the end" in found
    assert found.count("a line of the bot") == 20
    assert len(found) < 60


@pytest.mark.slow
def test_a_pipe_that_the_bot_only_shows_gets_every_line(run_bot, log_dir):
    ended = run_bot(PIPE.format(use="os.write(2, line.encode())"))
    assert "reads and logs" not in ended.stderr
    shown = [line for line in ended.stderr.splitlines() if "a line of the bot" in line]
    assert len(shown) == 20


class Proxy:
    """A stream whose text reaches another, as a progress bar's does.

    Its descriptor is the terminal's.
    """

    def __init__(self, stream: io.StringIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        return self.stream.write(text)

    def fileno(self) -> int:
        return 2


def test_an_object_is_written_by_its_own_method(start, log_dir, monkeypatch, capfd):
    inner = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Proxy(inner))
    start(stdout="json").info("line")
    assert logging_kit.flush()
    assert '"message":"line"' in inner.getvalue()
    assert "line" not in capfd.readouterr().err


def test_a_redirection_gets_the_lines_of_its_block_and_no_others(start, log_dir):
    outer, inner, second = io.StringIO(), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(outer):
        log = start(stdout="json")
        for number in range(50):
            log.info("before", number=number)
        with contextlib.redirect_stdout(inner):
            log.info("inside")
        log.info("between")
        with contextlib.redirect_stdout(second):
            log.info("second")
            shown = second.getvalue()
        log.info("after")
        assert logging_kit.flush()
    assert '"message":"second"' in shown
    for stream, expected in (
        (outer, {"startup", "before", "between", "after"}),
        (inner, {"inside"}),
        (second, {"second"}),
    ):
        lines = stream.getvalue().splitlines()
        assert {line.split('"message":"')[1].split('"')[0] for line in lines} == expected
    assert texts(written(log_dir)).count("before") == 50
    assert logging_kit.stats()["dropped"] == {}


def test_equal_and_indented_lines_are_no_echo(start, log_dir, monkeypatch, capfd):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Proxy(stream))
    log = start(stdout="console", clock=lambda: 1_795_226_400_000_000_000)
    for number in range(30):
        log.info("tick")
        log.info("tick %d", number)
        try:
            raise ValueError("the same error each time")
        except ValueError:
            log.exception("failed again")
    assert logging_kit.flush()
    assert stream.getvalue().count("tick") == 60
    assert stream.getvalue().count("failed again") == 30
    assert "leads into logging" not in capfd.readouterr().err


CELL: contextvars.ContextVar[dict[str, str]] = contextvars.ContextVar("cell")


class OutStream(io.TextIOBase):
    """Like ipykernel's.

    Finds the cell by a context variable, and has the descriptor of the server's terminal.
    """

    def __init__(self) -> None:
        self.cells: dict[str, str] = {}

    @property
    def parent_header(self) -> dict[str, str]:
        return CELL.get({"cell": "none"})

    def write(self, text: str) -> int:
        cell = self.parent_header["cell"]
        self.cells[cell] = self.cells.get(cell, "") + text
        return len(text)

    def fileno(self) -> int:
        return 2


def test_a_notebook_shows_each_line_in_its_cell(start, log_dir, monkeypatch, capfd):
    stream = OutStream()
    monkeypatch.setattr(sys, "stdout", stream)
    log = start(stdout="json")

    def run(cell: str) -> None:
        CELL.set({"cell": cell})
        print(f"begin {cell}")
        log.info("line", cell=cell)
        print(f"end {cell}")

    for cell in ("one", "two", "three"):
        contextvars.copy_context().run(run, cell)
        rows = stream.cells[cell].splitlines()
        assert (rows[0], rows[-1]) == (f"begin {cell}", f"end {cell}")
        assert f'"cell":"{cell}"' in rows[-2]
    assert "message" not in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("settings", ["", ", stdout='json'"])
def test_prints_and_lines_are_in_order_on_a_terminal(tmp_path, settings):
    main, side = pty.openpty()
    source = f"""
import logging_kit
log = logging_kit.setup(log_dir="logs"{settings})
for number in range(20):
    log.info(f"line {{number}}.")
    print(f"print {{number}}.")
"""
    bot = subprocess.Popen([sys.executable, "-c", source], cwd=tmp_path, stdout=side)
    os.close(side)
    shown = b""
    with contextlib.suppress(OSError):  # EIO: the other side was closed
        while block := os.read(main, 65_536):
            shown += block
    os.close(main)
    assert bot.wait(20) == 0
    text = shown.decode()
    places = [text.index(f"{word} {n}.") for n in range(20) for word in ("line", "print")]
    assert places == sorted(places)


def test_a_watched_stream_that_hangs_delays_few_calls(start, log_dir, monkeypatch):
    free = threading.Event()

    class Hanging(io.StringIO):
        def write(self, text: str) -> int:
            free.wait(20)
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", Hanging())
    log = start(stdout="json")
    begun = time.monotonic()
    for number in range(200):
        log.info("line", number=number)
    took_s = time.monotonic() - begun
    free.set()
    assert took_s < 5
    assert logging_kit.flush()
    assert texts(written(log_dir)) == ["line"] * 200


def test_a_sink_that_logs_makes_no_loop(start, log_dir, capfd):
    class Chatty(logging_kit.Sink):
        name = "chatty"
        calls = 0

        def write(self, lines: bytes) -> None:
            self.calls += 1
            log.warning("the connection is slow")

    sink = Chatty()
    log = start(sinks=[sink])
    log.info("line")
    assert logging_kit.flush()
    time.sleep(0.2)
    assert logging_kit.flush()
    assert sink.calls <= 2
    assert texts(written(log_dir)) == ["line"]
    assert logging_kit.stats()["dropped"]["echo"] == sink.calls
    assert "a sink logs while it writes" in capfd.readouterr().err
