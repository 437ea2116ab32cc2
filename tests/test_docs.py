"""The examples in the README and the chapters run as they stand.

The generated files are up to date; the links lead somewhere.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.panels.laws import violations

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = [
    ROOT / "README.md",
    ROOT / "monitoring" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
EXAMPLES = [
    pytest.param(
        match[1],
        id=f"{path.relative_to(ROOT)}:{path.read_text('utf-8')[: match.start()].count(chr(10)) + 1}",
    )
    for path in CHAPTERS
    for match in EXAMPLE.finditer(path.read_text("utf-8"))
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs(example: str, tmp_path: Path) -> None:
    """An example works when it is copied into a file of its own."""
    file = tmp_path / "test_example.py"
    file.write_text(example, "utf-8")
    command = (
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
        if "def test_" in example
        else [sys.executable, str(file)]
    )
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if list(tmp_path.glob("logs/segments/*.log")):
        assert violations(tmp_path / "logs", time.time_ns() // 1_000_000) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """A relative link names a file of the repository."""
    missing = [
        link for link in LINK.findall(path.read_text("utf-8")) if not (path.parent / link).exists()
    ]
    assert missing == []


def test_generated_files_are_up_to_date() -> None:
    """The generated files equal the committed ones."""
    done = subprocess.run(
        [sys.executable, "scripts/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
