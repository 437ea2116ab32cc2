"""The benchmark harness runs, checks what was written and prints its tables.

The figures are another matter.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from benchmarks.check import CheckError, check
from benchmarks.events import Events, new_key
from benchmarks.page import page
from benchmarks.peers import PEERS
from benchmarks.run import SCENARIOS
from benchmarks.scenarios import Task

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent


def _benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def _task(folder: Path) -> Task:
    folder.mkdir(exist_ok=True)
    return Task("single", "floor", folder, 1, new_key(), 0, 0.2)


def _logged(task: Task, count: int) -> list[bytes]:
    """Lines as the floor writes them."""
    lines = [
        orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
        for fields in task.events().signals(range(count))
    ]
    (task.folder / "bot.log").write_bytes(b"".join(lines))
    return lines


def test_quick_run() -> None:
    """A quick run of two peers measures, checks every output and prints a table with a ratio."""
    done = _benchmarks(
        "--quick",
        "--rounds",
        "1",
        "--lines",
        "200",
        "--only",
        "ours,stdlib_json,single,sinks_three,kill",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stderr
    row = next(
        line
        for line in done.stdout.splitlines()
        if line.startswith(f"| {PEERS['stdlib_json'].title}")
    )
    assert float(row.rstrip("| ").rpartition("|")[2]) > 0
    left = next(
        line for line in done.stdout.splitlines() if line.startswith("| lines left after SIGKILL")
    )
    assert left.split("|")[2].split() == ["2,000", "of", "2,000"]


def test_unknown_name_is_refused() -> None:
    """A name that is neither a scenario nor a peer ends the run before it begins."""
    done = _benchmarks("--only", "log4j")
    assert done.returncode == 2
    assert "log4j" in done.stderr


def test_few_rounds_make_no_page() -> None:
    """The page is not written from a quick look."""
    done = _benchmarks("--quick", "--write", "--only", "single,floor")
    assert done.returncode == 2
    assert "7" in done.stderr


def test_complete_output_passes(tmp_path: Path) -> None:
    """The output has exactly the logged events."""
    task = _task(tmp_path / "out")
    _logged(task, 20)
    check(PEERS["floor"], task, 20)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda lines: lines[:-1], "19 of 20"),
        (lambda lines: [*lines, lines[3]], "line 3 twice"),
        (lambda lines: [*lines[:-1], lines[-1][:-10]], "ends within a line"),
        (
            lambda lines: [lines[0].replace(b'"price":', b'"price":NaN,"p":'), *lines[1:]],
            "not strict JSON",
        ),
        (
            lambda lines: [lines[0].replace(b'"confidence":', b'"c":'), *lines[1:]],
            "lacks confidence",
        ),
    ],
    ids=["lost", "twice", "torn", "nan", "field"],
)
def test_faulty_output_fails(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], fault: str
) -> None:
    """A line that is lost, double, torn, not JSON or without a field fails the benchmark."""
    task = _task(tmp_path / "out")
    lines = _logged(task, 20)
    (task.folder / "bot.log").write_bytes(b"".join(change(lines)))
    with pytest.raises(CheckError, match=fault):
        check(PEERS["floor"], task, 20)


def test_key_in_masked_output_fails(tmp_path: Path) -> None:
    """A peer that is listed as masking must not show the key."""
    task = _task(tmp_path / "out")
    _logged(task, 5)

    class Masked(PEERS["floor"]):  # type: ignore[name-defined, misc]
        masked = True

    with pytest.raises(CheckError, match="holds the API key"):
        check(Masked, task, 5)


def test_same_seed_makes_same_events() -> None:
    """Every peer of a round logs the same values."""
    key = new_key()
    assert Events(7, key).signals(range(5)) == Events(7, key).signals(range(5))
    assert len(Events(7, key).signal(1)) == 10


def test_page_shows_figures_and_run() -> None:
    """The page holds the ratio, the targets and the run that made them."""
    run = {
        "date": "2026-11-21 02:00 UTC",
        "seed": 42,
        "rounds": 7,
        "lines": 20_000,
        "load": 0.1,
        "machine": "a machine",
        "versions": {"CPython": "3.11"},
    }
    figures = {"us": 6.0, "call_us": 5.0, "cpu_us": 6.0, "p50": 5.0, "p99": 9.0, "p999": 20.0}
    theirs = {name: 2 * value for name, value in figures.items()}
    entry = {
        "run": run,
        "rounds": {"ours": [figures] * 7, "structlog_fast": [theirs] * 7},
        "absent": {"nautilus": "not installed"},
    }
    text = page({"single": entry})
    rows = {
        cells[1].strip(): [cell.strip() for cell in cells[2:-1]]
        for line in text.splitlines()
        if len(cells := line.split("|")) > 3
    }
    assert rows["one thread ÷ structlog_fast, unmasked"] == ["0.50", "≤ 1.00", "yes"]
    assert rows["structlog_fast"][-1] == "0.50"
    assert any(title.endswith("not installed") for title in rows)
    assert "seed 42" in text
    assert SCENARIOS["single"].title in text


def test_the_page_is_that_of_the_figures() -> None:
    """docs/performance.md is what the committed figures make."""
    results = orjson.loads((ROOT / "benchmarks/results/latest.json").read_bytes())
    assert (ROOT / "docs/performance.md").read_text() == page(results)
