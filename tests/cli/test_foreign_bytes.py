"""The readers in a folder of hostile, damaged and unreadable files."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.store import line_blocks

pytestmark = pytest.mark.slow

RUN = CliRunner()
HOSTILE = "\x1b]52;c;aGk=\x07\x1b]0;title\x07\x1b]8;;http://x\x07\x1b[2J\x9b31m\u202eX\u2066\n# forged | row <img src=x>"
UNSAFE = {"\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\u200b"}


def run(*args: object) -> tuple[int, str, str]:
    result = RUN.invoke(app, [*map(str, args)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def line(seq: int, **fields: object) -> bytes:
    stamp = f'{{"timestamp":"2026-11-21T02:00:00.{seq:06d}Z"'
    body = json.dumps({"level": "info", "app": "a", "env": "e", "bot_name": "b", **fields})[1:-1]
    return f'{stamp},{body},"run_id":"r","seq":{seq},"v":1}}\n'.encode()


def trade(seq: int, **fields: object) -> bytes:
    shared = {"event": "TRADE", "action": "exit", "pnl": 1.5, "quote": "USDT", "symbol": "BTC"}
    return line(seq, **{**shared, **fields})


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    for name in ("segments", "archive"):
        (tmp_path / "logs" / name).mkdir(parents=True)
    (tmp_path / "logs" / "segments" / "trade-20261121T020000Z-aaaa.log").write_bytes(
        trade(1) + trade(2)
    )
    return tmp_path / "logs"


PERIOD = ("--since", "2026-11-20", "--until", "2026-11-23", "--time-zone", "UTC", "--app", "a")


def commands(logs: Path) -> dict[str, tuple[object, ...]]:
    return {
        "tail": ("tail", logs),
        "tail --json": ("tail", logs, "--json"),
        "report": ("report", logs, *PERIOD),
        "report --markdown": ("report", logs, *PERIOD, "--markdown"),
        "report --json": ("report", logs, *PERIOD, "--json"),
        "report --trades-csv": ("report", logs, *PERIOD, "--trades-csv", "-"),
        "sql": ("sql", "SELECT * FROM logs", logs),
        "sql --csv": ("sql", "SELECT * FROM trades", logs, "--csv"),
        "sql --json": ("sql", "SELECT * FROM trades", logs, "--json"),
        "watch": ("watch", logs, "--once", "--range", "366d", "--app", "a"),
        "watch --json": ("watch", logs, "--once", "--json", "--range", "366d", "--app", "a"),
        "mask scan": ("mask", "scan", logs, "--no-env"),
        "mask scan --json": ("mask", "scan", logs, "--json", "--no-env"),
    }


NAMES = [*commands(Path())]
READERS = [name for name in NAMES if not name.startswith("mask")]


@pytest.mark.parametrize("name", NAMES)
def test_no_value_commands_the_terminal(logs: Path, name: str) -> None:
    key = "sk-" + "a1B2c3D4" * 6
    names = (
        "symbol",
        "strategy",
        "exchange",
        "reason",
        "error_type",
        "path",
        "bot_name",
        "message",
    )
    (logs / "segments" / "bot-20261121T020000Z-bbbb.log").write_bytes(
        b"".join(
            line(10 + i, event=event, ok=False, status="rejected", rule=HOSTILE, state="triggered",
                 phase="startup", channel=HOSTILE, **dict.fromkeys(names, HOSTILE), **{HOSTILE: key},
                 signal="LONG", confidence=0.5, correlation_id=HOSTILE, provider=HOSTILE, model=HOSTILE)
            for i, event in enumerate(
                ("SIGNAL", "ORDER", "API_CALL", "ERROR", "RISK", "LIFECYCLE", "NOTIFICATION", "AI_CALL", "WS")
            )
        )
        + trade(30, **dict.fromkeys(names, HOSTILE), quote=HOSTILE, position_side=HOSTILE)
        + b"no JSON " + HOSTILE.encode() + b"\n"
    )  # fmt: skip
    _, out, err = run(*commands(logs)[name])
    assert not UNSAFE & set(out + err)
    if name == "report --markdown":
        assert "\n# forged" not in out
        assert "<img" not in out
        assert all(not row.startswith("# ") for row in out.splitlines()[1:])
    if name.endswith("--json"):
        whole = name.startswith(("report", "watch"))
        for row in [out] if whole else out.splitlines():
            if row.startswith("{"):
                json.loads(row)


@pytest.mark.parametrize("name", READERS)
def test_a_file_without_permission_is_named_and_ends_with_2(
    logs: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    closed = logs / "segments" / "error-20261121T020000Z-bbbb.log"
    closed.write_bytes(line(7, event="ERROR", error_type="x"))
    allowed = os.open

    def refuse(path: object, *args: int, **kwargs: int) -> int:
        if Path(str(path)) == closed:
            raise PermissionError(13, "Permission denied")
        return allowed(path, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(line_blocks.os, "open", refuse)
    args = commands(logs)[name]
    code, out, err = run(*args)
    assert code == 2
    assert str(closed) in err.replace("\n", "")
    assert f"({closed.stat().st_size:,} bytes)" in err
    assert "Permission denied" in err
    assert run(*args, "--ignore-unreadable")[0] == 0
    assert out


@pytest.mark.parametrize("name", READERS)
def test_what_can_be_read_of_a_damaged_archive_is_and_the_rest_is_named(
    logs: Path, name: str
) -> None:
    lines = b"".join(trade(100 + i, reason=os.urandom(30).hex()) for i in range(900))
    data = gzip.compress(lines)
    (logs / "archive" / "trade-20261121T010000Z-bbbb.log.gz").write_bytes(data[: len(data) // 2])
    code, _, err = run(*commands(logs)[name])
    assert code == 2
    assert "cut off" in err


@pytest.mark.parametrize("name", READERS)
def test_bombs_pipes_and_thousands_of_files_hold_up_no_command(logs: Path, name: str) -> None:
    packer = zlib.compressobj(1, wbits=31)
    bomb = b"".join(packer.compress(b"x" * (1 << 20)) for _ in range(64)) + packer.flush()
    (logs / "archive" / "bot-20261121T010000Z-bbbb.log.gz").write_bytes(bomb)
    with (logs / "segments" / "bot-20261121T010000Z-cccc.log").open("wb") as file:
        file.truncate(64 << 20)
    (logs / "segments" / "bot-20261121T010000Z-dddd.log").write_bytes(b"\n" * (8 << 20))
    for i in range(1300):  # more than a process may open
        (logs / "segments" / f"bot-20261121T020000Z-{i:04x}.log").write_bytes(line(1000 + i))
    code, _, err = run(*commands(logs)[name])
    assert code == 0, err


def test_tail_shows_the_archive_where_there_is_nothing_else(logs: Path) -> None:
    (segment,) = (logs / "segments").iterdir()
    (logs / "archive" / f"{segment.name}.gz").write_bytes(gzip.compress(segment.read_bytes()))
    segment.unlink()
    assert run("tail", logs, "-n", 1)[:2] == (0, run("tail", logs)[1].splitlines()[-1] + "\n")


def test_the_folder_is_an_argument_or_an_option(logs: Path) -> None:
    for name in ("tail", "report", "watch"):
        first, _, *rest = commands(logs)[name]
        assert run(first, *rest, "--log-dir", logs)[0] == 0, name
    code, _, err = run("tail", logs, "--log-dir", logs / "other")
    assert code == 2
    assert "twice" in err
