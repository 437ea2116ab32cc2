"""Moving through the dashboards with the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input, Static, Tab

from logging_kit.panels.dashboards import POSITIONS_PNL, SYSTEM_HEALTH
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.watch.app import Watch
from logging_kit.watch.dialogs import Keys
from logging_kit.watch.filters import View
from logging_kit.watch.log_view import LogView
from logging_kit.watch.widgets import LogTile, RecordTile
from tests.support.panels.story import END, HOUR
from tests.watch.test_app import drive, seen, status, tile, until

pytestmark = pytest.mark.slow

NOW = END * 1_000_000_000


@pytest.fixture
def fresh(story: Path) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(story, keep=None) as engine:
        yield engine


def test_the_dashboard_scrolls_at_once_and_the_tabs_fit(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        assert max(tab.region.right for tab in program.query(Tab)) <= 80
        page = program.page
        assert page.scroll_offset.y == 0
        await pilot.press("down")
        await until(pilot, lambda: page.scroll_offset.y > 0)
        await pilot.press("up")
        await until(pilot, lambda: page.scroll_offset.y == 0)
        await pilot.press("pagedown")
        await until(pilot, lambda: page.scroll_offset.y > 5)
        await pilot.press("end")
        await until(pilot, lambda: page.scroll_offset.y == page.max_scroll_y)
        await pilot.press("home")
        await until(pilot, lambda: page.scroll_offset.y == 0)
        await pilot.press("2")  # another dashboard scrolls at once too
        await until(pilot, lambda: program.page is not page)
        await pilot.press("space")
        await until(pilot, lambda: program.page.scroll_offset.y > 0)
        active = program.screen.active_bindings.values()
        assert "Scroll" in {each.binding.description for each in active if each.binding.show}
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(program.screen, Keys))
        assert ("↑ ↓ PgDn", "scroll") in Watch.KEYS
        await pilot.press("escape")
        await pilot.resize_terminal(150, 50)
        await until(pilot, lambda: "1 Trading Overview" in str(program.query(Tab).first().label))

    drive(fresh, steps, size=(80, 24))


async def type_range(program: Watch, pilot: Pilot[None], text: str) -> None:
    await pilot.press("r", "end", "enter")
    await until(pilot, lambda: bool(program.screen.query(Input)))
    program.screen.query_one(Input).value = text
    await pilot.press("enter")


def test_ranges_are_stepped_through_typed_and_compared(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "▲ +" in seen(program, "LONG signals"))
        assert set(seen(program, "LONG signals")) & set("▁▂▃▄▅▆▇█")
        await pilot.press("c")
        await until(pilot, lambda: "▲ +" not in seen(program, "LONG signals"))
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: " to " in status(program))
        assert program.view.until_ms == END * 1000 - 12 * HOUR * 1000
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "last 12h" in status(program))
        await pilot.press("r", "home", "enter")
        await until(pilot, lambda: "· today" in status(program))
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "· yesterday" in status(program))
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "2 days ago" in status(program))
        await type_range(program, pilot, "2026-11-01T09:00..2026-11-01T15:00")
        await until(pilot, lambda: "2026-11-01 09:00 to 15:00" in status(program))
        assert program.view.span_s == 6 * HOUR
        await type_range(program, pilot, "2026-11-01..2026-11-03")
        await until(pilot, lambda: "2026-11-01 00:00 to 2026-11-03 00:00" in status(program))
        before = program.view
        await type_range(program, pilot, "lately")
        await until(pilot, lambda: not isinstance(program.screen, ModalScreen))
        await type_range(program, pilot, "")
        await pilot.press("r", "escape")
        assert program.view == before

    drive(fresh, steps, view=View("story", span_s=12 * HOUR), clock=lambda: NOW)


def test_n_goes_to_the_lines_with_the_text(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: tile(program, "All lines").option_count > 3)
        await pilot.press("n")
        assert program.focused is None or not isinstance(program.focused, LogTile)
        await pilot.press("slash")
        await until(pilot, lambda: bool(program.screen.query(Input)))
        program.screen.query_one(Input).value = "order"
        await pilot.press("enter")
        await until(pilot, lambda: "search 'order'" in status(program))
        await until(pilot, lambda: 0 < tile(program, "All lines").option_count < 100)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(program.focused, LogTile))
        found = program.focused
        assert isinstance(found, LogTile)
        assert found.highlighted is not None
        assert "order" in found.log_lines[found.highlighted].text.lower()
        first = found.highlighted
        await pilot.press("n")
        await pilot.press("N")
        assert program.focused is not found or found.highlighted == first
        for _ in range(3):
            await pilot.press("N")

    drive(fresh, steps, first=SYSTEM_HEALTH)


def test_lines_fill_the_screen_and_are_searched(fresh: DuckDBEngine) -> None:
    async def steps(program: Watch, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: tile(program, "All lines").option_count > 3)
        await pilot.press("o", "o")
        focused = program.focused
        assert isinstance(focused, LogTile)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(program.screen, LogView))
        view = program.screen
        assert isinstance(view, LogView)
        lines = view.query_one(LogTile)
        await until(pilot, lambda: bool(lines.log_lines))
        assert lines.region.width >= 79
        assert view.panel is focused.panel
        await pilot.press("n")
        await pilot.press("slash")
        await until(pilot, lambda: bool(program.screen.query(Input)))
        wanted = lines.log_lines[-1].text[60:80]
        program.screen.query_one(Input).value = wanted
        await pilot.press("enter")
        await until(
            pilot,
            lambda: (
                lines.highlighted is not None
                and wanted.lower() in lines.log_lines[lines.highlighted].text.lower()
            ),
        )
        assert "find" in str(view.query_one(".full-title", Static).content)
        await pilot.press("n", "N", "G")
        await until(pilot, lambda: lines.highlighted == len(lines.log_lines) - 1)
        await pilot.press("g")
        await until(pilot, lambda: lines.highlighted == 0)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(program.screen, ModalScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(program.screen, LogView))
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(program.screen, ModalScreen))
        await pilot.press("escape", "q")
        await until(pilot, lambda: not isinstance(program.screen, LogView))
        await pilot.press("escape")
        assert program.focused is None
        # a table of lines is reached too, but has no view of its own
        await pilot.press("5")
        await until(pilot, lambda: program.page.page.uid == POSITIONS_PNL.uid)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(program.focused, RecordTile))
        await pilot.press("v")
        assert not isinstance(program.screen, LogView)
        program.view = View("story", search="x")
        await pilot.press("n")
        assert isinstance(program.focused, RecordTile)

    drive(fresh, steps, first=SYSTEM_HEALTH, size=(80, 24))
