"""Outcome of one push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..exceptions import PushError, TransportError
from .entry import Entry


class Rejection(NamedTuple):
    """An entry that the server will never accept.

    Attributes:
        entry: The entry.
        reason: The server's words, masked.
    """

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one push, for each of its entries.

    Attributes:
        accepted: Number of entries that the server confirmed.
        rejected: Entries that it will never accept. Do not send them again.
        pending: Entries to push again, in their order: the end of what was pushed. Empty if the
            server answered for each entry.
        retry_after_s: Seconds to wait before `pending` is pushed again.
        error: The last failure; `None` if every request succeeded.
    """

    accepted: int
    rejected: Sequence[Rejection] = ()
    pending: Sequence[Entry] = ()
    retry_after_s: float = 0.0
    error: PushError | TransportError | None = None

    @property
    def is_complete(self) -> bool:
        """True if nothing has to be pushed again."""
        return not self.pending
