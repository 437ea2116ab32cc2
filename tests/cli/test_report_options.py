"""Options of `logging-kit report`: periods, comparison, events, and reports that are sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import time_machine
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.demo import simulate

pytestmark = pytest.mark.slow

END = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
NOW = END + timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty hours of one bot."""
    folder = tmp_path_factory.mktemp("report") / "logs"
    simulate(folder, bots=1, backfill_s=50 * 3600, end_ns=int(END.timestamp()) * 10**9)
    return folder


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours of one bot, after midnight."""
    folder = tmp_path_factory.mktemp("first") / "logs"
    simulate(folder, bots=1, backfill_s=2 * 3600, end_ns=int(END.timestamp()) * 10**9)
    return folder


def run(folder: Path, *args: Any) -> Any:
    with time_machine.travel(NOW, tick=False):
        options = ["report", str(folder), "--utc", *map(str, args)]
        return CliRunner().invoke(app, options, env={"TZ": "UTC"})


def tree(folder: Path, *args: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, "--json", *args).stdout)
    return found


@pytest.mark.parametrize(
    ("options", "start", "end"),
    [
        (("--today",), NOW.replace(hour=0, minute=0), NOW),
        (("--since", "yesterday"), NOW.replace(hour=0, minute=0) - 24 * HOUR, NOW),
        (("--since", "today"), NOW.replace(hour=0, minute=0), NOW),
        (("--since", "02:00", "--until", "02:30"), END - HOUR, END - HOUR / 2),
        ((), NOW.replace(hour=0, minute=0) - 24 * HOUR, NOW.replace(hour=0, minute=0)),
    ],
)
def test_periods_are_named_as_people_name_them(
    demo: Path, options: tuple[str, ...], start: datetime, end: datetime
) -> None:
    found = tree(demo, *options)
    assert (found["start"], found["end"]) == (start.isoformat(), end.isoformat())
    assert found["lines"] > 0


def test_the_first_day_is_reported_until_now_and_said(first_day: Path) -> None:
    plain = run(first_day).stdout
    assert "2026-11-21 00:00 to 2026-11-21 03:01 UTC" in plain
    assert "There are no lines of yesterday: this is today, until now." in plain
    asked = run(first_day, "--yesterday").stdout
    assert "2026-11-20 00:00 to 2026-11-21 00:00 UTC: 0 lines" in asked
    assert "There are no lines of yesterday" not in asked


def test_key_figures_come_first(demo: Path) -> None:
    text = run(demo, "--since", "40h").stdout
    places = [text.index(title) for title in ("ACCOUNT", "TRADING", "PROFIT", "ORDERS")]
    assert places == sorted(places)
    found = tree(demo, "--since", "40h")
    (account,) = found["equity"]
    assert float(account["start"]) > 0
    (trading,) = found["trading"]
    assert float(trading["gains"]) - float(trading["losses"]) == pytest.approx(
        float(found["total"][0]["pnl"])
    )
    assert "## Trading" in run(demo, "--since", "40h", "--markdown").stdout


@pytest.mark.parametrize(
    ("options", "before"),
    [
        (("--today",), ("2026-11-20T00:00:00+00:00", "2026-11-20T03:01:00+00:00")),
        (("--yesterday",), ("2026-11-19T00:00:00+00:00", "2026-11-20T00:00:00+00:00")),
        (("--since", "5h"), ("2026-11-20T17:01:00+00:00", "2026-11-20T22:01:00+00:00")),
        (("--week",), ("2026-11-07T00:00:00+00:00", "2026-11-14T00:00:00+00:00")),
    ],
)
def test_a_period_is_compared_with_the_one_before(
    demo: Path, options: tuple[str, ...], before: tuple[str, str]
) -> None:
    found = tree(demo, "--compare", *options)["before"]
    assert (found["start"], found["end"]) == before
    assert "COMPARED WITH THE PERIOD BEFORE" in run(demo, "--compare", *options).stdout


def test_events_are_counted(demo: Path) -> None:
    text = run(demo, "--events", "--today").stdout
    assert "EVENTS" in text
    assert "HEARTBEAT" in text
    assert tree(demo, "--today")["events"]["HEARTBEAT"] > 100


class Hook(BaseHTTPRequestHandler):
    """Answers with the status of the server."""

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[Any]:
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.received, server.status = [], 204  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_report_is_sent_and_nothing_is_printed(demo: Path, hook: Any, tmp_path: Path) -> None:
    file = tmp_path / "discord"
    file.write_text(f"http://127.0.0.1:{hook.server_address[1]}/hook")
    file.chmod(0o600)
    result = run(demo, "--today", "--post", "discord", "--post-file", file)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "sent to discord\n")
    (message,) = hook.received
    assert "2026-11-21 00:00 to 2026-11-21 03:01 UTC" in message["content"]
    hook.status = 404
    result = run(demo, "--today", "--post", "discord", "--post-file", file)
    assert result.exit_code == 1
    assert "did not accept the report: HTTP 404" in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--post", "discord"), "belong together"),
        (("--post-file", "x"), "belong together"),
        (("--post", "discrod", "--post-file", "x"), "did you mean"),
        (("--post", "slack", "--post-file", "/nowhere/x"), "cannot be read"),
        (("--post", "slack", "--post-file", "x", "--json"), "choose one of"),
        (("--today", "--week"), "choose one of"),
    ],
)
def test_what_cannot_be_sent_is_said(demo: Path, options: tuple[str, ...], said: str) -> None:
    result = run(demo, *options)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
