"""Memory queue of entries, bounded in lines and in bytes."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Final, Literal

from ..exceptions import SettingsError
from .entry import Entry
from .options import SenderOptions

DropPolicy = Literal["drop_oldest", "drop_newest", "block"]

_POLICIES: Final = ("drop_oldest", "drop_newest", "block")
_BLOCK_STEP_S: Final = 0.005


class EntryQueue:
    """Entries between the threads that log and the one that sends.

    Args:
        max_lines: Most lines that wait.
        max_bytes: Most bytes that wait.
        policy: `drop_oldest` and `drop_newest` drop a line when there is no room; `block` waits
            for room first, then drops the new line.
        block_s: Longest wait of `block`, in seconds.
        sleep: Waits for so many seconds.

    Raises:
        SettingsError: If a value is impossible.
    """

    def __init__(
        self,
        max_lines: int,
        max_bytes: int,
        policy: DropPolicy,
        block_s: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if policy not in _POLICIES:
            raise SettingsError(f"policy={policy!r} is not one of {', '.join(_POLICIES)}")
        if max_lines < 1 or max_bytes < 1:
            raise SettingsError("a queue needs room for a line: max_lines and max_bytes above 0")
        self._max_lines, self._max_bytes = max_lines, max_bytes
        self._policy, self._block_s, self._sleep = policy, block_s, sleep
        self.dropped: Counter[str] = Counter()
        # reentrant: a signal handler may log while its thread is in `put`
        self._lock = threading.RLock()
        self._entries: deque[tuple[Entry, int]] = deque()
        self._in_flight_lines = 0
        self._in_flight_bytes = 0
        self.lines = 0
        self.bytes = 0

    def successor(self) -> EntryQueue:
        """Return an empty queue with the same bounds and counters, and a lock of its own."""
        queue = EntryQueue(
            self._max_lines, self._max_bytes, self._policy, self._block_s, self._sleep
        )
        queue.dropped = self.dropped
        return queue

    def __len__(self) -> int:
        return self.lines

    def has_batch(self, options: SenderOptions) -> bool:
        """Return True if the entries fill a request."""
        return self.lines >= options.batch_lines or self.bytes >= options.batch_bytes

    def put(self, entry: Entry) -> bool:
        """Add an entry; return False if it was dropped."""
        size = entry.size
        with self._lock:
            if self.lines < self._max_lines and self.bytes + size <= self._max_bytes:
                self._append(entry, size)
                return True
            if self._policy == "drop_oldest":
                return self._replace_oldest(entry, size)
            if self._policy == "drop_newest":
                self.dropped["queue_full"] += 1
                return False
        return self._wait_for_room(entry, size)

    def take(self, lines: int, size: int) -> list[Entry]:
        """Take entries for one push; they count as waiting until `settle`.

        Args:
            lines: Most lines.
            size: Most bytes; a single entry may be larger.
        """
        taken: list[Entry] = []
        total = 0
        with self._lock:
            while self._entries and len(taken) < lines:
                entry, added = self._entries[0]
                if taken and total + added > size:
                    break
                self._entries.popleft()
                taken.append(entry)
                total += added
            self._in_flight_lines, self._in_flight_bytes = len(taken), total
        return taken

    def settle(self, pending: Sequence[Entry]) -> None:
        """End a push: free the room of what was taken, and put back what has to be pushed again."""
        with self._lock:
            self.bytes -= self._in_flight_bytes
            self.lines -= self._in_flight_lines
            self._in_flight_lines = self._in_flight_bytes = 0
            for entry in reversed(pending):
                size = entry.size
                self._entries.appendleft((entry, size))
                self.lines += 1
                self.bytes += size

    def _has_room(self, size: int) -> bool:
        return self.lines < self._max_lines and self.bytes + size <= self._max_bytes

    def _replace_oldest(self, entry: Entry, size: int) -> bool:
        """Drop the oldest entries that are not in flight until the new one has room."""
        while self._entries and not self._has_room(size):
            _, freed = self._entries.popleft()
            self.lines -= 1
            self.bytes -= freed
            self.dropped["queue_full"] += 1
        if not self._has_room(size):
            self.dropped["queue_full"] += 1
            return False
        self._append(entry, size)
        return True

    def _append(self, entry: Entry, size: int) -> None:
        self._entries.append((entry, size))
        self.lines += 1
        self.bytes += size

    def _wait_for_room(self, entry: Entry, size: int) -> bool:
        end = time.monotonic() + self._block_s
        while True:
            with self._lock:
                if self._has_room(size):
                    self._append(entry, size)
                    return True
                if time.monotonic() >= end:
                    self.dropped["queue_full"] += 1
                    return False
            self._sleep(_BLOCK_STEP_S)
