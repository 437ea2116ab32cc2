"""The account of lost lines: their number, the reasons, and the note in the next line."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import suppress


class LossAccount:
    """Counts lines that no segment gets; changed under the store's lock, except for `refuse`.

    Attributes:
        dropped: Lost lines by reason.
        unreported: Lines lost since the last one that was kept, which the next one reports as
            `dropped`.
        refused: Lines that were lost outside the lock and are not counted yet: the reason, and the
            body.
    """

    __slots__ = ("_reported", "dropped", "refused", "unreported")

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        self.unreported = 0
        self.refused: deque[tuple[str, bytes]] = deque()
        self._reported = 0

    def refuse(self, reason: str, body: bytes = b"") -> None:
        """Note a lost line; any thread may call it, without the lock.

        Args:
            reason: Why it is lost.
            body: What the sinks show of it; nothing when empty.
        """
        self.refused.append((reason, body))

    def count_refused(self) -> bytes | None:
        """Count one of the refused lines and return its body; `None` when there is none."""
        if not self.refused:
            return None
        reason, body = self.refused.popleft()
        self.lose(self.unreported, reason)
        return body

    def lose(self, unreported: int, reason: str) -> None:
        """Count a line that was lost after `unreported` others."""
        self.unreported = unreported + 1
        self.dropped[reason] += 1

    def by_reason(self) -> Counter[str]:
        """Return the lost lines by reason, with those that are not counted yet; at any time."""
        # copies: other threads count on meanwhile
        dropped = Counter(reason for reason, _ in self.refused.copy())
        dropped.update(dict(self.dropped))
        return dropped

    def took_all(self) -> bool:
        """Return True if the last line was written, or its loss was reported by an earlier call."""
        before, self._reported = self._reported, self.unreported
        return self.unreported in (0, before)


def mark_accounted(error: BaseException) -> None:
    """Note that the line of the call that this error ends is kept or counted."""
    with suppress(AttributeError):
        error._logging_kit_accounted = True  # type: ignore[attr-defined]


def is_accounted(error: BaseException) -> bool:
    """Return whether the line of the call that this error ends is kept or counted."""
    return hasattr(error, "_logging_kit_accounted")
