"""The Alertmanager: its configuration, its routes, and the secrets that come from files."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from logging_kit.panels.alerts.prometheus import PLACEHOLDERS

pytestmark = pytest.mark.skipif(shutil.which("amtool") is None, reason="needs amtool")

FOLDER = Path(__file__).parents[2] / "monitoring" / "alertmanager"
CONFIG = FOLDER / "alertmanager.yml"


def amtool(*words: str) -> str:
    done = subprocess.run(["amtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def rendered(tmp_path: Path, **given: str) -> dict[str, Any]:
    """The configuration that the container would start with."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, text in given.items():
        (folder / name.replace("_", "-")).write_text(text)
    copy = tmp_path / "copy"
    done = subprocess.run(
        ["sh", str(FOLDER / "start.sh"), "--further"],
        env={
            "PATH": os.environ["PATH"],
            "ALERTMANAGER_CONFIG": str(CONFIG),
            "ALERTMANAGER_SECRETS": str(folder),
            "ALERTMANAGER_COPY": str(copy),
            "ALERTMANAGER": "echo",
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [f"--config.file={copy / 'alertmanager.yml'}", "--further"]
    assert (copy / "alertmanager.yml").stat().st_mode & 0o077 == 0
    amtool("check-config", str(copy / "alertmanager.yml"))
    tree: dict[str, Any] = yaml.safe_load((copy / "alertmanager.yml").read_text())
    return tree


def settings(tree: dict[str, Any], channel: str) -> list[dict[str, Any]]:
    return [one for receiver in tree["receivers"] for one in receiver.get(f"{channel}_configs", ())]


def test_amtool_accepts_it() -> None:
    assert "SUCCESS" in amtool("check-config", str(CONFIG))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=ApiDown severity=critical", "lk-discord"),
        ("alertname=ErrorBurst severity=warning", "lk-discord"),
        ("alertname=DiscordFailing severity=warning", "lk-email"),
        ("alertname=Watchdog severity=none", "lk-webhook"),
        ("alertname=LowConfidence severity=info", "lk-discord"),
        ("alertname=OrderRejects severity=warning once=yes", "lk-discord-once"),
    ],
)
def test_each_alert_reaches_its_receiver(labels: str, receiver: str) -> None:
    words = ["config", "routes", "test", f"--config.file={CONFIG}", *labels.split()]
    assert amtool(*words) == receiver


def test_it_inhibits_and_mutes() -> None:
    tree = yaml.safe_load(CONFIG.read_text())
    targets = [rule["target_matchers"] for rule in tree["inhibit_rules"]]
    assert any("StaleMarketData" in str(target) for target in targets)
    assert tree["time_intervals"][0]["name"] == "lk-night"
    muted = [route for route in tree["route"]["routes"] if "mute_time_intervals" in route]
    assert [route["matchers"] for route in muted] == [['severity="info"']]


def test_secrets_come_from_files(tmp_path: Path) -> None:
    token = secrets.token_hex(8)
    hook = f"https://discord.com/api/webhooks/{token}/a'b&c\\1"
    tree = rendered(
        tmp_path, discord_url=hook + "\n", slack_url=f"https://hooks.slack.com/{token}",
        telegram_token=f"7:{token}", telegram_chat="-100123", email_to="me@example.com",
        email_smarthost="mail.example.com:587", webhook_url=f"https://hc-ping.com/{token}",
    )  # fmt: skip
    assert {one["webhook_url"] for one in settings(tree, "discord")} == {hook}
    assert {one["api_url"] for one in settings(tree, "slack")} == {
        f"https://hooks.slack.com/{token}"
    }
    telegram = {(one["bot_token"], one["chat_id"]) for one in settings(tree, "telegram")}
    assert telegram == {(f"7:{token}", -100123)}
    email = {(one["to"], one["smarthost"]) for one in settings(tree, "email")}
    assert email == {("me@example.com", "mail.example.com:587")}
    assert {one["url"] for one in settings(tree, "webhook")} == {f"https://hc-ping.com/{token}"}
    assert token not in CONFIG.read_text()


def test_a_secret_that_is_missing_leaves_a_place_that_receives_nothing(tmp_path: Path) -> None:
    tree = rendered(tmp_path, discord_url="", telegram_chat="not a number")
    assert {one["webhook_url"] for one in settings(tree, "discord")} == {PLACEHOLDERS["discord"]}
    assert {one["chat_id"] for one in settings(tree, "telegram")} == {1}
