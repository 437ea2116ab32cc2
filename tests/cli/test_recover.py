"""`logging-kit recover`: lines of killed bots reach the files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.store import journal
from tests.support.journals import dead, living, numbers

pytestmark = pytest.mark.slow

KILLED = """
import os, sys, logging_kit
log = logging_kit.setup(log_dir=sys.argv[1], stdout="off", hooks=())
for i in range(50):
    log.info("line", i=i)
os._exit(9)
"""


def written(log_dir: Path) -> list[int]:
    lines = [
        json.loads(line)
        for path in (log_dir / "segments").glob("bot-*.log")
        for line in path.read_bytes().splitlines()
    ]
    return sorted(line["i"] for line in lines if "i" in line)


@pytest.fixture
def left_behind(tmp_path: Path) -> Path:
    log_dir = tmp_path / "logs"
    subprocess.run([sys.executable, "-c", KILLED, str(log_dir)], check=False, timeout=60)
    return log_dir


def test_lines_of_a_killed_bot_come_in_once(left_behind: Path) -> None:
    """They are all in the files afterwards, and a second call finds nothing."""
    first = CliRunner().invoke(app, ["recover", str(left_behind)])
    assert (first.exit_code, first.output) == (0, "Brought in what 1 killed bot left.\n")
    assert written(left_behind) == list(range(50))
    again = CliRunner().invoke(app, ["recover", str(left_behind), "--json"])
    assert (again.exit_code, json.loads(again.output)) == (0, {"recovered": 0, "alive": 0})
    assert written(left_behind) == list(range(50))


def test_missing_folder(tmp_path: Path) -> None:
    """It says what to name."""
    done = CliRunner().invoke(app, ["recover", str(tmp_path / "nowhere")])
    assert done.exit_code == 2
    assert "name the log folder" in done.output


def test_segments_that_cannot_be_written(left_behind: Path) -> None:
    """The command says so, keeps the lines, and drains them when the fault is fixed."""
    segments = left_behind / "segments"
    for path in segments.glob("*"):
        path.rename(path.parent.parent / path.name)
    segments.rmdir() if segments.exists() else None
    segments.write_text("in the way")
    refused = CliRunner().invoke(app, ["recover", str(left_behind)])
    assert refused.exit_code == 1
    assert "Nothing is lost" in refused.output
    segments.unlink()
    assert CliRunner().invoke(app, ["recover", str(left_behind)]).exit_code == 0
    assert written(left_behind)


def test_only_bots_that_run_are_counted_as_running(left_behind: Path) -> None:
    """Neither an empty journal nor one that is not a journal is that of a bot."""
    for name in ("1-00000000", "2-00000000"):
        (left_behind / ".journal" / f"{name}.journal").write_bytes(
            b"" if name[0] == "1" else b"something else"
        )
    done = CliRunner().invoke(app, ["recover", str(left_behind)])
    assert (done.exit_code, done.stdout) == (0, "Brought in what 1 killed bot left.\n")
    assert [path.name for path in (left_behind / ".journal").glob("*-*")] == [
        "2-00000000.unreadable"
    ]
    alive = living(left_behind)
    done = CliRunner().invoke(app, ["recover", str(left_behind), "--json"])
    assert json.loads(done.stdout) == {"recovered": 0, "alive": 1}
    alive.close(remove=True)


def test_a_journal_that_cannot_be_opened(
    left_behind: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command names the reason and keeps the journal; it drains those of others."""
    dead(left_behind, range(100, 150))
    (kept, _) = sorted((left_behind / ".journal").glob("*.journal"))
    opened = journal.open_fd

    def refuse(path: Path, *arguments: int) -> int:
        if path == kept:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "open_fd", refuse)
        refused = CliRunner().invoke(app, ["recover", str(left_behind)])
    assert refused.exit_code == 1
    assert "Permission denied. Nothing is lost" in refused.output
    assert list((left_behind / ".journal").glob("*-*")) == [kept]
    assert CliRunner().invoke(app, ["recover", str(left_behind)]).exit_code == 0
    assert [*written(left_behind), *numbers(left_behind)] == [*range(50), *range(100, 150)]
