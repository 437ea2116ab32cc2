"""Sources of the servers for the tests, and the skipping of tests without one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import binaries, process


def program(path: Path, says: str) -> Path:
    path.write_text(f"#!{sys.executable}\nprint({says!r})\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a directory that is alone on PATH, with nothing named in the environment."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in binaries.PROGRAMS:
        monkeypatch.delenv(f"LOGGING_KIT_{name.upper()}", raising=False)
        monkeypatch.delenv(f"TEST_PROGRAM_{name.upper()}", raising=False)
    forget()
    yield folder
    forget()


def forget() -> None:
    """Look for every program again: what was found is cached for the whole run."""
    binaries.find.cache_clear()
    binaries.version.cache_clear()
    binaries.docker_answers.cache_clear()


def test_the_environment_comes_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path / "loki", "loki, version 3.7.8")
    mine = program(path / "mine", "anything")
    monkeypatch.setenv("LOGGING_KIT_LOKI", str(mine))
    assert binaries.find("loki") == mine


def test_a_wrong_path_in_the_environment_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOGGING_KIT_LOKI", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="LOGGING_KIT_LOKI names"):
        binaries.find("loki")


@pytest.mark.parametrize(
    "says", ["loki 2.4.7_4: linkage analysis of pedigrees", "promtail, version 3.6", ""]
)
def test_a_strangers_program_on_path_is_not_taken(path: Path, says: str) -> None:
    program(path / "loki", says)
    assert binaries.find("loki") is None


@pytest.mark.parametrize("name", ["loki", "logcli", "promtail"])
def test_a_program_on_path_is_asked_for_its_version(path: Path, name: str) -> None:
    mine = program(path / name, f"{name}, version 3.7.8 (branch: HEAD)")
    assert binaries.find(name) == mine
    assert binaries.version(mine) == "3.7.8"


def test_lokitool_has_its_version_in_a_command(path: Path) -> None:
    mine = path / "lokitool"
    text = (
        "import sys; print('loki, version 3.7.6' if sys.argv[1] == 'version' else 'unknown flag')"
    )
    mine.write_text(f"#!{sys.executable}\n{text}\n")
    mine.chmod(0o755)
    assert binaries.find("lokitool") == mine


@pytest.mark.parametrize("ci", ["true", "1", ""])
def test_without_a_server_a_test_is_skipped_in_ci_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.skip.Exception) as skipped:
        process.launch("loki", [], [tmp_path], tmp_path / "loki.out")
    assert str(skipped.value) == binaries.HOW_TO_GET_THEM
    assert "\n" not in binaries.HOW_TO_GET_THEM


def test_a_program_runs_in_docker_where_only_that_is_there(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[str] = []
    program(path / "docker", "Server Version: 27")
    monkeypatch.setattr(process, "Container", lambda name, *_: started.append(name))
    process.launch("promtail", [], [tmp_path], tmp_path / "promtail.out")
    assert started == ["promtail"]


def test_the_users_settings_reach_no_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGGING_KIT_LOG_DIR", "/nowhere")
    monkeypatch.setenv("LOGGING_KIT_PROMTAIL", "/opt/promtail")
    monkeypatch.setenv("LOGGING_KIT_UNKNOWN", "1")
    monkeypatch.setenv("TEST_PROGRAM_PROMTAIL", "")
    binaries.claim_variables()
    assert not [name for name in os.environ if name.startswith("LOGGING_KIT_")]
    with pytest.raises(FileNotFoundError, match="LOGGING_KIT_PROMTAIL names /opt/promtail"):
        binaries.find("promtail")
