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

from logging_kit.console import escape, render
from logging_kit.panels.engine.engine import Line
from logging_kit.panels.panel import Panel
from logging_kit.panels.presentation import Presentation
from logging_kit.watch.answers import fields

_CLOSE: Final = Binding("escape,q", "dismiss", "Close")
_SHOWN_BELOW: Final = ("exception", "stack")


class Detail(ModalScreen[str | None]):
    """All fields of a line, and its traceback.

    Returns the correlation id if its trace is asked for.
    """

    BINDINGS = [  # noqa: RUF012 - Textual's way
        _CLOSE,
        Binding("t", "trace", "Trace its signal"),
        Binding("c", "copy", "Copy the line"),
    ]

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line
        self._fields = fields(line.text)

    def compose(self) -> ComposeResult:
        """Compose the fields, with the traceback below."""
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
            if name not in _SHOWN_BELOW:
                grid.add_row(
                    Text(escape(name)),
                    Text(escape(value if isinstance(value, str) else orjson.dumps(value).decode())),
                )
        _, _, below = render(self._fields, True).partition("\n")
        if below:
            return Group(grid, Text.from_ansi(f"\n{below}"))
        return grid

    def action_trace(self) -> None:
        """Show what followed from the signal that this line belongs to."""
        correlation_id = str(self._fields.get("correlation_id") or "")
        if correlation_id:
            self.dismiss(correlation_id)
        else:
            self.notify(
                "This line belongs to no signal: it has no correlation_id.", severity="warning"
            )

    def action_copy(self) -> None:
        """Copy the line as it stands in the file (OSC 52: the terminal decides)."""
        self.app.copy_to_clipboard(self._line.text)
        self.notify("Copied, if this terminal allows it.")


class About(ModalScreen[None]):
    """Description of a panel: its meaning, its source, and the meaning of "No data"."""

    BINDINGS = [_CLOSE]  # noqa: RUF012

    def __init__(self, panel: Panel, style: Presentation) -> None:
        super().__init__()
        self._panel = panel
        self._style = style

    def compose(self) -> ComposeResult:
        """Compose the panel's description."""
        with VerticalScroll(classes="dialog small") as dialog:
            dialog.border_title = self._style.translate(self._panel.title)
            yield Static(Text(self._panel.describe(self._style.translate).replace("**", "")))
        yield Footer()


class Keys(ModalScreen[None]):
    """The keys and their effects."""

    BINDINGS = [_CLOSE, Binding("question_mark", "dismiss", show=False)]  # noqa: RUF012

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Compose the keys, two on a line."""
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
        """Compose the choices."""
        with Vertical(classes="dialog choice") as dialog:
            dialog.border_title = self._title
            yield OptionList(*(Option(Text(escape(choice))) for choice in self._choices))
        yield Footer()

    def on_mount(self) -> None:
        """Begin at what is chosen now."""
        options = self.query_one(OptionList)
        if self._chosen in self._choices:
            options.highlighted = self._choices.index(self._chosen)
        else:
            options.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the choice."""
        self.dismiss(self._choices[event.option_index])


class Question(ModalScreen[str | None]):
    """A box to type in; Enter returns the text, Escape nothing."""

    BINDINGS = [Binding("escape", "dismiss", "Leave as it was")]  # noqa: RUF012

    def __init__(self, title: str, hint: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._hint = hint
        self._text = text

    def compose(self) -> ComposeResult:
        """Compose the box."""
        with Vertical(classes="dialog choice") as dialog:
            dialog.border_title = self._title
            yield Label(self._hint, classes="hint")
            yield Input(self._text)
        yield Footer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the text."""
        self.dismiss(event.value.strip())
