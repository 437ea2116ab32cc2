"""The layout keeps titles and reasons readable in every terminal."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.console import Console

from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.presentation import Presentation
from logging_kit.watch import layout
from logging_kit.watch.answers import Answer
from logging_kit.watch.render import draw

STYLES = (Presentation(), Presentation("ko"))
PANELS = [(row, style) for page in DASHBOARDS for row in page.rows for style in STYLES]


@pytest.mark.parametrize("width", [79, 119, 149, 199])
def test_no_title_and_no_reason_is_cut(width: int) -> None:
    for row, style in PANELS:
        for line in layout.lines(row, width, style):
            assert sum(columns for _, columns in line) <= max(width, line[0][1])
            for panel, columns in line:
                title = style.translate(panel.title)
                assert cell_len(title) + 6 <= columns, (title, columns)
                console = Console(width=columns - 4)
                with console.capture() as caught:
                    console.print(draw(panel, Answer((), (), 0, 0), style, columns - 4, 3))
                reason = caught.get().splitlines()
                assert len(reason) <= layout.height(panel) - 2, (title, reason)
                joined = "".join("".join(reason).split())
                assert joined == "".join(style.translate(panel.empty).split())


@pytest.mark.parametrize("width", [30, 60, 80, 120, 200])
def test_the_tabs_fit(width: int) -> None:
    for style in STYLES:
        titles = [style.translate(page.title) for page in DASHBOARDS] + ["Own events"]
        found = layout.tab_titles(titles, width)
        assert sum(cell_len(title) + 2 for title in found) <= max(width, 3 * len(found))
        assert [title[0] for title in found] == [str(n) for n in range(1, len(found) + 1)]


def test_tabs_have_their_whole_titles_where_there_is_room() -> None:
    titles = [page.title for page in DASHBOARDS]
    assert layout.tab_titles(titles, 120) == [f"{n} {title}" for n, title in enumerate(titles, 1)]
    assert layout.tab_titles(titles, 80)[0] == "1 Overview"
