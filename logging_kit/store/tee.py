"""The tee of the writer: hands each line to the sinks once, also while the disk takes none."""

from __future__ import annotations

from collections import deque
from typing import Final

from .journal import Half
from .sinks.group import Sinks

_MOST_LOST: Final = 1_000
_NO_MARKS: Final = bytes(range(1, 9))


class Tee:
    """Remembers how much of each half the sinks have; all but `put_lost` is for who drains.

    Args:
        sinks: The sinks.
    """

    def __init__(self, sinks: Sinks) -> None:
        self.sinks = sinks
        self._shown: dict[int, int] = {}  # by generation of the half
        self._lost: deque[bytes] = deque()

    @property
    def lost_waiting(self) -> int:
        """Lost lines that the sinks have not got yet."""
        return len(self._lost)

    def show(self, half: Half, end: int) -> None:
        """Hand the sinks what they have not got yet of a half, up to an offset."""
        generation = half.note.generation
        begin, self._shown[generation] = self._shown.get(generation, 0), end
        if self.sinks and begin < end:
            self.sinks.put(half.read()[begin:end].translate(None, _NO_MARKS))

    def forget(self, generation: int) -> None:
        """Drop the account of a half that is cleared."""
        self._shown.pop(generation, None)

    def put_lost(self, line: bytes) -> bool:
        """Queue a line that the journal had no room for.

        Returns:
            Whether there was room for it; the caller holds the store's lock.
        """
        if len(self._lost) >= _MOST_LOST:
            return False
        self._lost.append(line)
        return True

    @property
    def is_half_full(self) -> bool:
        """True if the lost lines should be handed over soon."""
        return len(self._lost) == _MOST_LOST // 2

    def show_lost(self) -> None:
        """Hand the sinks the lost lines."""
        while self._lost:
            self.sinks.put(self._lost.popleft())
