"""The public interface as type checkers see it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
API = Path(__file__).with_name("api.py")


@pytest.mark.parametrize(
    "checker",
    [
        ["mypy", "--strict", "--warn-unused-ignores", "--config-file="],
        ["pyright", "--pythonpath", sys.executable],
    ],
    ids=["mypy", "pyright"],
)
def test_the_api_is_typed(checker: list[str], tmp_path: Path) -> None:
    """Each checker accepts the right uses and finds every mistake in api.py."""
    caches = {"MYPY_CACHE_DIR": str(tmp_path), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *checker, str(API)],
        cwd=ROOT,
        env={**os.environ, **caches},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
