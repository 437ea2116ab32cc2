"""A summary of the lines that were shown."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Final

from ..console.values import format_seconds
from ..escaping import escape
from ..events.model import LEVELS

_WORDS: Final = re.compile(rb'"(level|event|run_id)": ?"([^"\\]{1,100})"')
_MOST_EVENTS: Final = 6


class Summary:
    """Counts lines by level and event."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._lines = 0
        self._found: dict[bytes, Counter[str]] = {
            b"level": Counter(),
            b"event": Counter(),
            b"run_id": Counter(),
        }

    def add(self, line: bytes) -> None:
        """Count a line."""
        self._lines += 1
        for name, word in _WORDS.findall(line):
            self._found[name][word.decode("utf-8", "replace")] += 1

    def text(self) -> str:
        """Return the summary in one sentence.

        Example:
            >>> summary = Summary()
            >>> summary.add(b'{"level":"error","event":"ERROR"}')
            >>> summary.text()
            '1 line in 0s: 1 error; ERROR 1'
        """
        lines = f"{self._lines:,} line{'s' * (self._lines != 1)}"
        parts = []
        levels = self._found[b"level"]
        worst = [
            f"{levels[name]:,} {name}{'s' * (levels[name] != 1 and name != 'critical')}"
            for name in reversed(list(LEVELS))
            if levels[name] and LEVELS[name] >= LEVELS["warning"]
        ]
        if worst:
            parts.append(", ".join(worst))
        events = self._found[b"event"].most_common(_MOST_EVENTS)
        if events:
            parts.append(", ".join(f"{escape(name)} {count:,}" for name, count in events))
        runs = len(self._found[b"run_id"])
        if runs > 1:
            parts.append(f"{runs:,} runs")
        seconds = format_seconds(round(time.monotonic() - self._begun))
        return f"{lines} in {seconds}{': ' * bool(parts)}{'; '.join(parts)}"
