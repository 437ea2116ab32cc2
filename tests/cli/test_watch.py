"""`logging-kit watch`: what its options print, save and refuse."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
from html import escape
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from logging_kit.cli.app import app
from logging_kit.panels.dashboards import DASHBOARDS, TRADING_OVERVIEW
from tests.support.panels.story import write_story
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

RUN = CliRunner()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("story")
    write_story(directory)
    return directory


def watch(*arguments: object, width: int = 120) -> tuple[int, str, str]:
    result = RUN.invoke(app, ["watch", *map(str, arguments)], env={"COLUMNS": str(width)})
    return result.exit_code, result.stdout, result.stderr


def test_once_prints_every_dashboard(story: Path) -> None:
    code, out, _ = watch(story, "--once", "--app", "story", "--range", "2d")
    assert code == 0
    for page in DASHBOARDS:
        assert page.title in out
        assert all(row.title in out for row in page.rows)
    # of the whole range: the newest equity is of the last hour, and the day of the story ends at a full one
    assert "+8.50 USDT" in out
    assert max(map(len, out.splitlines())) <= 120
    assert "\x1b" not in out


def test_once_prints_the_dashboards_that_are_named(story: Path) -> None:
    code, out, _ = watch(
        story, "--once", "-d", "ai-signals", "-d", "System Health", "--app", "story", width=80
    )
    assert code == 0
    assert "AI Signals" in out
    assert "System Health" in out
    assert "Trading Overview" not in out


def test_once_as_json(story: Path) -> None:
    code, out, _ = watch(
        story,
        "--once",
        "--json",
        "--range",
        "2d",
        "--bot",
        "alpha",
        "--symbol",
        "BTC/USDT",
        "--env",
        "testnet",
    )
    assert code == 0
    found = json.loads(out)
    assert (found["app"], found["range_s"], found["bot"], found["symbol"]) == (
        "story",
        172_800,
        "alpha",
        "BTC/USDT",
    )
    pages = {page["uid"]: page for page in found["dashboards"]}
    assert set(pages) == {page.uid for page in DASHBOARDS}
    longs = next(
        panel
        for panel in pages["lk-trading-overview"]["panels"]
        if panel["title"] == "LONG signals"
    )
    assert longs["series"] == [{"labels": {}, "value": 2.0}]
    trace = next(
        panel for panel in pages["lk-signal-trace"]["panels"] if panel["title"] == "What happened"
    )
    assert trace["lines"]


def test_korean_and_red_for_up(story: Path) -> None:
    code, out, _ = watch(
        story, "--once", "-d", "trading-overview", "--language", "ko", "--palette", "red-up"
    )
    assert code == 0
    assert "트레이딩 현황" in out


def test_a_picture(story: Path, tmp_path: Path) -> None:
    file = tmp_path / "overview.svg"
    code, _, err = watch(
        story, "--svg", file, "--size", "100x40", "-d", "api-performance", "--range", "2d"
    )
    assert (code, err) == (0, f"saved {file}\n")
    assert "API&#160;Performance" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 150])
def test_a_picture_is_complete_and_as_long_as_the_dashboard(
    story: Path, tmp_path: Path, width: int
) -> None:
    pictures: list[str] = []
    for name in ("one.svg", "two.svg"):
        code, _, _ = watch(story, "--svg", tmp_path / name, "--size", width, "--range", "yesterday")
        assert code == 0
        text = (tmp_path / name).read_text("utf-8")
        pictures.append(re.sub(r"[0-9]{2}:[0-9]{2}:[0-9]{2}", "", text))
    words = pictures[0].replace("&#160;", " ")
    for panel in TRADING_OVERVIEW.panels:
        assert escape(panel.title, quote=False) in words, panel.title
    assert "font-face" not in pictures[0]
    assert pictures[0] == pictures[1]


def test_a_picture_for_a_chat_says_what_it_needs(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logging_kit.watch.png.BROWSERS", ("none-of-this-name",))
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    code, _, err = watch(story, "--png", tmp_path / "x.png")
    assert code == 3
    assert "needs Chromium" in err
    drawn = SimpleNamespace(svg2png=lambda bytestring, scale: b"PNG")
    monkeypatch.setitem(sys.modules, "cairosvg", drawn)
    code, _, err = watch(story, "--png", tmp_path / "x.png")
    assert (code, err) == (0, f"saved {tmp_path / 'x.png'}\n")


def test_numbers_are_compared_unless_it_is_not_wanted(story: Path) -> None:
    for options, expected in (((), True), (("--no-compare",), False)):
        _, out, _ = watch(story, "--once", "--json", "-d", "ai-signals", "--range", "2h", *options)
        panels = json.loads(out)["dashboards"][0]["panels"]
        assert any("before" in panel for panel in panels) is expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--once", "--web"), "choose one"),
        (("--svg", "x.svg", "--png", "x.png"), "choose one"),
        (("--range", "15:00..09:00"), "is empty"),
        (("--json",), "choose one"),
        (("-d", "nothing"), "there is no dashboard 'nothing'; there are trading-overview"),
        (("--range", "2 years"), "such as 24h"),
        (("--range", "0h"), "such as 24h"),
        (("--svg", "x.svg", "--size", "big"), "such as 150x50"),
        (("--range", "999999d"), "at most 366d"),
        (("--time-zone", "Mars"), "there is no time zone 'Mars'"),
        (("--language", "fr"), "language is en or ko"),
        (("--palette", "pink"), "palette is green-up or red-up"),
        ((), "watch needs a terminal"),
    ],
)
def test_what_it_cannot_do_it_says(story: Path, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = watch(story, *arguments, width=300)
    assert code == 2
    assert said in " ".join(re.sub("[│╭╮╰╯─]", " ", err).split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--app", "typo"), "There are no lines of app 'typo'; there are story."),
        (
            ("--bot", "typo"),
            "There are no lines of bot_name 'typo'; there are alpha, alpha-10, beta.",
        ),
        (("--symbol", "DOGE"), "There are no lines of symbol 'DOGE'"),
        (("--env", "live"), "There are no lines of env 'live'; there are testnet."),
    ],
)
def test_what_has_no_lines_is_not_shown_as_no_data(
    story: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    for how in (("--once",), ("--svg", tmp_path / "x.svg")):
        code, _, err = watch(story, *how, *arguments)
        assert code == 1
        assert said in err


def test_what_is_shown_is_named(story: Path) -> None:
    code, out, _ = watch(
        story,
        "--once",
        "-d",
        "ai-signals",
        "--bot",
        "alpha",
        "--range",
        "90m",
        "--time-zone",
        "Asia/Seoul",
    )
    assert code == 0
    assert re.match(r"(\d\d-\d\d )?\d\d:\d\d:\d\d · story · last 90m · bot alpha\n", out)


def test_a_port_that_is_taken_is_named(story: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = watch(story, "--web", "--port", taken.getsockname()[1])
    assert code == 1
    assert "choose another with --port" in err


def test_a_picture_that_cannot_be_written_is_said(story: Path, tmp_path: Path) -> None:
    code, _, _ = watch(story, "--svg", tmp_path / "no" / "folder.svg")
    assert code == 1


def test_no_logs_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    for arguments in (("--once",), ("--svg", tmp_path / "x.svg")):
        code, _, err = watch(tmp_path / "none", *arguments)
        assert code == 1
        assert "logging-kit demo" in err


def test_without_its_packages_it_says_how_to_get_them(
    story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "textual_plotext", None)
    code, _, err = watch(story)
    assert code == 3
    assert "pip install 'logging-kit[watch]'" in err


@pytest.mark.parametrize("how", ["key", "SIGTERM"])
def test_on_a_terminal_it_is_live_and_leaves_it_as_it_was(story: Path, how: str) -> None:
    command = [
        sys.executable,
        "-m",
        "logging_kit",
        "watch",
        str(story),
        "--app",
        "story",
        "--range",
        "2d",
    ]
    with Terminal(command, story, {**os.environ, "TERM": "xterm-256color"}) as terminal:
        terminal.until("Win rate")
        terminal.until("40.0 %")
        if how == "key":
            terminal.type("q")
        else:
            terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended() == 0
        assert "\x1b[?1049l" in terminal.text  # the screen that was there before
        assert "Traceback" not in terminal.text


def test_on_a_terminal_the_arrows_scroll_at_once(story: Path) -> None:
    command = [sys.executable, "-m", "logging_kit", "watch", str(story), "--app", "story"]
    with Terminal(command, story, {**os.environ, "TERM": "xterm-256color"}) as terminal:
        terminal.until("Scroll")
        terminal.until("Win rate")
        assert "Discord notifications" not in terminal.text
        terminal.type("\x1b[F")  # End
        terminal.until("Discord notifications")
        terminal.type("q")
        assert terminal.ended() == 0
