"""The examples of the pages run as they stand, with the real library and a server on this machine."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import binance_answers
from tests.support.ai_answers import CHAT, MESSAGE
from tests.support.lines import read
from tests.support.local_server import LocalServer
from tests.support.masking.maker import Maker

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("untraced")]

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "integrations"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")

RUNNER = """
import sys
from tests.support.local_internet import redirect
redirect(sys.argv[1])
exec(compile(open(sys.argv[2]).read(), "example.py", "exec"))
"""

NEEDS: dict[str, tuple[str, ...]] = {
    "aiohttp": ("aiohttp",),
    "asgi": ("fastapi", "httpx"),
    "anthropic": ("anthropic",),
    "binance": ("binance",),
    "freqtrade": (),
    "loguru": ("loguru",),
    "opentelemetry": ("opentelemetry.sdk",),
    "pybit": ("pybit",),
    "sentry": ("sentry_sdk",),
    "apscheduler": ("apscheduler",),
    "ccxt": ("ccxt",),
    "celery": ("celery",),
    "django": ("django",),
    "gunicorn": ("gunicorn",),
    "websockets": ("websockets",),
    "httpx": ("httpx",),
    "openai": ("openai",),
    "requests": ("requests",),
    "uvicorn": ("uvicorn",),
}
"""The modules that the examples of a page import."""

WRITES: dict[str, dict[str, int]] = {
    "aiohttp": {"API_CALL": 3, "WS": 2},
    "asgi": {"API_CALL": 1, "SIGNAL": 1},
    "httpx": {"API_CALL": 2},
    "requests": {"API_CALL": 2},
    "uvicorn": {},
    "anthropic": {"AI_CALL": 1},
    "binance": {"API_CALL": 1},
    "freqtrade": {},
    "loguru": {},
    "opentelemetry": {"SIGNAL": 1},
    "pybit": {"API_CALL": 1},
    "sentry": {"ERROR": 1},
    "openai": {"AI_CALL": 1},
    "apscheduler": {"ORDER": 0},
    "celery": {"SIGNAL": 1},
    "django": {"API_CALL": 1},
    "gunicorn": {"API_CALL": 1},
    "websockets": {"WS": 2},
    "ccxt": {"API_CALL": 3, "RATE_LIMIT": 3, "ORDER": 1, "TRADE": 1, "EQUITY": 1},
}
"""The least number of lines of each event that the examples of a page write."""

_ASK = """
import asyncio, httpx

async def ask(path):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        print(await client.get(path))

"""
AFTER: dict[str, str] = {
    "asgi": _ASK + "asyncio.run(ask('/signals/BTC-USDT'))\n",
    "celery": "app.conf.task_always_eager = True\nscan.delay('BTC/USDT')\n",
    "django": "from django.test import Client\nClient().get('/orders/81/')\n",
    "gunicorn": "app({'PATH_INFO': '/orders/81'}, lambda *_: None).close()\n",
}
"""Code that uses what the example of a page has defined."""


def test_each_page_is_tested() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == set(WRITES)


def blocks(page: str) -> list[str]:
    return BLOCK.findall((PAGES / f"{page}.md").read_text("utf-8"))


def run(source: str, url: str, folder: Path, environment: dict[str, str]) -> str:
    (folder / "example.py").write_text(source, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, url, "example.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "Traceback" not in done.stderr, done.stderr
    assert "logging_kit:" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", sorted(WRITES))
def test_the_examples_of_a_page_run(page: str, tmp_path: Path) -> None:
    for module in NEEDS[page]:
        if importlib.util.find_spec(module.partition(".")[0]) is None:
            pytest.skip(f"{module} is not installed")
    make = Maker(3)
    secrets = {
        name: make.b62(64)
        for name in (
            "BINANCE_KEY",
            "BINANCE_SECRET",
            "BYBIT_KEY",
            "BYBIT_SECRET",
            "OPENAI_API_KEY",
            "ANTHROPIC_API_KEY",
        )
    }
    with LocalServer(answer) as server:
        source = "\n".join([*blocks(page), AFTER.get(page, "")])
        output = run(source, server.url, tmp_path, {**secrets, "LOCAL_URL": server.url})
    found = read(tmp_path / "logs")
    written = Counter(line.get("event") for line in found)
    assert {name: count for name, count in WRITES[page].items() if written[name] < count} == {}
    assert not [line for line in found if "schema_error" in line]
    everything = output + str(found)
    assert not [secret for secret in secrets.values() if secret in everything]


def answer(method: str, path: str) -> tuple[int, Any]:
    if path.endswith("/chat/completions"):
        return 200, CHAT
    if path == "/v5/market/time":
        return 200, {"retCode": 0, "retMsg": "OK", "result": {}, "time": 1}
    if path.endswith("/messages"):
        return 200, MESSAGE
    return binance_answers.answer(method, path)


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    missing = [
        link for link in LINK.findall(path.read_text("utf-8")) if not (path.parent / link).exists()
    ]
    assert missing == []
