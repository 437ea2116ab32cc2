"""The pages about moving in: the code before and after runs, and the lines are the ones promised."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.lines import read
from tests.support.local_server import LocalServer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("untraced")]

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "moving-in"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
SECRET = "k7Gq" * 8
NEEDS = {"loguru": "loguru", "python-logging-loki": "logging_loki"}


def run(source: str, folder: Path, server: LocalServer) -> str:
    folder.mkdir()
    (folder / "bot.py").write_text(source, "utf-8")
    done = subprocess.run(
        [sys.executable, "bot.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LOKI_URL": server.url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Logging error" not in done.stderr
    return done.stdout + done.stderr


def test_the_pages_are_these() -> None:
    names = {"json-logger", "loguru", "structlog", "python-logging-loki", "freqtrade"}
    assert {path.stem for path in PAGES.glob("*.md")} == {"README", *names}


@pytest.mark.parametrize(
    "name", ["json-logger", "loguru", "structlog", "python-logging-loki", "freqtrade"]
)
def test_a_page(name: str, tmp_path: Path) -> None:
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed")
    before, after = BLOCK.findall((PAGES / f"{name}.md").read_text("utf-8"))
    with LocalServer(lambda *_: (204, b"")) as server:
        output_before = run(before, tmp_path / "before", server)
        pushed_before = len(server.seen)
        output_after = run(after, tmp_path / "after", server)
    lines = [line for line in read(tmp_path / "after" / "logs") if "phase" not in line]
    check = {
        "json-logger": check_json_logger, "loguru": check_loguru, "structlog": check_structlog,
        "python-logging-loki": check_loki, "freqtrade": check_freqtrade,
    }[name]  # fmt: skip
    check(lines, output_before)
    if name not in ("python-logging-loki", "freqtrade"):
        assert SECRET in output_before
    assert SECRET not in output_after + str(lines)
    assert not list((tmp_path / "before").glob("logs"))
    if name == "python-logging-loki":
        assert pushed_before == 1
        assert {seen.path for seen in server.seen} >= {"/loki/api/v1/push"}
        assert len(server.seen) > 1


def check_json_logger(lines: list[dict[str, Any]], before: str) -> None:
    old = json.loads(before.splitlines()[0])
    new = next(line for line in lines if line["logger"] == "bot")
    assert (old["levelname"], old["name"], old["qty"]) == ("INFO", "bot", 0.01)
    assert (new["level"], new["message"], new["qty"]) == ("info", "order 81 filled", 0.01)


def check_loguru(lines: list[dict[str, Any]], before: str) -> None:
    assert json.loads(before.splitlines()[0])["record"]["extra"] == {"symbol": "BTC/USDT"}
    filled, _, profit, failed = (line for line in lines if line["logger"] == "__main__")
    assert (filled["message"], filled["symbol"]) == ("order 81 filled", "BTC/USDT")
    assert (profit["level"], profit["level_name"]) == ("info", "SUCCESS")
    assert (failed["event"], failed["error_type"]) == ("ERROR", "ZeroDivisionError")


def check_structlog(lines: list[dict[str, Any]], before: str) -> None:
    assert json.loads(before.splitlines()[0])["event"] == "order filled"
    filled = next(line for line in lines if line["message"] == "order filled")
    assert (filled["strategy"], filled["qty"]) == ("grid", 0.01)


def check_loki(lines: list[dict[str, Any]], _before: str) -> None:
    (filled,) = [line for line in lines if line["message"] == "order filled"]
    assert filled["symbol"] == "BTC/USDT"


def check_freqtrade(lines: list[dict[str, Any]], before: str) -> None:
    assert "freqtrade.freqtradebot - INFO - Long signal found" in before
    (found,) = [line for line in lines if line["logger"] == "freqtrade.freqtradebot"]
    assert (found["app"], found["bot_name"]) == ("trading", "freqtrade-1")


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    missing = [
        link for link in LINK.findall(path.read_text("utf-8")) if not (path.parent / link).exists()
    ]
    assert missing == []
