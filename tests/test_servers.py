"""Where a test gets its servers from, and what it does where there are none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.servers import binaries, process

find = binaries.find.__wrapped__


def program(path: Path, says: str) -> Path:
    path.write_text(f"#!{sys.executable}\nprint({says!r})\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory on PATH; nothing is named in the environment, nothing built."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("LOGGING_KIT_LOKI", raising=False)
    monkeypatch.setattr(binaries, "BUILT", tmp_path / "built")
    return folder


def test_the_environment_comes_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path / "loki", "loki, version 3.7.8")
    mine = program(path / "mine", "anything")
    monkeypatch.setenv("LOGGING_KIT_LOKI", str(mine))
    assert find("loki") == mine


def test_a_wrong_path_in_the_environment_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOGGING_KIT_LOKI", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="LOGGING_KIT_LOKI names"):
        find("loki")


def test_path_is_asked_whose_program_it_has(path: Path) -> None:
    program(path / "loki", "loki 2.4.7_4: linkage analysis of pedigrees")
    assert find("loki") is None
    program(path / "loki", "loki, version 3.7.8 (branch: HEAD)")
    assert find("loki") == path / "loki"


def test_go_builds_only_what_changed(path: Path) -> None:
    """The stand-in for Go makes the program that it is told to install, and says how often."""
    body = """
import os, pathlib
here = pathlib.Path(os.environ["GOBIN"])
(here / "promtail").touch()
with open(here / "times", "a") as times:
    times.write(pathlib.Path.cwd().name + "\\n")
"""
    (path / "go").write_text(f"#!{sys.executable}\n{body}")
    (path / "go").chmod(0o755)
    for _ in range(3):
        assert find("promtail") == binaries.BUILT / "promtail"
    (binaries.BUILT / ".promtail.built").write_text("of another go.mod")
    find("promtail")
    assert (binaries.BUILT / "times").read_text().split() == ["promtail", "promtail"]


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_without_a_server_a_test_is_skipped_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(binaries, "find", find)
    with pytest.raises(outcome, match="no Go to build it, no Docker engine"):
        process.launch("loki", [], [tmp_path], tmp_path / "loki.out")
