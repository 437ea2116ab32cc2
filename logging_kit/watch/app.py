"""The program of `logging-kit watch`: a tab for each dashboard, live."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Footer, Static, TabbedContent, TabPane

from logging_kit.console import escape
from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.dashboards.signal_trace import SIGNAL_TRACE, trace
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.own import all_dashboards
from logging_kit.panels.presentation import Presentation
from logging_kit.watch.answers import newest_signal
from logging_kit.watch.dialogs import About, Choice, Detail, Keys, Question
from logging_kit.watch.filters import ALL, LEVELS, RANGES, View, app_of, only
from logging_kit.watch.poller import Poller, Update
from logging_kit.watch.render import clock
from logging_kit.watch.widgets import LineSelected, Page, Tile

_ALL: Final = "all"
Filter = Literal["app", "env", "bot", "symbol"]
_FIELDS: Final[dict[Filter, str]] = {
    "app": "app",
    "env": "env",
    "bot": "bot_name",
    "symbol": "symbol",
}


class Watch(App[None]):
    """The dashboards over a log folder.

    Args:
        engine: Reads the folder; it is closed by whoever made it.
        folder: The folder, to be named.
        view: What is shown first.
        style: Language and colours.
        any_app: Whether another app may be shown when that of the view has no lines.
        first: The dashboard that is shown first.
        picture: Save one picture there as soon as all is read, and end.
        clock: Returns the end of the time range in ns since 1970-01-01 UTC; for tests and pictures.
    """

    CSS_PATH = "app.tcss"
    TITLE = "logging_kit"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [  # noqa: RUF012
        Binding("r", "range", "Range"),
        Binding("b", "filter('bot')", "Bot"),
        Binding("s", "filter('symbol')", "Symbol"),
        Binding("l", "level", "Level"),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("t", "trace", "Trace"),
        Binding("question_mark", "keys", "Keys", key_display="?"),
        Binding("q", "quit", "Quit"),
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
        ("r", "time range"),
        ("b s", "one bot, one symbol"),
        ("e a", "environment, app"),
        ("l", "level of the lines"),
        ("/", "text in the lines"),
        ("Tab", "next panel"),
        ("↑ ↓ Enter", "a line, in full"),
        ("t", "trace of a signal"),
        ("i", "what a panel means"),
        ("z", "panel alone, and back"),
        ("p", "hold the screen still"),
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
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        super().__init__()
        self.view = view
        self.paused = False
        self._engine = engine
        self._folder = folder
        self._style = style
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
        """Compose the status line, the tabs and the keys."""
        yield Static(id="status", markup=False)
        with TabbedContent(initial=self._first.uid):
            for number, page in enumerate(self._pages, 1):
                with TabPane(f"{number} {self._style.translate(page.title)}", id=page.uid):
                    yield Page(page, self._style)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to read."""
        with suppress(
            NotImplementedError, RuntimeError, ValueError
        ):  # Windows, and a thread that is not the main one
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self._ask()
        self._feed.start()

    def on_unmount(self) -> None:
        """End the thread that reads."""
        self._feed.end()

    # What is shown

    @property
    def page(self) -> Page:
        """The dashboard on the screen."""
        return self.query_one(f"#{self.query_one(TabbedContent).active} Page", Page)

    def on_tabbed_content_tab_activated(self, _: TabbedContent.TabActivated) -> None:
        """Ask what the other dashboard asks."""
        self._ask()

    def _ask(self) -> None:
        page = next(
            page
            for page in self._pages
            if page.uid == (self.query_one(TabbedContent).active or self._first.uid)
        )
        self._feed.ask(trace(self._trace or "") if page is SIGNAL_TRACE else page, self.view)
        self._say()

    def _receive(self, news: Update) -> None:
        """Show new answers; called on the poller's thread."""
        with suppress(RuntimeError):  # the program ends
            self.call_from_thread(self._show, news)

    def _failed(self, error: Exception) -> None:
        with suppress(RuntimeError):
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
            self._ask()
            return
        if (
            news.asked.page.uid == SIGNAL_TRACE.uid
            and self._trace is None
            and (newest := newest_signal(self._engine, self.view, news.end))
        ):
            self._trace = newest
            self._ask()
            return
        self._news, self._trouble = news, ""
        self._say()
        if news.asked.page.uid == self.page.page.uid:
            self.page.show(news.answers)
            if self._picture is not None and news.complete:
                self.call_after_refresh(self._save, self._picture)

    def _save(self, file: Path) -> None:
        self._picture = None
        try:
            file.write_text(
                self.export_screenshot(title=self._style.translate(self.page.page.title)),
                encoding="utf-8",
            )
        except OSError as error:
            self.exit(return_code=1, message=f"cannot write {file}: {error.strerror}")
        else:
            self.exit()

    def _say(self) -> None:
        """Return the top line: the filters, and the freshness of the screen."""
        news, rest = self._news, self.view.words
        if self._trouble:
            state = f"✘ {self._trouble}"
        elif news is None or not news.lines:
            if news is None or not news.complete:
                state = "reading …"
            else:
                state = f"no lines in {self._folder} yet, waiting for a bot"
        else:
            state = f"{'‖ paused' if self.paused else '● live'} {clock(news.end)}"
            rest.append(f"{news.lines:,} lines{'' if news.complete else ' and more to read …'}")
        if self.query_one(TabbedContent).active == SIGNAL_TRACE.uid:
            rest.insert(0, f"trace {self._trace or 'of no signal'}")
        unread = len(self._engine.problems.files)
        if unread:
            rest.insert(0, f"✘ {unread} {'file' if unread == 1 else 'files'} not read")
        self.query_one("#status", Static).update(escape(" · ".join([state, *rest])))

    # What is chosen

    def action_page(self, number: int) -> None:
        """Show the dashboard with this number."""
        self._go_to(self._pages[number - 1])

    def _go_to(self, page: Dashboard) -> None:
        if self.screen.maximized is not None:
            self.screen.minimize()
        self.set_focus(None)  # a focused tile would bring its own tab back
        self.query_one(TabbedContent).active = page.uid

    def action_range(self) -> None:
        """Choose how far back."""
        now = next((word for word, span in RANGES.items() if span == self.view.span_s), "24h")
        self.push_screen(Choice("Time range: the last …", list(RANGES), now), self._range)

    def _range(self, chosen: str | None) -> None:
        if chosen is not None:
            self._change(span_s=RANGES[chosen])

    def action_filter(self, name: Filter) -> None:
        """Choose one bot, symbol, app or environment, or all."""
        known = self._engine.values(_FIELDS[name])
        if name == "app":
            choices = known
        else:
            choices = [_ALL, *known]
        now = next((word for word in known if getattr(self.view, name) in (word, only(word))), _ALL)

        def chosen(word: str | None) -> None:
            if word is not None:
                value = only(word)
                if name == "app":
                    value = word
                elif word == _ALL and word not in known:
                    value = ALL
                self._change(**{name: value})

        self.push_screen(Choice(name.capitalize(), choices, now), chosen)

    def action_level(self) -> None:
        """Choose the level of the lines in panels of lines."""
        now = next(word for word, level in LEVELS.items() if level == self.view.level)
        self.push_screen(Choice("Lines", list(LEVELS), now), self._level)

    def _level(self, chosen: str | None) -> None:
        if chosen is not None:
            self._change(level=LEVELS[chosen])

    def action_search(self) -> None:
        """Type a text that the lines must contain."""
        hint = "Panels of lines show only those that contain this text. Empty: all."
        self.push_screen(Question("Search", hint, self.view.search), self._search)

    def _search(self, text: str | None) -> None:
        if text is not None:
            self._change(search=text)

    def action_trace(self) -> None:
        """Type the id of a signal, and see what followed from it."""
        self.push_screen(
            Question("Signal Trace", "The correlation_id of a signal.", self._trace or ""),
            self._follow,
        )

    def on_line_selected(self, event: LineSelected) -> None:
        """Show a line whole."""
        self.push_screen(Detail(event.line), self._follow)

    def _follow(self, correlation_id: str | None) -> None:
        if correlation_id:
            self._trace = correlation_id
            self._go_to(SIGNAL_TRACE)
            self._ask()

    def _change(self, **values: object) -> None:
        self.view = replace(self.view, **values)  # type: ignore[arg-type]
        self._ask()

    def action_about(self) -> None:
        """Say what the focused panel shows, and what "No data" means."""
        panel = getattr(self.focused, "panel", None)
        if panel is None:
            self.notify("Choose a panel with Tab or the mouse first.")
        else:
            self.push_screen(About(panel, self._style))

    def action_zoom(self) -> None:
        """Give the whole screen to the focused panel, or take it back."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        elif isinstance(self.focused, Tile) or getattr(self.focused, "panel", None) is not None:
            assert self.focused is not None
            self.screen.maximize(self.focused, container=False)
        else:
            self.notify("Choose a panel with Tab or the mouse first.")

    def action_pause(self) -> None:
        """Stay at this moment, or go on."""
        self.paused = not self.paused and self._news is not None
        self._feed.hold(self._news.end if self.paused and self._news is not None else None)
        self._ask()

    def action_keys(self) -> None:
        """Show what each key does."""
        self.push_screen(Keys(self.KEYS))
