"""Actions of the screen that change its time range and its filters."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from textual.app import App

from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.time_ranges import TimeRange, parse_range
from logging_kit.time_zones import local_zone
from logging_kit.watch.dialogs import Choice, Question
from logging_kit.watch.filters import ALL, LEVELS, RANGES, View, format_range, only

_ALL: Final = "all"
_DAYS: Final = {"today": 0, "yesterday": 1}
_TYPED: Final = "from … to …"
_RANGE_HINT: Final = (
    "Such as 6h, today, 2026-11-20, 09:00..15:00 or 2026-11-20T22:00..2026-11-21T02:00"
)
Filter = Literal["app", "env", "bot", "symbol"]
_FIELDS: Final[dict[Filter, str]] = {
    "app": "app",
    "env": "env",
    "bot": "bot_name",
    "symbol": "symbol",
}


class Choices(App[None]):
    """An app with a view of some lines, which its reader changes.

    Args:
        engine: Knows the names to choose from.
        view: The filters at the start.
        clock: Returns the current time in ns since 1970-01-01 UTC.
    """

    def __init__(
        self, engine: DuckDBEngine, view: View, clock: Callable[[], int] = time.time_ns
    ) -> None:
        super().__init__()
        self.view = view
        self._engine = engine
        self._clock = clock

    def ask_again(self) -> None:
        """Query the dashboard on the screen with the view as it is now."""
        raise NotImplementedError

    def change(self, **values: object) -> None:
        """Change the view, and query again.

        Args:
            **values: New values of fields of the view.
        """
        self.view = replace(self.view, **values)  # type: ignore[arg-type]
        self.ask_again()

    def _change_range(self, chosen: TimeRange) -> None:
        self.change(span_s=chosen.span_s, until_ms=chosen.until_ms, days_ago=chosen.days_ago)

    def action_range(self) -> None:
        """Choose the time range."""
        now = _TYPED
        shown = self.view.range
        for word, chosen in _ranges().items():
            if chosen == shown:
                now = word
        self.push_screen(Choice("Time range", [*_ranges(), _TYPED], now), self._range)

    def _range(self, chosen: str | None) -> None:
        if chosen == _TYPED:
            self.push_screen(Question("Time range", _RANGE_HINT, ""), self._typed_range)
        elif chosen is not None:
            self._change_range(_ranges()[chosen])

    def _typed_range(self, text: str | None) -> None:
        if not text:
            return
        now = datetime.fromtimestamp(self._clock() / 1e9, UTC)
        try:
            chosen = parse_range(text, now, local_zone())
        except ValueError as error:
            self.notify(str(error), severity="error")
        else:
            self._change_range(chosen)

    def action_step(self, windows: int) -> None:
        """Go back or forth by a window; the newest window ends now.

        Args:
            windows: Number of windows; negative for earlier ones.
        """
        self._change_range(self.view.range.stepped(windows, self._clock() // 1_000_000))
        self.notify(format_range(self.view.range), timeout=2)

    def action_filter(self, name: Filter) -> None:
        """Choose one bot, symbol, app or environment, or all."""
        known = self._engine.values(_FIELDS[name])
        choices: Sequence[str] = known
        if name != "app":
            choices = [_ALL, *known]
        now = next((word for word in known if getattr(self.view, name) in (word, only(word))), _ALL)

        def chosen(word: str | None) -> None:
            if word is None:
                return
            value: Any = only(word)
            if name == "app":
                value = word
            elif word == _ALL and word not in known:
                value = ALL
            self.change(**{name: value})

        self.push_screen(Choice(name.capitalize(), choices, now), chosen)

    def action_level(self) -> None:
        """Choose the level of the lines in panels of lines."""
        now = next(word for word, level in LEVELS.items() if level == self.view.level)
        self.push_screen(Choice("Lines", list(LEVELS), now), self._level)

    def _level(self, chosen: str | None) -> None:
        if chosen is not None:
            self.change(level=LEVELS[chosen])

    def action_search(self) -> None:
        """Enter a text that the lines must contain."""
        hint = "Panels of lines show only lines that contain this text. Empty: all lines."
        self.push_screen(Question("Search", hint, self.view.search), self._search)

    def _search(self, text: str | None) -> None:
        if text is not None:
            self.change(search=text)


def _ranges() -> dict[str, TimeRange]:
    found = {word: TimeRange(days_ago=days) for word, days in _DAYS.items()}
    return found | {f"last {word}": TimeRange(span) for word, span in RANGES.items()}
