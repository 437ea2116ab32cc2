"""Widgets of a dashboard: a tile for each panel, and the page that lays them out."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Grid, VerticalScroll
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.widgets import DataTable, OptionList, Static
from textual.widgets.option_list import Option

from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.engine.engine import Line
from logging_kit.panels.panel import Logs, Panel, Records, Stat
from logging_kit.panels.presentation import Presentation
from logging_kit.watch import layout
from logging_kit.watch import lines as log_text
from logging_kit.watch import render as drawing
from logging_kit.watch.answers import Answer
from logging_kit.watch.empty import Reason


class LineSelected(Message):
    """A line was chosen, to be seen whole."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.line = line


class Tile(Static, can_focus=True):
    """A panel of numbers."""

    def __init__(self, panel: Panel, style: Presentation) -> None:
        super().__init__(classes="tile centred" if isinstance(panel, Stat) else "tile")
        self.panel = panel
        self._style = style
        self._answer: Answer | None = None
        self._drawn: Size | None = None
        self.border_title = style.translate(panel.title)

    @property
    def is_drawn(self) -> bool:
        """True if the answer is on the screen in the size that the panel has now."""
        return self._drawn == self.content_size

    def show(self, answer: Answer) -> None:
        """Show an answer."""
        self._answer = answer
        self.border_subtitle = drawing.incomplete(answer) or ""
        self._draw()

    def on_resize(self, _: Resize) -> None:
        """Redraw for the new size."""
        self._draw()

    def _draw(self) -> None:
        size = self.content_size
        if self._answer is None or size.width <= 0 or size.height <= 0:
            return
        self._drawn = size
        self.set_class(not self._answer.series, "empty")
        self.update(
            drawing.draw(
                self.panel,
                self._answer,
                self._style,
                size.width,
                size.height,
                colours=not self.app.no_color,
            )
        )


class LogTile(OptionList):
    """A panel of lines, which may be walked through."""

    def __init__(self, panel: Logs, style: Presentation) -> None:
        super().__init__(classes="tile", compact=True)
        self.panel = panel
        self._style = style
        self._kept: tuple[Line, ...] | None = None
        self.border_title = style.translate(panel.title)

    def show(self, answer: Answer) -> None:
        """Show the lines of an answer; the selected line stays selected."""
        self.border_subtitle = drawing.incomplete(answer) or ""
        if answer.lines == self._kept:
            return
        chosen = None
        if self._kept and self.highlighted is not None:
            chosen = self._kept[self.highlighted]
        self._kept = answer.lines
        self.clear_options()
        if not answer.lines:
            self.add_option(
                Option(drawing.draw(self.panel, answer, self._style, 0, 1), disabled=True)
            )
            return
        self.add_options(
            [Option(text) for text in log_text.log_lines(self.panel, answer, self._style)]
        )
        if chosen is not None and chosen in answer.lines:
            self.highlighted = answer.lines.index(chosen)

    @property
    def is_drawn(self) -> bool:
        """True if the lines are on the screen."""
        return self._kept is not None

    @property
    def log_lines(self) -> tuple[Line, ...]:
        """The lines on the screen."""
        return self._kept or ()

    def find(self, text: str, step: int) -> bool:
        """Highlight the next line that contains a text; return False if there is none.

        Args:
            text: The text, in any case.
            step: 1 to go down, -1 to go up.
        """
        place = self.highlighted
        if place is None:
            place = -1 if step > 0 else len(self.log_lines)
        place += step
        while 0 <= place < len(self.log_lines):
            if text.lower() in self.log_lines[place].text.lower():
                self.highlighted = place
                return True
            place += step
        return False

    def on_focus(self) -> None:
        """Highlight the first line."""
        if self.highlighted is None and self._kept:
            self.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tell that a line was chosen."""
        event.stop()
        if self._kept:
            self.post_message(LineSelected(self._kept[event.option_index]))


class RecordTile(DataTable[object]):
    """A panel of lines as a table, which may be walked through."""

    def __init__(self, panel: Records, style: Presentation) -> None:
        super().__init__(classes="tile", cursor_type="row", zebra_stripes=True)
        self.panel = panel
        self._style = style
        self._kept: tuple[Line, ...] | None = None
        self.border_title = style.translate(panel.title)

    @property
    def is_drawn(self) -> bool:
        """True if the lines are on the screen."""
        return self._kept is not None

    def on_mount(self) -> None:
        """Add the columns."""
        self.add_columns(*log_text.headings(self.panel, self._style))

    def show(self, answer: Answer) -> None:
        """Show the lines of an answer."""
        self.border_subtitle = drawing.incomplete(answer) or ""
        if answer.lines == self._kept:
            return
        self._kept = answer.lines
        row = self.cursor_row
        self.clear()
        for line in answer.lines:
            self.add_row(*log_text.cells(self.panel, line.time_us, line.text, self._style))
        self.move_cursor(row=min(row, max(len(answer.lines) - 1, 0)))
        if not answer.unread and not answer.lines:
            self.border_subtitle = (answer.reason or Reason(self.panel.empty)).say(self._style)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Tell that a line was chosen."""
        event.stop()
        if self._kept and event.cursor_row < len(self._kept):
            self.post_message(LineSelected(self._kept[event.cursor_row]))


AnyTile = Tile | LogTile | RecordTile


def tile(panel: Panel, style: Presentation) -> AnyTile:
    """Return the widget for a panel."""
    match panel:
        case Records():
            return RecordTile(panel, style)
        case Logs():
            return LogTile(panel, style)
        case _:
            return Tile(panel, style)


def _columns(placed: Sequence[layout.Placed]) -> str:
    return " ".join(str(columns) for _, columns in placed)


class Page(VerticalScroll, can_focus=True):
    """A dashboard, laid out for the width of the screen."""

    def __init__(self, page: Dashboard, style: Presentation) -> None:
        super().__init__()
        self.page = page
        self._style = style
        self._answers: dict[int, Answer] = {}
        self._placed: list[list[layout.Placed]] = []

    def compose(self) -> ComposeResult:
        """Yield the headings, and each line of panels as a grid."""
        width = self._room()
        self._placed = []
        for row in self.page.rows:
            if row.title:
                yield Static(self._style.translate(row.title), classes="heading")
            for placed in layout.lines(row, width, self._style):
                self._placed.append(placed)
                high = max(layout.height(panel) for panel, _ in placed)
                line = Grid(*(tile(panel, self._style) for panel, _ in placed), classes="line")
                line.styles.grid_size_columns = len(placed)
                line.styles.grid_columns = _columns(placed)
                line.styles.height = high
                yield line

    async def on_resize(self, _: Resize) -> None:
        """Update the layout when the width has changed."""
        width = self._room()
        placed = [line for row in self.page.rows for line in layout.lines(row, width, self._style)]
        if placed == self._placed:
            return
        if [[panel.id for panel, _ in line] for line in placed] == [
            [panel.id for panel, _ in line] for line in self._placed
        ]:
            self._placed = placed
            for line, panels in zip(self.query(".line"), placed, strict=True):
                line.styles.grid_columns = _columns(panels)
            return
        await self.recompose()
        self.show(self._answers)

    def show(self, answers: dict[int, Answer]) -> None:
        """Give each tile its answer."""
        self._answers = answers
        for child in self.tiles():
            answer = answers.get(child.panel.id)
            if answer is not None:
                child.show(answer)

    def tiles(self) -> list[AnyTile]:
        """Return the widgets of the panels."""
        return [child for child in self.query(".tile") if isinstance(child, AnyTile)]

    def _room(self) -> int:
        return max((self.size.width or self.app.size.width) - 1, 20)
