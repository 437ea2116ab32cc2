"""Standard output.

What it shows, and that nothing that happens to it reaches the bot or its files.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
import time

import pytest

import logging_kit
from logging_kit.runtime.sinks import render_lines
from logging_kit.store.sinks.feed import SinkFeed
from logging_kit.store.sinks.stdout import Stdout
from tests.support.runs import assert_complete, by_run, everything, texts, written

pytestmark = pytest.mark.slow

BOT = """
import logging_kit, os, sys
log = logging_kit.setup(log_dir="logs", **eval(sys.argv[1]))
log.info("first line")
log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
log.error("last line")
"""


def environment(**values: str) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("NO_COLOR", "FORCE_COLOR", "TERM")
    }
    return {**kept, "TERM": "xterm-256color", **values}


def parsed(text: str | bytes):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("settings", ["{}", "{'stdout': 'json'}"])
def test_a_pipe_gets_the_lines_as_they_are(run_bot, log_dir, settings):
    ended = run_bot(BOT, settings)
    assert (ended.returncode, ended.stderr) == (0, "")
    shown = parsed(ended.stdout)
    for line in shown:
        assert line["seq"] == shown.index(line) + 1
    assert texts(shown)[0] == "first line"
    assert [line["message"] for line in shown][-2:] == ["last line", shown[-1]["message"]]
    assert sorted(ended.stdout.encode().splitlines()) == sorted(
        line for path in (log_dir / "segments").iterdir() for line in path.read_bytes().splitlines()
    )


def test_off_is_off(run_bot, log_dir):
    ended = run_bot(BOT, "{'stdout': 'off'}")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert "last line" in texts(everything(log_dir))


def on_a_terminal(cwd, settings: str, env: dict[str, str]) -> str:
    main, side = pty.openpty()
    bot = subprocess.Popen([sys.executable, "-c", BOT, settings], cwd=cwd, stdout=side, env=env)
    os.close(side)
    shown = b""
    with contextlib.suppress(OSError):  # EIO: the other side was closed
        while block := os.read(main, 65_536):
            shown += block
    os.close(main)
    assert bot.wait(20) == 0
    return shown.decode()


@pytest.mark.parametrize(
    ("settings", "env", "form", "colour"),
    [
        ("{}", {}, "console", True),
        ("{'stdout': 'console'}", {}, "console", True),
        ("{}", {"NO_COLOR": "1"}, "console", False),
        ("{}", {"TERM": "dumb"}, "console", False),
        ("{'stdout': 'json'}", {}, "json", False),
    ],
)
def test_a_terminal(tmp_path, log_dir, settings, env, form, colour):
    shown = on_a_terminal(tmp_path, settings, environment(**env))
    assert ("\x1b[" in shown) == colour
    assert "first line" in shown
    assert "last line" in shown
    assert (shown.lstrip()[0] == "{") == (form == "json")
    assert all(b"\x1b" not in path.read_bytes() for path in (log_dir / "segments").iterdir())


@pytest.mark.parametrize(
    ("env", "colour"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_console_into_a_pipe(run_bot, env, colour, monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    ended = run_bot(BOT, "{'stdout': 'console'}", **env)
    assert "first line" in ended.stdout
    assert not ended.stdout.startswith("{")
    assert ("\x1b[" in ended.stdout) == colour


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_console_of_any_encoding(run_bot, encoding):
    source = BOT.replace("first line", "bitcoin \\u20bf \\ud800 \\U0001f680")
    ended = run_bot(source, "{'stdout': 'console'}", PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "bitcoin" in ended.stdout
    assert "last line" in ended.stdout


# Readers that do not read.


def test_memory_is_bounded_without_a_reader(monkeypatch):
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        stdout = SinkFeed(Stdout("json", render_lines))
        line = b"x" * 59_999 + b"\n"
        for _ in range(2_000):
            stdout.put(line)
        assert stdout.waiting * len(line) < 32_000_000
        assert 1_990 < stdout.waiting + stdout.dropped <= 2_000
        assert not stdout.flush(0.05)
        monkeypatch.undo()
        os.close(reading)  # what waits in the thread's write ends there
        assert stdout.flush(5) in (True, False)
        stdout.close()


def test_a_reader_that_went_away_costs_nothing_but_its_lines(run_bot, tmp_path, log_dir):
    source = """
import logging_kit, os, sys, time
log = logging_kit.setup(log_dir="logs", stdout="json")
for number in range(2_000):
    log.info("line", number=number)
    if number == 1_000:
        time.sleep(0.3)
assert logging_kit.flush()
print(logging_kit.stats()["dropped"]["stdout"], logging_kit.stats()["queue_depth"], file=sys.stderr)
"""
    bot = subprocess.Popen(
        [sys.executable, "-c", source], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert bot.stdout is not None
    assert bot.stdout.readline().startswith(b"{")
    bot.stdout.close()
    _, error = bot.communicate(timeout=20)
    assert bot.returncode == 0, error
    note, numbers = error.decode().splitlines()
    assert note.startswith("logging_kit: cannot write to standard output: BrokenPipeError")
    dropped, waiting = map(int, numbers.split())
    assert 900 < dropped < 2_002
    assert waiting == 0
    found = everything(log_dir)
    assert_complete(found)
    assert len(texts(found)) == 2_000


def test_a_pipe_that_does_not_block_gets_whole_lines(tmp_path):
    source = """
import logging_kit, os
os.set_blocking(1, False)
log = logging_kit.setup(log_dir="logs", stdout="json")
for number in range(3_000):
    log.info("line", number=number, text="x" * 500)
logging_kit.flush(20)
"""
    bot = subprocess.Popen(
        [sys.executable, "-c", source], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(0.5)
    out, error = bot.communicate(timeout=30)
    assert (bot.returncode, error) == (0, b"")
    assert_complete(parsed(out))
    assert [line["number"] for line in parsed(out) if "number" in line] == list(range(3_000))


# What stands behind sys.stdout.


@pytest.mark.parametrize(
    "statement", ["sys.stdout = None", "sys.stdout.close()", "os.close(1)", "del sys.stdout"]
)
def test_no_standard_output_at_all(run_bot, log_dir, statement):
    ended = run_bot(f"import logging_kit, os, sys\n{statement}\n{BOT}\nlogging_kit.flush()", "{}")
    assert ended.stdout == ""
    assert texts(everything(log_dir))[0] == "first line"
    assert "last line" in texts(everything(log_dir))
    assert "Traceback" not in ended.stderr


def test_one_that_was_replaced_gets_text(start, log_dir):
    other = io.StringIO()
    with contextlib.redirect_stdout(other):
        start(stdout="json").info("line")
        assert logging_kit.flush()
    assert [line["message"] for line in parsed(other.getvalue())][-1] == "line"


def test_pytest_s_capture_sees_it(start, capsys):
    start(stdout="json").info("line")
    assert logging_kit.flush()
    assert parsed(capsys.readouterr().out)[-1]["message"] == "line"


def test_one_that_raises_is_noted(start, log_dir, capfd):
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise ValueError("no")

    with contextlib.redirect_stdout(Broken()):
        start(stdout="json").info("line")
        logging_kit.flush()
    assert "ValueError" in capfd.readouterr().err
    assert logging_kit.stats()["dropped"] == {"stdout": 2}
    assert texts(written(log_dir)) == ["line"]
    assert "dropped" not in written(log_dir)[-1]


def test_a_second_setup_takes_over_what_waits(start, capsys):
    log = start(stdout="json")
    for number in range(100):
        log.info("first", number=number)
    log = start(stdout="json")
    log.info("second")
    log = start(stdout="off")
    log.info("third")
    logging_kit.flush()
    shown = parsed(capsys.readouterr().out)
    assert texts(shown) == ["first"] * 100 + ["second"]


def test_lines_of_threads_are_all_shown_across_setups(start, log_dir, capsys):
    import threading

    ended = threading.Event()
    log = start(stdout="json")
    counts = [0, 0]

    def work(index: int) -> None:
        while not ended.is_set():
            log.info("line", thread=index, number=counts[index])
            counts[index] += 1
            time.sleep(0.0002)

    threads = [threading.Thread(target=work, args=(index,)) for index in (0, 1)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        time.sleep(0.05)
        start(stdout="json")
    ended.set()
    for thread in threads:
        thread.join()
    found = written(log_dir)
    assert_complete(found)
    assert len(by_run(found)) == 1
    shown = parsed(capsys.readouterr().out)
    assert sorted((line["run_id"], line["seq"]) for line in shown) == [
        (line["run_id"], line["seq"]) for line in found
    ]
    assert logging_kit.stats()["dropped"] == {}


# The end.


def test_lines_of_exit_handlers_are_shown(run_bot):
    source = """
import atexit, logging_kit
log = logging_kit.get_logger()
atexit.register(lambda: log.info("registered before setup"))
logging_kit.setup(log_dir="logs", stdout="json")
atexit.register(lambda: log.info("registered after setup"))
"""
    ended = run_bot(source)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert texts(parsed(ended.stdout)) == ["registered after setup", "registered before setup"]


def test_the_bot_s_own_prints_are_shown_too(run_bot):
    ended = run_bot(
        "import sys\n"
        + BOT
        + "\nprint('mine')\nsys.stdout.flush()\nlogging_kit.flush()\nprint('end')",
        "{'stdout': 'json'}",
        PYTHONUNBUFFERED="",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "mine" in ended.stdout.splitlines()
    assert "end" in ended.stdout.splitlines()
