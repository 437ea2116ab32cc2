"""Time of `import logging_kit` beside structlog, orjson and `logging`, which it needs.

Run with `python -m benchmarks.imports`. Each import runs in a process of its own, in turns. Byte
code is compiled beforehand, as in an installed package.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

ROUNDS: Final = 25
IMPORTS: Final = {
    "structlog, orjson, logging": "import structlog, orjson, logging",
    "logging_kit": "import logging_kit; logging_kit.setup",
}
_TIMED: Final = (
    "import time; begin = time.perf_counter(); {}; print((time.perf_counter() - begin) * 1000)"
)


def main() -> None:
    """Print both times and their ratio."""
    compileall.compile_dir(Path(__file__).parents[1] / "logging_kit", quiet=2)
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    took: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for _ in range(ROUNDS):
        for name, statement in IMPORTS.items():
            command = [sys.executable, "-c", _TIMED.format(statement)]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            took[name].append(float(done.stdout))
    for name, times in took.items():
        print(f"{name:28} {statistics.median(times):6.1f} ms")
    ratio = statistics.median(ours / theirs for theirs, ours in zip(*took.values(), strict=True))
    print(f"ratio, median of {ROUNDS} rounds {ratio:6.2f}")


if __name__ == "__main__":
    main()
