"""The protocol of a sink: a destination of finished lines besides the segments.

The store gives each sink a bounded queue and a thread of its own (`feed.SinkFeed`), and that thread
makes all calls. A sink that is slow, hangs or raises therefore delays nothing but itself: its queue
fills, then its lines are dropped and counted, and one note on stderr names it. The segments have
every line in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@runtime_checkable
class Sink(Protocol):
    """A destination of finished lines; derive from it and override `write` and what else is needed.

    No method is called by two threads at the same time. One that raises is counted and noted, never
    fatal.

    Attributes:
        name: Name of the sink in `logging_kit.stats()` and in messages; unique among the sinks of a
            process.

    Example:
        >>> class Memory(Sink):
        ...     name = "memory"
        ...     def __init__(self):
        ...         self.lines = []
        ...     def write(self, lines):
        ...         self.lines += lines.splitlines()
    """

    name: str

    # a bare `return` marks a method that need not be overridden: type checkers count an empty one
    # as abstract

    def start(self) -> None:
        """Open what the sink needs; called before the first `write`, and again after it raised."""
        return

    def write(self, lines: bytes) -> None:
        r"""Deliver lines.

        Args:
            lines: One or more whole lines, masked, each JSON in UTF-8 that ends with a newline
                (`\n`).

        Raises:
            Exception: Any; these lines count as dropped by this sink.
        """
        raise NotImplementedError

    def flush(self, timeout_s: float) -> bool:  # noqa: ARG002
        """Deliver what the sink itself holds back.

        Args:
            timeout_s: Time that is left for it, in seconds.

        Returns:
            Whether the destination has everything.
        """
        return True

    def close(self) -> None:
        """Release everything; the last call, unless another `setup()` starts the sink again."""
        return

    def after_fork_in_child(self) -> None:
        """Drop connections and locks of the parent; called in a forked child before `start`."""
        return

    def counters(self) -> Mapping[str, int]:
        """Return the sink's own numbers, which `logging_kit.stats()["sinks"]` shows."""
        return {}


@runtime_checkable
class AcknowledgingSink(Sink, Protocol):
    """A sink that ships segments: retention compresses none before it is acknowledged."""

    def acknowledged_up_to(self, segment: str) -> int:
        """Return how many bytes of a segment the destination has confirmed.

        Args:
            segment: File name of the segment, such as `trade-20261121T020000Z-3fa9.log`.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """A sink with the lines that it wants; a line must pass both filters.

    Attributes:
        sink: The sink.
        level: Lowest level of its lines, such as `"ERROR"`; every level when empty.
        events: Types of the events it gets, such as `("TRADE", "RISK")`; every event and plain line
            when empty.
    """

    sink: Sink
    level: str = ""
    events: tuple[str, ...] = ()
