"""The ledger of LogQL expressions that a real Loki has proved.

`tests/panels/verified.json` lists each expression of the panels, annotations and alerts: a hash of
it, and the version of the Loki on which the differential tests last proved it equal to DuckDB and
to the known truth. The tests that need a Loki write it; the test without one reads it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypedDict

from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.alerts.routing import Routing
from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboard import ANNOTATIONS
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.panel import Panel

LEDGER = Path(__file__).parents[2] / "panels" / "verified.json"


class Entry(TypedDict):
    """Entry of the ledger for one expression."""

    sha256: str
    loki: str


def panel_keys(uid: str, panel: Panel) -> list[str]:
    """Return the ledger's names of the queries of a panel."""
    return [f"{uid}/{panel.id}/{target.ref}" for target in panel.targets]


@cache
def expressions() -> Mapping[str, str]:
    """Return every committed LogQL expression by its name in the ledger."""
    return dict(_expressions())


def _expressions() -> Iterator[tuple[str, str]]:
    for dashboard in DASHBOARDS:
        for panel in dashboard.panels:
            for key, target in zip(panel_keys(dashboard.uid, panel), panel.targets, strict=True):
                yield key, logql(target.query, target.scope)
    for annotation in ANNOTATIONS:
        yield f"annotation/{annotation.name}", logql(annotation.rows)
    for alert in alerts():
        yield f"alert/{alert.name}", alert.expr(Routing().scope)


def digest(expression: str) -> str:
    """Return the hash of an expression as the ledger has it."""
    return hashlib.sha256(expression.encode()).hexdigest()[:32]


def read(path: Path = LEDGER) -> dict[str, Entry]:
    """Return the ledger; empty if there is none."""
    text = path.read_text("utf-8") if path.exists() else ""
    return json.loads(text) if text else {}


def unproven(ledger: Mapping[str, Entry]) -> dict[str, str]:
    """Return the committed expressions that the ledger does not have, by name."""
    return {
        key: expression
        for key, expression in expressions().items()
        if key not in ledger or ledger[key]["sha256"] != digest(expression)
    }


def record(keys: list[str], loki: str, path: Path = LEDGER) -> None:
    """Note that a Loki of this version has proved these expressions, and drop those of the past.

    Several processes may do this at once.
    """
    known = expressions()
    proved = {key: Entry(sha256=digest(known[key]), loki=loki) for key in keys}
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = read(path)
        after = {key: entry for key, entry in (before | proved).items() if key in known}
        if after != before:
            file.truncate(0)
            file.write(json.dumps(after, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
