"""Delivery of batches to one server: push, ask after an uncertain push, and wait after failures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from ..diagnostics import warn_once
from ..exceptions import PushError, TransportError
from .arrived import Reader
from .entry import Entry
from .folder import Delivery, Folder
from .merge import Horizon
from .outcome import Outcome

_FUTURE_S: Final = 570.0  # Loki accepts ten minutes (`creation_grace_period`)
_DAY_S: Final = 86_400.0
_TOO_NEW_S: Final = 60.0
_ASK_TIMES: Final = 5
_SKEW_S: Final = 60.0
_MOST_WAIT_S: Final = 30.0


class Pusher(Protocol):
    """The used part of `Sender`."""

    def push(self, entries: Sequence[Entry], *, deadline: float | None = None) -> Outcome:
        """Send entries once; see `Sender.push`."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Courier:
    """Brings batches to a server, each line once.

    Args:
        sender: Pushes entries.
        reader: Answers what the server has.
        max_age_s: Age in seconds of the oldest lines that the server accepts.
        clock: Returns seconds since 1970-01-01 UTC.
        monotonic: Returns seconds that only grow.

    Attributes:
        not_before: Moment of `monotonic` before which the server is left alone.
        deadline: Moment of `monotonic` at which to give up, or `None`.
        last_error: Words of the last failure; empty after a success.
        last_success: Time of the last accepted push, in seconds since 1970, or 0.
    """

    def __init__(
        self,
        sender: Pusher,
        reader: Reader,
        max_age_s: float,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self.not_before = 0.0
        self.deadline: float | None = None
        self.last_error = ""
        self.last_success = 0.0
        self._sender, self._reader = sender, reader
        self._max_age_s = max_age_s
        self._clock, self._monotonic = clock, monotonic
        self._asked_in_vain = 0

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
        self._reader.close()

    def is_waiting(self) -> bool:
        """Return True while the server is left alone after a failure."""
        return self._monotonic() < self.not_before

    def horizon(self) -> Horizon:
        """Return the times that the server accepts, by its own clock as far as it is known."""
        local = self._clock()
        server = local + (self._reader.skew_s or 0.0)
        # a line is given up only if it is impossible by both clocks: one of them may be wrong
        return Horizon(
            round((min(local, server) - self._max_age_s) * 1e9),
            round((server + _FUTURE_S) * 1e9),
            round((max(local, server) + _DAY_S) * 1e9),
        )

    def deliver(self, folder: Folder, delivery: Delivery) -> bool:
        """Try once to bring a batch to the server; return whether some of it arrived."""
        if delivery.uncertain and not self._ask(folder, delivery):
            return False
        if not delivery.remaining:
            return True
        entries = delivery.remaining
        if delivery.probe:
            entries = entries[:1]
        outcome = self._sender.push(entries, deadline=self.deadline)
        rest = [*outcome.pending, *delivery.remaining[len(entries) :]]
        too_new = [one.entry for one in outcome.rejected if _is_too_new(one.reason)]
        folder.counters.shipped += outcome.accepted
        folder.counters.rejected += len(outcome.rejected) - len(too_new)
        if too_new:
            self._wait_for_clock(delivery, [*too_new, *rest])
            return outcome.accepted > 0
        delivery.probe = False
        if outcome.pending:
            self._failed(folder, delivery, outcome)
        delivery.remaining = rest
        if outcome.accepted:
            self.last_success = self._clock()
            delivery.failures = 0
        if outcome.is_complete:
            self.last_error = ""
        return outcome.accepted > 0 or bool(outcome.rejected)

    def _ask(self, folder: Folder, delivery: Delivery) -> bool:
        """Leave out what the server has; return False if it cannot be asked now."""
        try:
            missing = self._reader.missing(delivery.remaining, deadline=self.deadline)
        except (TransportError, PushError) as error:
            self._asked_in_vain += 1
            if self._asked_in_vain % _ASK_TIMES:
                folder.counters.failures += 1
                delivery.failures += 1
                self.last_error = str(error)
                self._back_off(min(_MOST_WAIT_S, 0.5 * 2 ** min(delivery.failures, 6)))
                return False
            return True  # a server may take lines and answer no query
        self._asked_in_vain = 0
        self._report_skew()
        delivery.uncertain = False
        if missing is not None:
            folder.counters.confirmed += len(delivery.remaining) - len(missing)
            delivery.remaining = missing
        return True

    def _failed(self, folder: Folder, delivery: Delivery, outcome: Outcome) -> None:
        folder.counters.failures += 1
        delivery.failures += 1
        self.last_error = str(outcome.error)
        self._back_off(outcome.retry_after_s)
        status = getattr(outcome.error, "status", 0)
        if not 400 <= status < 500:  # no answer, or one from a server that broke in the middle
            delivery.uncertain = True

    def _wait_for_clock(self, delivery: Delivery, remaining: Sequence[Entry]) -> None:
        """Keep lines that are in the server's future, and try again later with one of them."""
        warn_once(
            "clock",
            "the log server refuses lines as too new: its clock is behind this machine's; the "
            "lines wait until their time has come",
        )
        delivery.remaining = sorted(remaining, key=lambda entry: entry.time_ns)
        delivery.probe = True
        self._back_off(_TOO_NEW_S)

    def _back_off(self, seconds: float) -> None:
        self.not_before = self._monotonic() + seconds

    def _report_skew(self) -> None:
        skew_s = self._reader.skew_s
        if skew_s is not None and abs(skew_s) > _SKEW_S:
            warn_once("clock", f"the log server's clock differs by {skew_s:+.0f} s")


def _is_too_new(reason: str) -> bool:
    return "too new" in reason
