"""The example bot, with ccxt, FastAPI and uvicorn, against an exchange on this machine."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import binance_answers
from tests.support.lines import read
from tests.support.local_server import LocalServer
from tests.support.masking.maker import Maker

pytest.importorskip("ccxt")
pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("untraced")]

ROOT = Path(__file__).parents[2]
BOT = ROOT / "examples" / "ccxt_bot.py"
RUNNER = """
import sys
from tests.support.local_internet import redirect
redirect(sys.argv[1])
exec(compile(open(sys.argv[2]).read(), "ccxt_bot.py", "exec"))
"""


def test_the_bot_is_short_and_writes_no_call_by_hand() -> None:
    source = BOT.read_text("utf-8")
    words = re.sub(r'""".*?"""', "", source, flags=re.DOTALL)
    assert len([line for line in words.splitlines() if line.strip()]) <= 60
    assert "api_call" not in source
    modules = [
        node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)
    ]
    ours = [module for module in modules if str(module).startswith("logging_kit.")]
    assert all(str(module).startswith("logging_kit.integrations.") for module in ours)


def lines(folder: Path) -> list[dict[str, Any]]:
    return read(folder / "logs") if (folder / "logs" / "segments").is_dir() else []


def wait_for(found: Any, process: subprocess.Popen[bytes], output: Path) -> Any:
    end = time.monotonic() + 300
    while True:
        result = found()
        if result:
            return result
        assert process.poll() is None, output.read_text()[-3000:]
        assert time.monotonic() < end, output.read_text()[-3000:]
        time.sleep(0.05)


def test_the_bot_logs_everything_itself(tmp_path: Path) -> None:
    make = Maker(9)
    secrets = {name: make.b62(64) for name in ("BINANCE_KEY", "BINANCE_SECRET")}
    output = tmp_path / "output.txt"
    with LocalServer(binance_answers.answer) as server, output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, server.url, str(BOT)],
            cwd=tmp_path,
            env={**os.environ, **secrets, "PYTHONPATH": str(ROOT), "PORT": "0", "EVERY_S": "0.2"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:

            def address() -> str | None:
                for line in lines(tmp_path):
                    if match := re.search(r"running on (http://\S+)", line["message"]):
                        return match[1]
                return None

            url = wait_for(address, process, output)
            request = urllib.request.Request(
                url + "/status/BTC-USDT", headers={"X-Request-ID": "a1"}
            )
            with urllib.request.urlopen(request, timeout=120) as answer:
                assert answer.headers["X-Request-ID"] == "a1"
            wait_for(
                lambda: sum(line.get("event") == "HEARTBEAT" for line in lines(tmp_path)) > 1,
                process,
                output,
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) in (0, -signal.SIGTERM)
        finally:
            process.kill()
            process.wait()
    found = lines(tmp_path)
    written = Counter(line.get("event") for line in found)
    assert {"SIGNAL", "ORDER", "TRADE", "EQUITY", "API_CALL", "HEARTBEAT"} <= written.keys()
    assert not [line for line in found if "schema_error" in line]
    assert written["ERROR"] == 0
    outgoing = [line for line in found if line.get("direction") == "out"]
    assert len(outgoing) == len(server.seen)
    assert {line["path"] for line in outgoing} >= {"/api/v3/klines", "/api/v3/order"}
    (incoming,) = [line for line in found if line.get("direction") == "in"]
    assert (incoming["path"], incoming["status"]) == ("/status/{symbol}", 200)
    (status,) = [line for line in found if line["message"] == "the status is read"]
    assert status["correlation_id"] == incoming["correlation_id"] == "a1"
    for signal_line in (line for line in found if line.get("event") == "ORDER"):
        same = [
            line for line in found if line.get("correlation_id") == signal_line["correlation_id"]
        ]
        assert {"SIGNAL", "ORDER", "API_CALL"} <= {line.get("event") for line in same}
    everything = output.read_text("utf-8") + str(found)
    assert not [secret for secret in secrets.values() if secret in everything]
