"""The Textual app of `logging-kit watch`: one tab for each dashboard, live."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.events import Resize
from textual.widgets import Footer, Static, TabbedContent, TabPane

from logging_kit.escaping import escape
from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.dashboards.signal_trace import SIGNAL_TRACE, trace
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.own import all_dashboards
from logging_kit.panels.presentation import Presentation
from logging_kit.watch.answers import newest_signal
from logging_kit.watch.dialogs import Detail, Keys, Question
from logging_kit.watch.filters import View, app_of
from logging_kit.watch.layout import tab_titles
from logging_kit.watch.lines import clock
from logging_kit.watch.log_view import LogView
from logging_kit.watch.navigation import Navigation
from logging_kit.watch.poller import Poller, Update
from logging_kit.watch.traces import choose_id
from logging_kit.watch.widgets import LineSelected, Page

_STATES: Final = {True: "‖ paused", False: "● live"}


class Watch(Navigation):
    """The dashboards over a log folder.

    Args:
        engine: Reads the folder; the caller closes it.
        folder: The log folder, for messages.
        view: The filters at the start.
        style: Language and colours.
        any_app: Show the first app with lines if the app of the view has none.
        first: The dashboard at the start.
        picture: File for one picture; the app saves it when all lines are read, and exits.
        compared: Show how the numbers differ from those of the time range before.
        clock: Returns the current time in ns since 1970-01-01 UTC; for tests and pictures.
    """

    CSS_PATH = "app.tcss"
    TITLE = "logging_kit"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [  # noqa: RUF012
        Binding("down", "scroll(1)", "Scroll", key_display="↑↓"),
        Binding("r", "range", "Range"),
        Binding("b", "filter('bot')", "Bot"),
        Binding("s", "filter('symbol')", "Symbol"),
        Binding("l", "level", "Level", show=False),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("t", "trace", "Trace"),
        Binding("question_mark", "keys", "Keys", key_display="?"),
        Binding("q", "quit", "Quit"),
        Binding("up", "scroll(-1)", "Scroll up", show=False),
        Binding("pagedown,space", "scroll_page(1)", "Page down", show=False),
        Binding("pageup", "scroll_page(-1)", "Page up", show=False),
        Binding("home", "scroll_edge(-1)", "Top", show=False),
        Binding("end", "scroll_edge(1)", "End", show=False),
        Binding("escape", "leave", "Leave the panel", show=False),
        Binding("left_square_bracket", "step(-1)", "The window before", show=False),
        Binding("right_square_bracket", "step(1)", "The window after", show=False),
        Binding("c", "compare", "Compare", show=False),
        Binding("n", "next(1)", "Next match", show=False),
        Binding("N", "next(-1)", "Previous match", show=False),
        Binding("o", "next_log", "Next panel of lines", show=False),
        Binding("v", "log_view", "View the lines", show=False),
        Binding("i", "about", "About the panel", show=False),
        Binding("z", "zoom", "Zoom the panel", show=False),
        Binding("p", "pause", "Pause", show=False),
        Binding("a", "filter('app')", "App", show=False),
        Binding("e", "filter('env')", "Env", show=False),
        *(
            Binding(str(n), f"page({n})", page.title, show=False)
            for n, page in enumerate(DASHBOARDS, 1)
        ),
    ]
    KEYS: Final = (
        ("1 … 9", "the dashboards"),
        ("↑ ↓ PgDn", "scroll"),
        ("r", "time range"),
        ("[ ]", "a window back, forth"),
        ("c", "compare, or do not"),
        ("b s", "one bot, one symbol"),
        ("e a", "environment, app"),
        ("l", "level of the lines"),
        ("/", "text in the lines"),
        ("n N", "next match, previous"),
        ("o Tab", "next lines, next panel"),
        ("Enter", "a line, in full"),
        ("v", "lines on the screen alone"),
        ("t", "trace of a signal"),
        ("i", "what a panel means"),
        ("z", "panel alone, and back"),
        ("p", "pause, and continue"),
        ("Esc", "leave a panel"),
        ("?", "these keys"),
        ("q", "quit"),
    )

    def __init__(
        self,
        engine: DuckDBEngine,
        folder: Path,
        view: View,
        style: Presentation,
        *,
        any_app: bool = True,
        first: Dashboard = DASHBOARDS[0],
        picture: Path | None = None,
        compared: bool = True,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        super().__init__(engine, view, style, clock)
        self.paused = False
        self._compared = compared
        self._folder = folder
        self._any_app = any_app
        self._pages = all_dashboards()
        for number in range(len(DASHBOARDS) + 1, min(len(self._pages), 9) + 1):
            self.bind(str(number), f"page({number})", show=False)
        self._first = first
        self._picture = picture
        self._trace: str | None = None
        self._feed = Poller(engine, self._receive, self._failed, clock)
        self._news: Update | None = None
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """Yield the status line, the tabs and the keys."""
        yield Static(id="status", markup=False)
        with TabbedContent(initial=self._first.uid):
            for number, page in enumerate(self._pages, 1):
                with TabPane(f"{number} {self.presentation.translate(page.title)}", id=page.uid):
                    yield Page(page, self.presentation)
        yield Footer()

    def on_mount(self) -> None:
        """Start the poller."""
        with suppress(
            NotImplementedError, RuntimeError, ValueError
        ):  # Windows, and a thread that is not the main one
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self.ask_again()
        self._feed.start()

    def on_unmount(self) -> None:
        """End the poller."""
        self._feed.end()

    # The screen

    @property
    def page(self) -> Page:
        """The dashboard on the screen."""
        return self.query_one(f"#{self.query_one(TabbedContent).active} Page", Page)

    def on_tabbed_content_tab_activated(self, _: TabbedContent.TabActivated) -> None:
        """Query the dashboard of the new tab."""
        self.ask_again()

    def on_resize(self, event: Resize) -> None:
        """Shorten the titles of the tabs if they do not fit."""
        titles = [self.presentation.translate(page.title) for page in self._pages]
        tabs = self.query_one(TabbedContent)
        for page, title in zip(self._pages, tab_titles(titles, event.size.width), strict=True):
            tabs.get_tab(page.uid).label = title

    def ask_again(self) -> None:
        """Query the dashboard on the screen with the view as it is now."""
        page = next(
            page
            for page in self._pages
            if page.uid == (self.query_one(TabbedContent).active or self._first.uid)
        )
        if page is SIGNAL_TRACE:
            page = trace(self._trace or "")
        self._feed.ask(page, self.view, compared=self._compared)
        self._say()

    def _receive(self, news: Update) -> None:
        """Show new answers; the poller calls this on its own thread."""
        with suppress(RuntimeError, NoMatches):  # the app is exiting
            self.call_from_thread(self._show, news)

    def _failed(self, error: Exception) -> None:
        with suppress(RuntimeError, NoMatches):
            self.call_from_thread(self._show_trouble, f"{type(error).__name__}: {error}")

    def _show_trouble(self, text: str) -> None:
        self._trouble = text
        self._say()

    def _show(self, news: Update) -> None:
        if (
            self._any_app
            and (app := app_of(self._engine.values("app"), self.view.app)) != self.view.app
        ):
            self.view = replace(self.view, app=app)
            self.ask_again()
            return
        if (
            news.asked.page.uid == SIGNAL_TRACE.uid
            and self._trace is None
            and (newest := newest_signal(self._engine, self.view, news.end))
        ):
            self._trace = newest
            self.ask_again()
            return
        self._news, self._trouble = news, ""
        self._say()
        if news.asked.page.uid == self.page.page.uid:
            self.answers = news.answers
            self.page.show(news.answers)
            self._show_lines(news)
            if self._picture is not None and news.complete:
                self.call_after_refresh(self._save, self._picture)
                self._picture = None

    def _show_lines(self, news: Update) -> None:
        """Show new lines in the view of one panel, if it is open."""
        for screen in self.screen_stack:
            if isinstance(screen, LogView) and screen.panel.id in news.answers:
                screen.show(news.answers[screen.panel.id])

    def _save(self, file: Path) -> None:
        if not all(child.is_drawn for child in self.page.tiles()):
            self.call_after_refresh(self._save, file)
            return
        try:
            file.write_text(
                self.export_screenshot(title=self.presentation.translate(self.page.page.title)),
                encoding="utf-8",
            )
        except OSError as error:
            self.exit(return_code=1, message=f"cannot write {file}: {error.strerror}")
        else:
            self.exit()

    def _say(self) -> None:
        """Update the status line: state, time, filters, and faults."""
        news, rest = self._news, self.view.words
        if self._trouble:
            state = f"✘ {self._trouble}"
        elif news is None or not news.lines:
            state = "reading …"
            if news is not None and news.complete:
                state = f"no lines in {self._folder} yet, waiting for a bot"
        else:
            state = f"{_STATES[self.paused]} {clock(news.end)}"
            rest.append(f"{news.lines:,} lines")
            if not news.complete:
                rest.append("reading more …")
        if self.query_one(TabbedContent).active == SIGNAL_TRACE.uid:
            rest.insert(0, f"trace {self._trace or 'of no signal'}")
        unread = len(self._engine.problems.files)
        if unread == 1:
            rest.insert(0, "✘ 1 file not read")
        elif unread:
            rest.insert(0, f"✘ {unread} files not read")
        self.query_one("#status", Static).update(escape(" · ".join([state, *rest])))

    # Choices

    def action_page(self, number: int) -> None:
        """Show the dashboard with this number."""
        self._go_to(self._pages[number - 1])

    def _go_to(self, page: Dashboard) -> None:
        if self.screen.maximized is not None:
            self.screen.minimize()
        self.set_focus(None)  # a focused tile would activate its own tab again
        self.query_one(TabbedContent).active = page.uid

    def action_trace(self) -> None:
        """Enter the correlation id of a signal, and show its trace."""
        hint = "The correlation_id of a signal, or an end of it."
        self.push_screen(Question("Signal Trace", hint, self._trace or ""), self._follow)

    def on_line_selected(self, event: LineSelected) -> None:
        """Show a line in full."""
        self.push_screen(Detail(event.line), self._follow)

    def _follow(self, correlation_id: str | None) -> None:
        if correlation_id:
            self._trace = choose_id(self._engine, correlation_id, self.notify)
            self._go_to(SIGNAL_TRACE)
            self.ask_again()

    def action_compare(self) -> None:
        """Compare with the time range before, or stop it."""
        self._compared = not self._compared
        self.ask_again()

    def action_pause(self) -> None:
        """Pause at the time of the screen, or continue."""
        if self.paused or self._news is None:
            self.paused = False
            self._feed.hold(None)
        else:
            self.paused = True
            self._feed.hold(self._news.end)
        self.ask_again()

    def action_keys(self) -> None:
        """Show the keys."""
        self.push_screen(Keys(self.KEYS))
