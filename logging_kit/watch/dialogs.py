"""Dialogs over a dashboard: one line in full, the description of a panel, a choice, a text box."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

import orjson
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from logging_kit.console import render
from logging_kit.escaping import escape
from logging_kit.panels.engine.engine import Line
from logging_kit.panels.panel import Panel
from logging_kit.panels.presentation import Presentation
from logging_kit.watch.answers import fields

_CLOSE: Final = Binding("escape,q", "dismiss", "Close")
_SHOWN_BELOW: Final = ("exception", "stack")


class Detail(ModalScreen[str | None]):
    """All fields of a line, and its traceback.

    Returns the correlation id when the user asks for its trace.
    """

    BINDINGS = [  # noqa: RUF012 - Textual expects a list
        _CLOSE,
        Binding("t", "trace", "Trace its signal"),
        Binding("c", "copy", "Copy the line"),
    ]

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line
        self._fields = fields(line.text)

    def compose(self) -> ComposeResult:
        """Yield the fields, and under them the traceback."""
        with VerticalScroll(classes="dialog") as dialog:
            event = escape(str(self._fields.get("event", "line")))
            dialog.border_title = Text(f"{event} · {escape(self._line.job)}")
            yield Static(self._content())
        yield Footer()

    def _content(self) -> RenderableType:
        grid = Grid.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in self._fields.items():
            if name in _SHOWN_BELOW:
                continue
            if not isinstance(value, str):
                value = orjson.dumps(value).decode()
            grid.add_row(Text(escape(name)), Text(escape(value)))
        _, _, below = render(self._fields, True).partition("\n")
        if not below:
            return grid
        return Group(grid, Text.from_ansi(f"\n{below}"))

    def action_trace(self) -> None:
        """Show the trace of the signal that this line belongs to."""
        correlation_id = str(self._fields.get("correlation_id") or "")
        if correlation_id:
            self.dismiss(correlation_id)
        else:
            self.notify(
                "This line belongs to no signal: it has no correlation_id.", severity="warning"
            )

    def action_copy(self) -> None:
        """Copy the line as it is in the file, by OSC 52, which a terminal may ignore."""
        self.app.copy_to_clipboard(self._line.text)
        self.notify("Copied, if this terminal allows it.")


class About(ModalScreen[None]):
    """The description of a panel: meaning, source, and the reasons for "No data"."""

    BINDINGS = [_CLOSE]  # noqa: RUF012

    def __init__(self, panel: Panel, style: Presentation) -> None:
        super().__init__()
        self._panel = panel
        self._style = style

    def compose(self) -> ComposeResult:
        """Yield the description."""
        with VerticalScroll(classes="dialog small") as dialog:
            dialog.border_title = self._style.translate(self._panel.title)
            yield Static(Text(self._panel.describe(self._style.translate).replace("**", "")))
        yield Footer()


class Keys(ModalScreen[None]):
    """The keys and their actions."""

    BINDINGS = [_CLOSE, Binding("question_mark", "dismiss", show=False)]  # noqa: RUF012

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Yield the keys, two on each line."""
        grid = Grid.grid(padding=(0, 2))
        for _ in range(2):
            grid.add_column(style="bold", no_wrap=True)
            grid.add_column(no_wrap=True)
        half = (len(self._keys) + 1) // 2
        for left, right in zip_longest(self._keys[:half], self._keys[half:], fillvalue=("", "")):
            grid.add_row(*left, *right)
        with Vertical(classes="dialog small") as dialog:
            dialog.border_title = "Keys"
            yield Static(grid)
        yield Footer()


class Choice(ModalScreen[str | None]):
    """One of several; the last one that was chosen is where the cursor stands."""

    BINDINGS = [_CLOSE]  # noqa: RUF012

    def __init__(self, title: str, choices: Sequence[str], chosen: str) -> None:
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """Yield the choices."""
        with Vertical(classes="dialog choice") as dialog:
            dialog.border_title = self._title
            yield OptionList(*(Option(Text(escape(choice))) for choice in self._choices))
        yield Footer()

    def on_mount(self) -> None:
        """Move the cursor to the current choice."""
        highlighted = 0
        if self._chosen in self._choices:
            highlighted = self._choices.index(self._chosen)
        self.query_one(OptionList).highlighted = highlighted

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the choice."""
        self.dismiss(self._choices[event.option_index])


class Question(ModalScreen[str | None]):
    """A text box; Enter returns the text, Escape nothing."""

    BINDINGS = [Binding("escape", "dismiss", "Leave as it was")]  # noqa: RUF012

    def __init__(self, title: str, hint: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._hint = hint
        self._text = text

    def compose(self) -> ComposeResult:
        """Yield the hint and the text box."""
        with Vertical(classes="dialog choice") as dialog:
            dialog.border_title = self._title
            yield Label(self._hint, classes="hint")
            yield Input(self._text)
        yield Footer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the text."""
        self.dismiss(event.value.strip())
