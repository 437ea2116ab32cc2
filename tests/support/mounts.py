"""Programs with file systems of their own: as root, or as anybody where the kernel allows it."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path


@functools.cache
def namespace() -> list[str]:
    """Return the command prefix that allows mounting; empty if no user may mount."""
    for how in (["unshare", "-m"], ["unshare", "-rm"]):
        tried = subprocess.run(
            [*how, "mount", "-t", "tmpfs", "none", "/tmp"], capture_output=True, check=False
        )
        if not tried.returncode:
            return how
    return []


def in_namespace(folder: Path, script: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a folder; what it mounts goes with it."""
    return subprocess.run(
        [*namespace(), "sh", "-ec", script, "sh", *argv],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
