"""All sinks of a store: what each line is handed to besides the segments."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import Context
from functools import partial
from types import NoneType
from typing import Any, Final

from .base import AcknowledgingSink, Sink
from .feed import Accepts, SinkFeed

_ASK_S: Final = 1.0


class Sinks:
    """The feeds of some sinks; false when there are none.

    Args:
        sinks: Each sink with its filter, `None` for every line.
        before: The sinks that these replace; a sink may be among both.
    """

    def __init__(
        self, sinks: Iterable[tuple[Sink, Accepts | None]] = (), before: Sinks | None = None
    ) -> None:
        earlier: tuple[SinkFeed, ...] = before._feeds if before is not None else ()
        self._feeds: tuple[SinkFeed, ...] = tuple(
            SinkFeed(sink, accepts, next((f for f in earlier if f.sink is sink), None))
            for sink, accepts in sinks
        )

        self.threads: set[int] = set()
        """Ids of the threads that call the sinks: what they log would come back to them."""
        for feed in self._feeds:
            feed.threads = self.threads
        self._follower = next((f for f in self._feeds if hasattr(f.sink, "destination")), None)
        self.destination: Callable[[], object] = NoneType
        """Returns the object that lines logged now must reach, if a sink has several, quickly."""
        if self._follower is not None:
            self.destination = self._follower.sink.destination  # type: ignore[attr-defined]

    def aspect_of(self, destination: object) -> object:
        """Return what else decides where a line appears; see `stdout.Stdout.aspect_of`."""
        with suppress(Exception):  # an object may raise whatever it is asked
            if self._follower is not None:
                return self._follower.sink.aspect_of(destination)  # type: ignore[attr-defined]
        return None

    def follow(self, destination: object, context: Context) -> bool:
        """Let lines that are put from now on reach another destination.

        Returns:
            Whether people watch it, so that a call should wait until its line is shown.
        """
        follower = self._follower
        if follower is None:
            return False
        sink: Any = follower.sink
        follower.tell(partial(sink.use, destination, context))
        with suppress(Exception):
            return bool(sink.is_watched(destination))
        return False

    def __bool__(self) -> bool:
        return bool(self._feeds)

    @property
    def names(self) -> list[str]:
        """Names of the sinks."""
        return [feed.name for feed in self._feeds]

    @property
    def waiting(self) -> int:
        """Lines that the slowest sink has not taken yet."""
        return max((feed.waiting for feed in self._feeds), default=0)

    def dropped(self) -> dict[str, int]:
        """Return how many lines each sink has dropped."""
        return {feed.name: feed.dropped for feed in self._feeds}

    def counters(self) -> Mapping[str, Mapping[str, int]]:
        """Return the numbers of each sink by its name."""
        return {feed.name: feed.counters() for feed in self._feeds}

    def start(self) -> None:
        """Start the threads."""
        for feed in self._feeds:
            feed.start()

    def put(self, lines: bytes) -> None:
        """Queue whole lines for each sink; never blocks, and one thread at a time calls it."""
        for feed in self._feeds:
            feed.put(lines)

    def flush(self, timeout_s: float) -> bool:
        """Wait until each sink has taken all lines that wait now.

        Returns:
            Whether all have within the time; one that hangs takes no time from the others.
        """
        deadline = time.monotonic() + timeout_s
        begun = [(feed, feed.begin_flush(timeout_s)) for feed in self._feeds]
        flushed = True
        for feed, done in begun:
            flushed &= feed.finish_flush(done, deadline - time.monotonic())
        return flushed

    def write_directly(self) -> None:
        """Let each `put` wait until its lines are taken: the process ends."""
        for feed in self._feeds:
            feed.write_directly()

    def close(self) -> None:
        """Hand over what is left, close the sinks and end the threads."""
        for feed in self._feeds:
            feed.close()

    def after_fork_in_child(self) -> None:
        """Forget the parent's queues and threads."""
        self.threads.clear()
        for feed in self._feeds:
            feed.after_fork_in_child()

    def acknowledged(self, segment: str, size: int) -> bool:
        """Return True if every sink that ships segments has acknowledged all of one.

        Args:
            segment: File name of the segment.
            size: Its size in bytes.
        """
        for feed in self._feeds:
            sink = feed.sink
            if isinstance(sink, AcknowledgingSink):
                done = feed.ask(partial(sink.acknowledged_up_to, segment), _ASK_S)
                if done is None or done < size:
                    return False
        return True
