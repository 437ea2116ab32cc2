"""One panel of lines on the whole screen, with a search."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer, Static

from logging_kit.escaping import escape
from logging_kit.panels.panel import Logs
from logging_kit.panels.presentation import Presentation
from logging_kit.watch.answers import Answer
from logging_kit.watch.dialogs import Question
from logging_kit.watch.widgets import LogTile


class LogView(Screen[None]):
    """The lines of a panel, live, each as long as it is.

    Args:
        panel: The panel.
        style: Language and colours.
        text: The text to search for.
    """

    BINDINGS = [  # noqa: RUF012 - Textual expects a list
        Binding("escape,q,v", "dismiss", "Close", key_display="Esc"),
        Binding("slash", "find", "Find", key_display="/"),
        Binding("n", "next(1)", "Next"),
        Binding("N", "next(-1)", "Previous"),
        Binding("g,home", "edge(-1)", "Top", key_display="g"),
        Binding("G,end", "edge(1)", "End", key_display="G"),
    ]

    def __init__(self, panel: Logs, style: Presentation, text: str = "") -> None:
        super().__init__()
        self.panel = panel
        self._style = style
        self._text = text

    def compose(self) -> ComposeResult:
        """Yield the title, the lines and the keys."""
        yield Static(classes="full-title", markup=False)
        lines = LogTile(self.panel, self._style)
        lines.add_class("full")
        yield lines
        yield Footer()

    def on_mount(self) -> None:
        """Show the title."""
        self.query_one(LogTile).focus()
        self._say()

    def show(self, answer: Answer) -> None:
        """Show an answer."""
        self.query_one(LogTile).show(answer)
        self._say()

    def _say(self) -> None:
        count = len(self.query_one(LogTile).log_lines)
        words = [self._style.translate(self.panel.title), f"{count:,} lines"]
        if self._text:
            words.append(f"find {self._text!r}")
        self.query_one(".full-title", Static).update(escape(" · ".join(words)))

    def action_find(self) -> None:
        """Enter a text, and go to the next line that contains it."""
        self.app.push_screen(
            Question("Find", "n and N go to the next match.", self._text), self._find
        )

    def _find(self, text: str | None) -> None:
        if text is None:
            return
        self._text = text
        self._say()
        if text:
            self.action_next(1)

    def action_next(self, step: int) -> None:
        """Go to the next line that contains the text, or to the previous one.

        Args:
            step: 1 to go down, -1 to go up.
        """
        if not self._text:
            self.notify("Press / and type a text first.")
        elif not self.query_one(LogTile).find(self._text, step):
            self.notify(f"No more lines contain {self._text!r}.", markup=False)

    def action_edge(self, side: int) -> None:
        """Go to the first line or to the last one."""
        lines = self.query_one(LogTile)
        if side < 0:
            lines.action_first()
        else:
            lines.action_last()
