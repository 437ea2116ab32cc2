"""Where the tests get the real programs: Loki, Promtail and their tools.

Looked for in this order: the path in an environment variable such as ``LOGGING_KIT_LOKI``; ``PATH``, if the program
there says that it is what its name promises (Debian's ``loki`` is about genetics); built by Go into
``.logging-kit/bin``. Where none of these is to be had, :mod:`tests.support.servers.process` asks a Docker engine.

``python -m tests.support.servers.binaries`` builds what is missing and prints where everything is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
BUILT = ROOT / ".logging-kit" / "bin"
MODULES = {"loki": "loki", "logcli": "loki", "lokitool": "loki", "promtail": "promtail"}
"""The Go module in this directory that builds a program."""

IMAGES = {"loki": "grafana/loki:3.7.8", "promtail": "grafana/promtail:3.6.11"}


@cache
def find(name: str) -> Path | None:
    """Path of a program that runs here, which may mean building it first (minutes, once); None if there is no way."""
    given = os.environ.get(f"LOGGING_KIT_{name.upper()}")
    if given:
        if not os.access(given, os.X_OK):
            raise FileNotFoundError(
                f"LOGGING_KIT_{name.upper()} names {given}, which is no program"
            )
        return Path(given)
    on_path = shutil.which(name)
    if on_path and is_named(Path(on_path), name):
        return Path(on_path)
    return build(name)


def is_named(program: Path, name: str) -> bool:
    """Whether ``program --version`` begins with the name, as Grafana's programs do."""
    try:
        result = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return (result.stdout or result.stderr).startswith(f"{name}, version")


def build(name: str) -> Path | None:
    """Build the program's Go module unless that was done since its ``go.mod`` changed; None without Go."""
    module = MODULES[name]
    source = ROOT / "tests" / "servers" / module
    program = BUILT / name
    wanted = hashlib.sha256(
        (source / "go.mod").read_bytes() + (source / "go.sum").read_bytes()
    ).hexdigest()
    stamp = BUILT / f".{module}.built"
    if program.exists() and stamp.exists() and stamp.read_text() == wanted:
        return program
    go = shutil.which("go")
    if go is None:
        return None
    print(f"building {module} with {go} into {BUILT}: minutes the first time", file=sys.stderr)
    BUILT.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [go, "install", "-trimpath", "-ldflags", "-s -w", "tool"],
        cwd=source,
        env=os.environ | {"CGO_ENABLED": "0", "GOBIN": str(BUILT)},
        check=True,
    )
    stamp.write_text(wanted)
    return program


def main() -> int:
    """Build what is missing; 1 if a program is not to be had."""
    missing = 0
    for name in MODULES:
        path = find(name)
        missing += path is None
        print(
            f"{name:10} {path or 'not found: install Go (https://go.dev/dl/) or set LOGGING_KIT_' + name.upper()}"
        )
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
