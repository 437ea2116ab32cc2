"""Actions of the screen that move: scrolling, panels of lines, a panel alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.presentation import Presentation
from logging_kit.watch.answers import Answer
from logging_kit.watch.choices import Choices
from logging_kit.watch.dialogs import About
from logging_kit.watch.filters import View
from logging_kit.watch.log_view import LogView
from logging_kit.watch.widgets import LogTile, Page, RecordTile

_ROWS_AT_ONCE: Final = 3
_NO_PANEL: Final = "Choose a panel with Tab or the mouse first."
_NO_LINES: Final = "This dashboard has no panel of lines."


class Navigation(Choices):
    """An app that shows one dashboard at a time.

    Args:
        engine: Knows the names to choose from.
        view: The filters at the start.
        presentation: Language and colours.
        clock: Returns the current time in ns since 1970-01-01 UTC.
    """

    def __init__(
        self,
        engine: DuckDBEngine,
        view: View,
        presentation: Presentation,
        clock: Callable[[], int],
    ) -> None:
        super().__init__(engine, view, clock)
        self.presentation = presentation
        self.answers: Mapping[int, Answer] = {}

    @property
    def page(self) -> Page:
        """The dashboard on the screen."""
        raise NotImplementedError

    def action_scroll(self, rows: int) -> None:
        """Scroll the dashboard by some lines; negative numbers go up."""
        self.page.scroll_relative(y=rows * _ROWS_AT_ONCE, animate=False)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll the dashboard by a page."""
        self.page.scroll_relative(y=pages * max(self.page.size.height - 2, 1), animate=False)

    def action_scroll_edge(self, side: int) -> None:
        """Scroll to the top or to the end of the dashboard."""
        if side < 0:
            self.page.scroll_home(animate=False)
        else:
            self.page.scroll_end(animate=False)

    def action_leave(self) -> None:
        """Leave the panel, so that the arrows scroll the dashboard again."""
        self.set_focus(None)

    def _logs(self) -> list[LogTile]:
        """Return the panels of lines, the focused one first and those above it last."""
        found = [child for child in self.page.tiles() if isinstance(child, LogTile)]
        if isinstance(self.focused, LogTile) and self.focused in found:
            place = found.index(self.focused)
            return [*found[place:], *found[:place]]
        return found

    def action_next_log(self) -> None:
        """Focus the next panel of lines."""
        found = [child for child in self.page.tiles() if isinstance(child, LogTile | RecordTile)]
        if not found:
            self.notify(_NO_LINES)
            return
        place = 0
        if self.focused in found:
            place = (found.index(self.focused) + 1) % len(found)
        found[place].focus()

    def action_next(self, step: int) -> None:
        """Go to the next line that contains the text of the search, or to the previous one.

        Args:
            step: 1 to go down, -1 to go up.
        """
        if not self.view.search:
            self.notify("Press / and type a text first.")
            return
        found = self._logs()
        if step < 0:
            found = [*found[:1], *reversed(found[1:])]
        for child in found:
            if child.find(self.view.search, step):
                child.focus()
                return
        self.notify(f"No more lines contain {self.view.search!r}.", markup=False)

    def action_log_view(self) -> None:
        """Show the focused panel of lines, or the first one, on the whole screen."""
        found = self._logs()
        if not found:
            self.notify(_NO_LINES)
            return
        view = LogView(found[0].panel, self.presentation, self.view.search)
        self.push_screen(view)
        if view.panel.id in self.answers:
            self.call_after_refresh(view.show, self.answers[view.panel.id])

    def action_about(self) -> None:
        """Show the description of the focused panel."""
        panel = getattr(self.focused, "panel", None)
        if panel is None:
            self.notify(_NO_PANEL)
        else:
            self.push_screen(About(panel, self.presentation))

    def action_zoom(self) -> None:
        """Maximise the focused panel, or restore it."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        elif self.focused is not None and getattr(self.focused, "panel", None) is not None:
            self.screen.maximize(self.focused, container=False)
        else:
            self.notify(_NO_PANEL)
