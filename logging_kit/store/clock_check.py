"""A check of the clock before lines are deleted by age.

A clock that is years ahead makes every line look old. A jump over days is therefore believed only
after a second start has seen it too, or after a person has confirmed it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

from .filesystem import open_fd, open_to_read

JUMP_S: Final = 2 * 86_400.0
"""Difference, in seconds, between the clock and the newest known time that counts as a jump."""

STATE: Final = ".retention.json"
NOTE: Final = "clock-jumped.txt"
_LARGEST: Final = 4_096


class ClockCheck:
    """Tells whether the clock can be trusted to say that a line is old.

    Args:
        directory: The log folder, which keeps the state between starts.
        newest: Returns the time of the newest line that an earlier process wrote, in seconds since
            1970-01-01 UTC, or `None` if there is none. It is called at once when there is no state
            yet, because later this process has closed segments of its own: a simulation gives them
            times of its choice, which say nothing about the system's clock.
        warn: Called with a sentence when the clock has jumped.
    """

    def __init__(
        self,
        directory: Path,
        newest: Callable[[], float | None],
        warn: Callable[[str], None],
    ) -> None:
        self._directory = directory
        self._newest = newest
        self._warn = warn
        self._asked = False
        self._newest_before: float | None = None
        if _number(self._read().get("seen")) is None:
            with suppress(OSError):  # `is_trusted` asks again
                self._newest_before = newest()
                self._asked = True
        self._start = os.urandom(8).hex()
        self._warned = False

    def is_trusted(self, now: float) -> bool:
        """Return True if lines may be deleted by age.

        Args:
            now: The clock, in seconds since 1970-01-01 UTC.

        Raises:
            OSError: When the state cannot be written.
        """
        state = self._read()
        seen = _number(state.get("seen"))
        if seen is None:
            if self._asked:
                seen = self._newest_before
            else:
                seen = self._newest()
        if seen is None or abs(now - seen) <= JUMP_S or self._is_confirmed(state, seen, now):
            with suppress(OSError):
                (self._directory / NOTE).unlink(missing_ok=True)
            self._write({"seen": now})
            return True
        jump = state.get("jump")
        if not isinstance(jump, dict) or jump.get("start") != self._start:
            self._write({"seen": seen, "jump": {"to": now, "start": self._start}})
        self._tell(seen, now)
        return False

    def _is_confirmed(self, state: dict[str, Any], seen: float, now: float) -> bool:
        jump = state.get("jump")
        if not isinstance(jump, dict):
            return False
        to = _number(jump.get("to"))
        if to is None:
            return False
        # the clock still shows the time of the jump, or a later one
        if to > seen:
            agrees = now >= to - JUMP_S
        else:
            agrees = now <= to + JUMP_S
        by_person = not os.path.lexists(self._directory / NOTE)
        return agrees and (by_person or jump.get("start") != self._start)

    def _tell(self, seen: float, now: float) -> None:
        note = self._directory / NOTE
        text = (
            f"the clock says {_utc(now)}, but the newest known line is of {_utc(seen)}: no line is "
            f"deleted by age until the bot has started again, or until you remove {note}"
        )
        if not os.path.lexists(note):
            _replace(note, f"{text}\n".encode())
        if not self._warned:
            self._warned = True
            self._warn(text)

    def _read(self) -> dict[str, Any]:
        try:
            with open_to_read(self._directory / STATE) as file:
                if not _is_own(file.fileno()):
                    return {}
                state = orjson.loads(file.read(_LARGEST))
        except (OSError, ValueError):
            return {}
        if isinstance(state, dict):
            return state
        return {}

    def _write(self, state: dict[str, Any]) -> None:
        _replace(self._directory / STATE, orjson.dumps(state))


def _is_own(fd: int) -> bool:
    return not hasattr(os, "geteuid") or os.fstat(fd).st_uid == os.geteuid()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _replace(path: Path, data: bytes) -> None:
    """Write a small file in one step."""
    new = path.with_name(f".{path.name.lstrip('.')}.{os.getpid()}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    fd = open_fd(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)
    new.replace(path)


def _utc(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f} s after 1970"
