"""Process of one measurement; it writes figures to a file, since stdout belongs to the peer."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from . import footprint, scenarios
from .peers import PEERS
from .scenarios import Measure, Task

MEASURES: Final[dict[str, Measure]] = {
    "single": scenarios.single,
    "threads": scenarios.threads,
    "busy": scenarios.busy,
    "sinks_one": scenarios.sinks,
    "sinks_three": scenarios.sinks,
    "text": scenarios.text,
    "record": scenarios.record,
    "disabled": scenarios.disabled,
    "kill": scenarios.kill,
    "memory_rate": footprint.memory_rate,
    "memory_growth": footprint.memory_growth,
    "idle": footprint.idle,
}
RESULT: Final = "result.json"
_STARTS_ITSELF: Final = frozenset(("memory_rate", "memory_growth", "idle"))


def packed(task: Task) -> str:
    """Encode a task as a command-line argument."""
    return json.dumps({**asdict(task), "folder": str(task.folder)})


def main() -> None:
    """Run the task that the only argument encodes."""
    values = json.loads(sys.argv[1])
    task = Task(**{**values, "folder": Path(values["folder"])})
    peer = PEERS[task.peer]()
    result = task.folder.parent / RESULT
    if task.scenario not in _STARTS_ITSELF:
        try:
            peer.start(task.folder, task.sinks)
        except (ImportError, AttributeError) as error:  # built for other versions
            result.write_text(json.dumps({"unavailable": f"{type(error).__name__}: {error}"}))
            return
    numbers, lines = MEASURES[task.scenario](peer, task)
    result.write_text(json.dumps({"numbers": numbers, "lines": lines}))


if __name__ == "__main__":
    main()
