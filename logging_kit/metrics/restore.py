"""Counts of earlier runs: read from the segments at the start, and kept beside them.

The log is the durable store of what happened, so a restart need not reset a counter. `Counts` adds
up the lines of a bot up to a place, and writes the sums and that place into a small file. The next
start reads only what follows. The file also outlives the segments that retention deletes: without
it a count would fall, and Prometheus would take the rest of it as new.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

from ..events.catalogue import CATALOGUE
from ..store.reader import iter_lines
from .observer import Observer
from .values import Values

FOLDER: Final = "metrics"
"""Folder of the file, inside the log folder."""

_VERSION: Final = 1
_MOST_RUNS: Final = 500
_LONGEST_NAME: Final = 100


class Counts:
    """The counts of a bot up to a place in its lines.

    Args:
        directory: The log folder.
        app: Label `app` of the bot.
        env: Label `env` of the bot.
        bot_name: Name of the bot.
        mask: Hides secrets in the values of labels.

    Attributes:
        values: The counts.
        lines: Lines that were counted since the process started.
    """

    def __init__(
        self, directory: Path, app: str, env: str, bot_name: str, mask: Callable[[str], str]
    ) -> None:
        self.values = Values(bot_name)
        self.lines = 0
        self._directory = directory
        self._identity = (app, env, bot_name)
        self._mask = mask
        self._places: dict[str, int] = {}
        self._homes: dict[str, str] = {}
        self._since = ""

    @property
    def path(self) -> Path:
        """The file that keeps the counts."""
        name = "-".join(self._identity).encode()
        safe = "".join(chr(c) if chr(c).isalnum() and c < 128 else f"_{c:02x}" for c in name)
        return self._directory / FOLDER / f"{safe[:_LONGEST_NAME]}.json"

    def load(self) -> bool:
        """Read the file; return False if there is none that fits."""
        try:
            saved = orjson.loads(self.path.read_bytes())
            if saved["v"] != _VERSION or tuple(saved["bot"]) != self._identity:
                return False
            places = {str(run): int(seq) for run, seq in saved["places"].items()}
            homes = {str(run): str(name) for run, name in saved["homes"].items()}
            values = Values(self._identity[2])
            values.load(saved["values"])
            self._since = str(saved["since"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        self._places, self._homes, self.values = places, homes, values
        return True

    def advance(
        self,
        *,
        without: tuple[str, str] = ("", ""),
        before: str = "",
        stopped: Callable[[], bool] = bool,
    ) -> bool:
        """Count the lines that follow.

        Args:
            without: A run whose lines are left out from a time on (RFC 3339), because they are
                counted as they are written.
            before: Time after which lines stay for the next time, as RFC 3339: the streams of a
                run that is alive reach their segments one after the other.
            stopped: Returns True when the work is to be given up.

        Returns:
            False if it was given up; the counts are useless then.
        """
        observer = Observer(
            self._identity[2], self._mask, accumulates_only=True, values=self.values
        )
        app, env, bot_name = self._identity
        newest = self._since
        places: dict[str, int] = {}
        for line in iter_lines(self._directory, archive=True, since=self._since):
            if stopped():
                return False
            if before and line.place.timestamp >= before:
                break
            run_id, seq = line.place.run_id, line.place.seq
            if not line.is_own or seq <= self._places.get(run_id, 0):
                continue
            if run_id == without[0] and line.place.timestamp >= without[1]:
                continue
            try:
                fields = orjson.loads(line.data)
            except ValueError:
                continue
            places[run_id] = max(seq, places.get(run_id, 0))
            newest = max(newest, line.place.timestamp)
            name = str(fields.get("event", ""))
            if name == "LIFECYCLE" and fields.get("phase") == "startup":
                self._homes[run_id] = str(fields.get("bot_name", ""))
            home = self._homes.get(run_id, fields.get("bot_name"))
            if fields.get("app") == app and fields.get("env") == env and home == bot_name:
                observer.observe(str(fields.get("level", "")), CATALOGUE.get(name), fields)
                self.lines += 1
        with observer.lock:
            observer.collect()
        self._places = dict(sorted({**self._places, **places}.items())[-_MOST_RUNS:])
        self._homes = {run: self._homes[run] for run in self._places if run in self._homes}
        self._since = newest
        return True

    def save(self) -> None:
        """Write the file, so that no reader sees a part of it.

        Raises:
            OSError: If it cannot be written.
        """
        content: dict[str, Any] = {
            "v": _VERSION,
            "bot": self._identity,
            "since": self._since,
            "places": self._places,
            "homes": self._homes,
            "values": self.values.dump(),
        }
        self.path.parent.mkdir(mode=0o750, exist_ok=True)
        part = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            part.write_bytes(orjson.dumps(content))
            part.replace(self.path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
