from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from logging_kit.cli import grafana, servers
from logging_kit.cli.servers import StackPaths
from logging_kit.cli.stack import app as stack_app
from logging_kit.panels.alerts.routing import CHANNELS

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "300", "NO_COLOR": "1"}).invoke(
        grafana.app, ["write", *arguments]
    )


def rules(directory: Path) -> dict[str, dict[str, object]]:
    text = (directory / "grafana" / "provisioning" / "alerting" / "rules.yml").read_text()
    return {
        rule["title"]: rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]
    }


def test_without_options_it_writes_what_is_shipped(tmp_path: Path) -> None:
    assert write("mine").exit_code == 0
    shipped = {
        path.relative_to(servers.MONITORING): path.read_bytes()
        for path in servers.MONITORING.rglob("*")
        if path.is_file()
    }
    mine = tmp_path / "mine"
    assert {
        path.relative_to(mine): path.read_bytes() for path in mine.rglob("*") if path.is_file()
    } == shipped


def test_a_second_run_changes_nothing_and_says_so() -> None:
    assert write("mine").stdout.startswith("wrote mine/")
    again = write("mine")
    assert (again.exit_code, again.stdout) == (0, "mine is up to date\n")


def test_language_colours_channel_and_limits(tmp_path: Path) -> None:
    options = "--channel telegram --language ko --time-zone Asia/Seoul --red-up"
    result = write("mine", *options.split(), "--app", "scalper", "--limit", "drawdown_pct=20")
    assert result.exit_code == 0, result.output
    mine = tmp_path / "mine"
    page = json.loads((mine / "grafana" / "dashboards" / "trading-overview.json").read_text())
    assert (page["title"], page["timezone"]) == ("트레이딩 현황", "Asia/Seoul")
    (app,) = (one for one in page["templating"]["list"] if one["name"] == "app")
    assert app["current"]["value"] == "scalper"
    (longs,) = (panel for panel in page["panels"] if panel["title"] == "LONG 시그널")
    assert longs["fieldConfig"]["defaults"]["color"]["fixedColor"] == "red"
    policies = (mine / "grafana" / "provisioning" / "alerting" / "policies.yml").read_text()
    assert yaml.safe_load(policies)["policies"][0]["receiver"] == "lk-telegram"
    drawdown = json.dumps(rules(mine)["DrawdownHigh"])
    assert '"params": [20.0]' in drawdown
    assert "scalper" in drawdown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--channel", "pager"], "discord"),
        (["--language", "kr"], "'ko'"),
        (["--time-zone", "Seoul"], "Asia/Seoul"),
        (["--limit", "drawdown=20"], "drawdown_pct"),
        (["--limit", "errors=many"], "errors is a number"),
        (["--runbooks", "docs/alerts.md"], "an address such as https://"),
        ([], "Missing argument"),
    ],
)
def test_a_wrong_option_is_refused_with_what_would_do(options: list[str], message: str) -> None:
    result = write(*options, *(["mine"] if options else []))
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("mine").exists()


@pytest.mark.parametrize("directory", ["file", "file/mine"])
def test_a_directory_that_cannot_be_written_is_named(directory: str) -> None:
    Path("file").write_text("")
    result = write(directory)
    assert result.exit_code == 1
    assert f"cannot write {directory}" in result.stderr
    assert "Give a directory that you may write to" in result.stderr


@pytest.mark.parametrize("name", ["grafana_foundation_sdk", "yaml"])
def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for known in [module for module in sys.modules if module.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, known)
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, f"{name}.models", None)
    result = write("mine")
    assert result.exit_code == 3
    assert "pip install 'logging-kit[grafana]'" in result.stderr


def test_every_channel_can_be_chosen() -> None:
    assert {channel.value for channel in grafana.Channel} == {*CHANNELS}


def test_the_stack_runs_with_such_a_directory(tmp_path: Path) -> None:
    assert write("mine", "--language", "ko").exit_code == 0
    mine = tmp_path / "mine"
    place = StackPaths(tmp_path / "state", tmp_path / "logs", mine)
    place.prepare()
    place.make_password()
    assert str(mine / "docker-compose.yml") in servers.compose(place, "up").command
    assert f"-config.file={mine / 'loki' / 'loki-config.yml'}" in (
        servers.loki("/usr/bin/loki", place, 3101).command
    )
    program = servers.grafana("/usr/sbin/grafana", place, 3101, 3001)
    provisioning = Path(program.env["GF_PATHS_PROVISIONING"])
    text = (provisioning / "dashboards" / "default.yml").read_text()
    assert str(mine / "grafana" / "dashboards") in text
    assert "하트비트" in (provisioning / "alerting" / "rules.yml").read_text()


@pytest.mark.parametrize("files", [[], ["docker-compose.yml"], ["loki/loki-config.yml"]])
@pytest.mark.skipif(os.name != "posix", reason="the stack runs on POSIX")
def test_the_stack_refuses_a_directory_that_is_not_complete(files: list[str]) -> None:
    for name in files:
        path = Path("mine") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    result = CliRunner().invoke(stack_app, ["up", "--monitoring", "mine"])
    assert result.exit_code == 2
    assert "logging-kit grafana write mine" in result.stderr
    assert not Path(".logging-kit").exists()
