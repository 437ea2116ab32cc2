"""A command that is given its log folder runs, whatever is wrong around it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import logging_kit

pytestmark = pytest.mark.slow

COMMANDS = [
    "tail --log-dir {logs}",
    "report --log-dir {logs}",
    "watch --once {logs}",
    "recover {logs}",
    "sql --log-dir {logs} --csv SELECT_1",
    "mask scan {logs}",
    "demo --log-dir {new} --seconds 0 --backfill 1m",
]
DELETED = "import os; os.mkdir('x'); os.chdir('x'); os.rmdir('../x')"
UNREADABLE = (
    "import os, pathlib\n"
    "for name in ('logging_kit.toml', 'pyproject.toml'):\n"
    "    os.mkfifo(name)\n"
    "os.mkdir('bot'); os.chdir('bot'); os.symlink('loop', 'loop'); os.symlink('loop', 'pyproject.toml')"
)
SURROUNDINGS = {
    "deleted working directory": (DELETED, {}),
    "settings files that are none": (UNREADABLE, {}),
    "impossible time zone": ("", {"TZ": "UTC+25"}),
    "impossible time zone to the east": ("", {"TZ": "X-24:30"}),
    "no home": ("", {"HOME": "", "XDG_STATE_HOME": ""}),
    "variables of Kubernetes": ("", {"LOGGING_KIT_LOKI_SERVICE_HOST": "10.0.0.1"}),
}


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[0])
def test_a_command_with_its_log_folder_runs(
    command: str, surroundings: str, tmp_path: Path, start: Callable[..., logging_kit.BotLogger]
) -> None:
    start().info("hello")
    logging_kit.shutdown()
    prelude, environment = SURROUNDINGS[surroundings]
    arguments = [
        word.format(logs=tmp_path / "logs", new=tmp_path / "new").replace("_1", " 1")
        for word in command.split()
    ]
    source = (
        f"{prelude}\nimport sys; sys.argv = {['logging-kit', *arguments]!r}\n"
        "from logging_kit.__main__ import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
