"""The program, driven by keys as a person drives it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import DataTable, Input, OptionList, Static

import logging_kit
from logging_kit.panels.dashboards import DASHBOARDS, POSITIONS_PNL, SIGNAL_TRACE
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.presentation import Presentation
from logging_kit.watch.app import Watch
from logging_kit.watch.filters import View
from logging_kit.watch.layout import page_of
from logging_kit.watch.widgets import LogTile, Page, RecordTile, Tile
from tests.support.panels.story import HOUR

pytestmark = pytest.mark.slow

Steps = Callable[[Watch, Pilot[None]], Awaitable[None]]


@pytest.fixture
def fresh(story: Path) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(story, keep=None) as engine:
        yield engine


def drive(
    engine: DuckDBEngine, steps: Steps, *, size: tuple[int, int] = (150, 50), **options: Any
) -> Watch:
    """Run the program on the story's day, and take these steps once the first answers are there."""
    program = Watch(
        engine,
        Path("logs"),
        options.pop("view", View("story", span_s=2 * 86_400)),
        options.pop("style", Presentation()),
        **options,
    )

    async def run() -> None:
        async with program.run_test(size=size) as pilot:
            await until(pilot, lambda: bool(program.page.page.uid and "live" in status(program)))
            await steps(program, pilot)

    asyncio.run(run())
    return program


async def until(pilot: Pilot[None], wanted: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, status(pilot.app)
        await pilot.pause(0.02)


def status(program: Any) -> str:
    return str(program.screen_stack[0].query_one("#status", Static).content)


def tile(program: Watch, title: str) -> Any:
    return next(child for child in program.page.tiles() if child.panel.title == title)


def seen(program: Watch, title: str) -> str:
    """Return the content of a tile."""
    child = tile(program, title)
    return "\n".join(
        "".join(segment.text for segment in child.render_line(y))
        for y in range(child.content_size.height)
    )


def test_every_dashboard_has_a_tab_and_a_key(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        assert "· story · last 2d · 131 lines" in status(program)
        for number, page in enumerate(DASHBOARDS, 1):
            await pilot.press(str(number))
            await until(pilot, lambda page=page: program.page.page.uid == page.uid)  # type: ignore[misc]
            assert {child.panel.title for child in program.page.tiles()} == {
                panel.title for panel in page.panels
            }
        await pilot.press("1")
        await until(pilot, lambda: "40.0 %" in seen(program, "Win rate"))
        assert "3" in seen(program, "LONG signals")

    drive(fresh, steps)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_it_fits_an_old_terminal_and_a_large_one(
    fresh: DuckDBEngine, size: tuple[int, int]
) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        for page in program.query(Page):
            assert not page.show_horizontal_scrollbar
        await until(pilot, lambda: "40.0 %" in seen(program, "Win rate"))
        first = tile(program, "Bot status").region
        assert first.right <= size[0]
        await pilot.resize_terminal(220, 50)
        await until(
            pilot,
            lambda: tile(program, "Win rate").region.y == tile(program, "Bot status").region.y,
        )
        await until(pilot, lambda: "40.0 %" in seen(program, "Win rate"))
        await pilot.resize_terminal(230, 50)
        await until(pilot, lambda: tile(program, "Open positions").region.right > 220)

    drive(fresh, steps, size=size)


def test_range_bot_symbol_and_level_are_chosen_from_lists(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await pilot.press("r", "end", "up", "enter")
        await until(pilot, lambda: "last 30d" in status(program))
        assert program.view.span_s == 30 * 86_400
        await pilot.press("b")
        options = program.screen.query_one(OptionList)
        names = [str(options.get_option_at_index(at).prompt) for at in range(options.option_count)]
        assert names[:3] == ["all", "alpha", "alpha-10"]
        await pilot.press("down", "enter")
        await until(pilot, lambda: "bot alpha ·" in status(program))
        await pilot.press("s", "escape")
        assert "symbol" not in status(program)
        await pilot.press("s", "down", "enter")
        await until(pilot, lambda: "symbol BTC/KRW" in status(program))
        await pilot.press("l", "end", "enter")
        await until(pilot, lambda: "error and worse" in status(program))
        await pilot.press("b", "home", "enter")
        await until(pilot, lambda: "bot " not in status(program))
        await pilot.press("e", "down", "enter")
        await until(pilot, lambda: "env testnet" in status(program))
        await pilot.press("a", "enter")
        assert program.view.app == "story"

    drive(fresh, steps)


def test_search_narrows_the_lines(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await until(pilot, lambda: program.page.page.uid == "lk-system-health")
        await until(pilot, lambda: tile(program, "Error log").option_count > 3)
        await pilot.press("slash")
        program.screen.query_one(Input).value = "가격"
        await pilot.press("enter")
        await until(pilot, lambda: tile(program, "Error log").option_count == 1)
        assert "search '가격'" in status(program)

    drive(fresh, steps)


def test_a_line_opens_in_full_and_leads_to_its_trace(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await pilot.press("2")
        await until(pilot, lambda: program.page.page.uid == "lk-ai-signals")
        lines = tile(program, "LONG and SHORT signals")
        assert isinstance(lines, LogTile)
        await until(pilot, lambda: lines.option_count == 5)
        lines.focus()
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(program.screen, ModalScreen))
        await pilot.press("t")
        await until(pilot, lambda: program.page.page.uid == SIGNAL_TRACE.uid)
        traced = program._trace
        assert traced
        await until(
            pilot,
            lambda: "BTC/USDT" in seen(program, "Signal") or "ETH/USDT" in seen(program, "Signal"),
        )

    drive(fresh, steps)


def test_a_line_without_a_signal_says_so_and_closes(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await until(pilot, lambda: program.page.page.uid == "lk-system-health")
        risks = tile(program, "Risk events")
        await until(pilot, lambda: risks.option_count > 0)
        risks.focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(program.screen, ModalScreen))
        await pilot.press("t", "c")
        assert isinstance(program.screen, ModalScreen)
        assert json.loads(program.clipboard)["event"] == "RISK"
        await pilot.press("escape")
        assert not isinstance(program.screen, ModalScreen)

    drive(fresh, steps)


def test_a_trade_opens_from_its_table(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        trades = tile(program, "Last 5 trades")
        assert isinstance(trades, RecordTile)
        await until(pilot, lambda: trades.row_count == 5)
        assert isinstance(trades, DataTable)
        trades.focus()
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(program.screen, ModalScreen))

    drive(fresh, steps, first=POSITIONS_PNL)


def test_the_trace_of_the_newest_signal_is_there_at_first_and_another_may_be_typed(
    fresh: DuckDBEngine,
) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await pilot.press("6")
        await until(pilot, lambda: bool(program._trace))
        await pilot.press("t")
        program.screen.query_one(Input).value = "c3"
        await pilot.press("enter")
        await until(pilot, lambda: "▼ SHORT BTC/USDT" in seen(program, "Signal"))

    drive(fresh, steps)


def test_a_panel_explains_itself_and_fills_the_screen(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        program.set_focus(None)
        await pilot.press("i", "z")
        assert not isinstance(program.screen, ModalScreen)
        assert program.screen.maximized is None
        win_rate = tile(program, "Win rate")
        assert isinstance(win_rate, Tile)
        win_rate.focus()
        await pilot.press("i")
        assert "TRADE in trade.log" in str(program.screen.query_one(Static).content)
        await pilot.press("escape", "z")
        await until(
            pilot, lambda: program.screen.maximized is win_rate and win_rate.region.width > 140
        )
        await pilot.press("z")
        assert program.screen.maximized is None
        await until(pilot, lambda: win_rate.region.width < 40)
        win_rate.focus()
        await pilot.press("z", "2")
        await until(pilot, lambda: program.page.page.uid == "lk-ai-signals")
        assert program.screen.maximized is None
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(program.screen, ModalScreen))
        await pilot.press("question_mark")
        await until(pilot, lambda: not isinstance(program.screen, ModalScreen))

    drive(fresh, steps)


def test_new_lines_show_within_seconds_unless_it_is_paused(tmp_path: Path) -> None:
    log = logging_kit.setup(log_dir=tmp_path, stdout="off", hooks=(), version="0")

    def longs(number: int) -> None:
        for _ in range(number):
            log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
        logging_kit.flush()

    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        longs(7)
        await until(pilot, lambda: "7" in seen(program, "LONG signals"))
        await pilot.press("p")
        await until(pilot, lambda: "paused" in status(program))
        held = status(program)
        longs(1)
        await pilot.pause(1.5)
        assert "7" in seen(program, "LONG signals")
        assert status(program) == held
        await pilot.press("2")  # another dashboard of the same moment
        await until(pilot, lambda: "7" in seen(program, "Signal share"))
        await pilot.press("1", "p")
        await until(pilot, lambda: "8" in seen(program, "LONG signals"))
        log.error("it broke")
        await pilot.press("3")
        await until(
            pilot,
            lambda: (
                tile(program, "Error log").option_count == 1
                and "it broke" in seen(program, "Error log")
            ),
        )

    with DuckDBEngine(tmp_path) as engine:
        drive(engine, steps)


def test_an_empty_folder_is_waited_for(tmp_path: Path) -> None:
    program: Watch

    async def run() -> None:
        async with program.run_test(size=(150, 50)) as pilot:
            await until(pilot, lambda: "no lines in logs yet" in status(program))
            log = logging_kit.setup(
                app="other", log_dir=tmp_path / "logs", stdout="off", hooks=(), version="0"
            )
            log.heartbeat(uptime_s=1, open_positions=0)
            await until(
                pilot,
                lambda: "· other ·" in status(program) and "▲ UP" in seen(program, "Bot status"),
            )

    with DuckDBEngine(tmp_path / "logs") as engine:
        program = Watch(engine, Path("logs"), View("trading"), Presentation())
        asyncio.run(run())


def test_trouble_is_shown_and_passes(fresh: DuckDBEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        def broken(*_: object) -> bool:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(fresh, "refresh", broken)
            await until(pilot, lambda: "✘ OSError: [Errno 5]" in status(program))
        await until(pilot, lambda: "● live" in status(program))

    drive(fresh, steps)


def test_a_picture_is_saved(fresh: DuckDBEngine, tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    program = Watch(
        fresh, Path("logs"), View("story", span_s=26 * HOUR), Presentation(), picture=file
    )
    program.run(headless=True, size=(120, 40))
    picture = file.read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert "Bot&#160;status" in picture
    assert "40.0&#160;%" in picture


def test_an_app_that_was_asked_for_is_not_replaced_by_another(fresh: DuckDBEngine) -> None:
    async def run() -> None:
        program = Watch(
            fresh, Path("logs"), View("typo", span_s=2 * 86_400), Presentation(), any_app=False
        )
        async with program.run_test(size=(150, 50)) as pilot:
            await until(pilot, lambda: "● live" in status(program))
            assert "· typo ·" in status(program)

    asyncio.run(run())


def test_the_trace_says_whose_it_is(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await pilot.press("6")
        await until(pilot, lambda: bool(program._trace))
        assert f"trace {program._trace} ·" in status(program)

    drive(fresh, steps)


def test_a_picture_that_cannot_be_written_is_said(fresh: DuckDBEngine, tmp_path: Path) -> None:
    program = Watch(
        fresh, Path("logs"), View("story"), Presentation(), picture=tmp_path / "no" / "folder.svg"
    )
    program.run(headless=True, size=(120, 40))
    assert program.return_code == 1


def test_a_dashboard_is_named_by_its_title_or_its_uid() -> None:
    assert [page_of(page.uid) for page in DASHBOARDS] == list(DASHBOARDS)
    assert [page_of(page.title) for page in DASHBOARDS] == list(DASHBOARDS)
    assert page_of("nothing") is None
