"""Mutations of the journal of a killed bot.

Only the damaged part is lost, and no altered line comes in.

CI runs a short version. `LOGGING_KIT_FAULTS=1000` runs as many mutations; `LOGGING_KIT_FAULTS_SEED`
repeats one, whose seed a failure prints.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
from pathlib import Path

import pytest

from logging_kit.store.recovery import recover
from tests.support.journals import killed_bot

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("LOGGING_KIT_FAULTS", "0")) or 30
LIMIT = 200_000


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """The folder of a bot that was killed with thousands of lines in both halves of its journal."""
    log_dir = tmp_path_factory.mktemp("killed") / "logs"
    killed_bot(log_dir)
    return log_dir


def in_segments(log_dir: Path) -> list[bytes]:
    found = []
    for path in (log_dir / "segments").glob("*.log"):
        found += [line for line in path.read_bytes().split(b"\n")[:-1] if line]
    return found


def mutated(data: bytes, rng: random.Random) -> tuple[bytes, int]:
    """Return damaged data, and how many bytes of lines the damage can touch."""
    at = rng.randrange(len(data))
    size = rng.choice((1, 1, 1, 2, 8, 64, 512, 4_096))
    match rng.randrange(7):
        case 0:
            return data[:at] + bytes((data[at] ^ 1 << rng.randrange(8),)) + data[at + 1 :], 1
        case 1:
            return data[:at] + bytes(size) + data[at + size :], size
        case 2:
            return data[:at] + rng.randbytes(size) + data[at + size :], size
        case 3:
            return data[:at] + b"\n" * size + data[at + size :], size
        case 4:
            other = rng.randrange(len(data))
            return data[:at] + data[other : other + size] + data[at + size :], size
        case 5:
            return data[:at], len(data) - at
        case _:
            lines = data.find(b'{"timestamp":', at)
            at = max(lines, 0) + rng.randrange(40)
            return data[:at] + bytes((rng.randrange(1, 256),)) + data[at + 1 :], 1


def test_a_mutation_costs_only_what_it_touches(original, tmp_path, capfd):
    seeds = [secrets.randbits(32) for _ in range(ROUNDS)]
    if "LOGGING_KIT_FAULTS_SEED" in os.environ:
        seeds = [int(os.environ["LOGGING_KIT_FAULTS_SEED"])]
    (journal,) = (original / ".journal").glob("*.journal")
    data = journal.read_bytes()
    written = set(in_segments(original))
    untouched = tmp_path / "untouched"
    shutil.copytree(original, untouched)
    assert recover(untouched, LIMIT) == 1
    truth = in_segments(untouched)
    assert len(truth) == len(set(truth)) > 3_000
    for seed in seeds:
        rng = random.Random(seed)
        log_dir = tmp_path / str(seed)
        shutil.copytree(original, log_dir)
        damaged, touched = mutated(data, rng)
        (log_dir / ".journal" / journal.name).write_bytes(damaged)
        recover(log_dir, LIMIT)
        found = in_segments(log_dir)
        assert set(found) <= set(truth), f"seed {seed}: a line was altered"
        # a line that was being written when the bot died may be there in two parts
        assert len(found) == len(set(found)), f"seed {seed}: lines are doubled"
        lost = set(truth) - set(found)
        assert written <= set(found), f"seed {seed}: a line that was written is missing"
        # a damaged checksum costs its line: there is one in four bytes of the table
        intact = [line for line in lost if line + b"\n" in damaged]
        assert len(intact) <= touched // 4 + 2, f"seed {seed}: {len(intact)} whole lines are lost"
        assert recover(log_dir, LIMIT) == 0
        assert in_segments(log_dir) == found, f"seed {seed}: a second recovery changed the files"
        shutil.rmtree(log_dir)
    capfd.readouterr()


@pytest.mark.parametrize("when", ["while it ran", "after it ended", "twice"])
def test_a_restored_backup_of_a_journal_doubles_nothing(original, tmp_path, when):
    log_dir = tmp_path / "logs"
    shutil.copytree(original, log_dir)
    (journal,) = (log_dir / ".journal").glob("*.journal")
    backup = journal.read_bytes()
    assert recover(log_dir, LIMIT) == 1
    truth = sorted(in_segments(log_dir))
    restored = log_dir / ".journal" / ("other.journal" if when == "while it ran" else journal.name)
    for _ in range(1 + (when == "twice")):
        restored.write_bytes(backup)
        assert recover(log_dir, LIMIT) == 1
        assert not restored.exists()
    assert sorted(in_segments(log_dir)) == truth
    parsed = [json.loads(line) for line in truth]
    numbers = [line["number"] for line in parsed if "number" in line]
    assert sorted(numbers) == list(range(len(numbers)))
