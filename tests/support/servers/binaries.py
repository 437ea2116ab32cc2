"""Find the real programs that the tests talk to: Loki, Promtail and their tools.

They are looked for in the variables `LOGGING_KIT_LOKI`, `LOGGING_KIT_LOGCLI`,
`LOGGING_KIT_LOKITOOL` and `LOGGING_KIT_PROMTAIL`, then on `PATH`. `tests.support.servers.process`
runs Loki and Promtail in Docker where neither has them.

The programs are under the AGPL, so the repository neither carries nor builds them: see
docs/decisions/agpl-servers.md. `python -m tests.support.servers.binaries` prints what is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
IMAGES = {"loki": "grafana/loki:3.7.8", "promtail": "grafana/promtail:3.6.11"}
PROGRAMS = ("loki", "logcli", "lokitool", "promtail")
HOW_TO_GET_THEM = (
    "no Loki or Promtail here: download them (https://github.com/grafana/loki/releases, 3.6 or "
    "3.7) into a folder on PATH, set LOGGING_KIT_LOKI and LOGGING_KIT_PROMTAIL, or start Docker"
)
"""The one line that a run without servers ends with."""

_KEPT = "TEST_PROGRAM_"


def claim_variables() -> None:
    """Take every `LOGGING_KIT_…` variable out of the environment, and remember the programs.

    The user's settings then reach no test and no process that a test starts. The programs stay
    known to the worker processes of pytest-xdist, which inherit this environment.
    """
    for name in [name for name in os.environ if name.startswith("LOGGING_KIT_")]:
        value = os.environ.pop(name)
        program = name.removeprefix("LOGGING_KIT_").lower()
        if program in (*PROGRAMS, "victorialogs"):
            os.environ[f"{_KEPT}{program.upper()}"] = value
        elif name == "LOGGING_KIT_TEST_SEED":
            os.environ["TEST_SEED"] = value


@cache
def find(name: str) -> Path | None:
    """Return the path of a program, or None where it is not to be had.

    Raises:
        FileNotFoundError: If its variable names no program.
    """
    variable = f"LOGGING_KIT_{name.upper()}"
    given = os.environ.get(variable) or os.environ.get(f"{_KEPT}{name.upper()}")
    if given:
        if not os.access(given, os.X_OK) or Path(given).is_dir():
            raise FileNotFoundError(f"{variable} names {given}, which is not a program")
        return Path(given)
    on_path = shutil.which(name)
    if on_path and version(Path(on_path)):
        return Path(on_path)
    return None


def require(name: str) -> Path:
    """Return the path of a program, or skip the test."""
    program = find(name)
    if program is None:
        pytest.skip(HOW_TO_GET_THEM)
    return program


@cache
def version(program: Path) -> str:
    """Return the version that a program of Grafana's prints, such as `3.7.6`; empty for another's.

    Debian's `loki` analyses pedigrees, so a name on `PATH` proves nothing.
    """
    own = {program.name, "loki"} & {*PROGRAMS}  # `lokitool version` says loki
    for argument in ("--version", "version"):
        first, _, rest = _output(program, argument).partition(", version ")
        if first in own and rest:
            return rest.split()[0]
    return ""


def _output(*command: str | Path) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout or result.stderr


@cache
def docker_answers() -> bool:
    """Return True if a Docker engine is reachable."""
    try:
        result = subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


def main() -> int:
    """Print where each program is; return 1 if one is missing."""
    found = {name: find(name) for name in PROGRAMS}
    for name, path in found.items():
        print(f"{name:10} {path or 'not found'}")
    if all(found.values()):
        return 0
    print("a Docker engine runs Loki and Promtail" if docker_answers() else HOW_TO_GET_THEM)
    return 1


if __name__ == "__main__":
    sys.exit(main())
