"""The law of accounting: acknowledged = in the files + counted as lost, after the next start.

CI strikes each fault once. `LOGGING_KIT_FAULTS=100` strikes each so many times, and
`LOGGING_KIT_FAULTS_SEED` repeats the seed that a failure prints.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from tests.faults.bots import FAULTS, strike

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("LOGGING_KIT_FAULTS", "1"))


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_acknowledged_is_kept_or_counted(tmp_path, fault):
    for number in range(ROUNDS):
        seed = int(os.environ.get("LOGGING_KIT_FAULTS_SEED", secrets.randbits(32)))
        folder = tmp_path / str(number)
        folder.mkdir()
        account = strike(folder, "logging_kit", fault, seed)
        assert account.acknowledged > 400, f"seed {seed}"
        assert account.doubled == 0, f"seed {seed}: {account}"
        if fault == "one damaged byte in the journal":
            assert account.lost <= account.counted, f"seed {seed}: {account}"
        else:
            assert account.lost == account.counted, f"seed {seed}: {account}"


def test_the_page_has_a_row_for_each_fault():
    page = (Path(__file__).resolve().parents[2] / "docs" / "reliability.md").read_text()
    assert [fault for fault in FAULTS if f"| {fault} |" not in page] == []
