"""`logging-kit config show`."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.settings import Settings

pytestmark = pytest.mark.slow


def show(*options: str) -> str:
    result = CliRunner().invoke(app, ["config", "show", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own, with one setting in a file and two in the environment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "logging_kit.toml").write_text('app = "grid"\nmute_events = ["CANDLE"]\n')
    monkeypatch.setenv("LOGGING_KIT_ENV", "live")
    monkeypatch.setenv("LOGGING_KIT_LEVELS", "ccxt=DEBUG")
    return tmp_path


def test_each_setting_has_a_value_and_a_source(folder: Path) -> None:
    lines = show().splitlines()
    assert lines[0] == f"Settings file: {folder / 'logging_kit.toml'}"
    words = {line.split()[0]: line for line in lines[1:]}
    assert set(words) == {field.name for field in fields(Settings) if field.metadata}
    assert words["app"].split() == ["app", "grid", f"({folder / 'logging_kit.toml'})"]
    assert words["env"].split() == ["env", "live", "(LOGGING_KIT_ENV)"]
    assert "ccxt=DEBUG" in words["levels"]
    assert words["level"].split() == ["level", "INFO"]
    assert words["masking"].split() == ["masking", "true"]
    assert words["version"].split() == ["version", "-"]


def test_only_what_was_changed() -> None:
    names = [line.split()[0] for line in show("--changed").splitlines()[1:]]
    assert names == ["app", "env", "levels", "mute_events"]


def test_json() -> None:
    shown = json.loads(show("--json"))
    assert shown["settings"]["mute_events"] == {"value": ["CANDLE"], "from": "file"}
    assert shown["settings"]["env"] == {"value": "live", "from": "environment"}
    assert shown["settings"]["keep"]["from"] == "default"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_secret_is_masked(options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    password = "".join(["Zq7", "vN2", "kLw9", "xR4t"])
    monkeypatch.setenv("LOGGING_KIT_LOKI_URL", f"https://bot:{password}@logs.example.com")
    shown = show(*options)
    assert password not in shown
    assert "logs.example.com" in shown


def test_without_a_file(folder: Path) -> None:
    (folder / "logging_kit.toml").unlink()
    assert show().startswith("Settings file: none\n")


def test_a_wrong_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGGING_KIT_STDOUT", "green")
    result = CliRunner().invoke(app, ["config", "show"])
    assert result.exit_code == 2
    assert "stdout" in result.output
