"""No query of a panel or an alert is committed before a real Loki has proved it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.panels import ledger


def test_every_committed_expression_was_proved_on_a_real_loki() -> None:
    missing = ledger.unproven(ledger.read())
    assert missing == {}, (
        "run `pytest -m servers tests/panels` with a Loki 3.7, and commit tests/panels/verified.json"
    )


def test_the_ledger_has_nothing_else() -> None:
    assert ledger.read().keys() == ledger.expressions().keys()
    assert all(entry["loki"].startswith("3.") for entry in ledger.read().values())


def test_each_panel_annotation_and_alert_is_in_it() -> None:
    names = ledger.expressions()
    assert sum(name.startswith("lk-") for name in names) > 100
    assert sum(name.startswith("annotation/") for name in names) == len(ledger.ANNOTATIONS)
    assert sum(name.startswith("alert/") for name in names) == len(ledger.alerts())


@pytest.mark.parametrize("key", ["lk-ai-signals/1/A", "alert/ApiDown", "annotation/Restarts"])
def test_a_change_of_one_expression_is_seen(key: str) -> None:
    changed = ledger.read()
    changed[key] = {**changed[key], "sha256": ledger.digest(ledger.expressions()[key] + " ")}
    assert [*ledger.unproven(changed)] == [key]
    del changed[key]
    assert [*ledger.unproven(changed)] == [key]


def test_a_proof_replaces_the_old_one_and_forgets_what_is_not_committed(tmp_path: Path) -> None:
    path = tmp_path / "verified.json"
    path.write_text(json.dumps({"lk-none/1/A": {"sha256": "x", "loki": "3.0.0"}}))
    ledger.record(["alert/ApiDown"], "3.7.6", path)
    ledger.record(["alert/NoSignals", "alert/ApiDown"], "3.7.7", path)
    assert {key: entry["loki"] for key, entry in ledger.read(path).items()} == {
        "alert/ApiDown": "3.7.7",
        "alert/NoSignals": "3.7.7",
    }
