"""Sender: pushes entries to a log server, and reports for each whether it arrived."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from ..diagnostics import warn_once
from ..exceptions import PushError, SettingsError, TransportError
from ..masking import mask
from .backoff import Backoff, Uniform, retry_after
from .credentials import RequestHeaders
from .encoding import Body, find_snappy, json_body, legacy_json_body, protobuf_body
from .entry import Entry
from .http import RequestsTransport
from .options import SenderOptions
from .otlp import otlp_body, rejected_records
from .outcome import Outcome, Rejection
from .quiet import sending
from .streams import Grouping, batches
from .transport import Answer, Timeout, Transport
from .verdict import Verdict, oldest_accepted, refuses_metadata, split_by_time, verdict_of

_SMALLEST_BATCH: Final = 16_384
_REASON_LIMIT: Final = 500
_TOO_LARGE: Final = 413
_UNSUPPORTED_TYPE: Final = 415
_LEGACY_PATH: Final = "/api/prom/push"
_KIND: Final = "push"
"""One kind for all notes: at most one a minute."""


class _Failure(NamedTuple):
    """One failed request."""

    verdict: Verdict
    error: PushError | TransportError
    text: str = ""
    asked_s: float | None = None


class Sender:
    """Pushes entries to one server. Only one thread may use it at a time.

    Args:
        options: Options, or the URL alone.
        transport: Another way to send; `logging_kit.testing.FakeTransport` in tests.
        clock: Returns seconds that only grow.
        uniform: Source of random numbers, for the waits.

    Raises:
        SettingsError: If a package is missing that the options need.

    Example:
        >>> sender = Sender("http://127.0.0.1:3100")
        >>> outcome = sender.push([Entry({"app": "bot"}, time.time_ns(), '{"message":"hi"}')])
        >>> if outcome.pending:
        ...     time.sleep(outcome.retry_after_s)
        ...     outcome = sender.push(outcome.pending)
    """

    def __init__(
        self,
        options: SenderOptions | str,
        transport: Transport | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        uniform: Uniform = random.uniform,
    ) -> None:
        if isinstance(options, str):
            options = SenderOptions(url=options)
        self.options = options
        self._transport = transport or RequestsTransport(options)
        self._clock = clock
        self._headers = RequestHeaders(options)
        self._grouping = Grouping(options.max_labels)
        self._backoff = Backoff(
            options.min_backoff_s, options.max_backoff_s, options.max_retry_after_s, uniform
        )
        self._counts: Counter[str] = Counter()
        self._batch_bytes = options.batch_bytes
        self._snappy = None
        if options.protocol == "loki" and options.encoding != "json":
            self._snappy = find_snappy()
            if self._snappy is None and options.encoding == "protobuf":
                raise SettingsError("encoding='protobuf' needs cramjam: pip install cramjam")

    def push(self, entries: Sequence[Entry], *, deadline: float | None = None) -> Outcome:
        """Send entries once, and halve what the server finds wrong or too large.

        It never raises for what a server or a network does, and never waits between requests.

        Args:
            entries: The entries, oldest first.
            deadline: Moment of the clock at which to stop; what is left is pending.

        Returns:
            How many the server accepted, which it will never accept, and which to push again when.
        """
        size = self._batch_bytes
        waiting = list(batches(entries, self.options.batch_lines, size))[::-1]
        accepted = 0
        rejected: list[Rejection] = []
        error: PushError | TransportError | None = None
        while waiting:
            batch = waiting.pop()
            failure = self._post(batch, deadline)
            if failure is None:
                accepted += len(batch)
                continue
            error = failure.error
            if self._adapt(failure):
                waiting.append(batch)
            elif failure.verdict is Verdict.SPLIT:
                rejected += self._divide(batch, failure, waiting)
            else:
                waiting.append(batch)
                return self._pending(accepted, rejected, waiting, failure)
        self._count(accepted, rejected)
        return Outcome(accepted, tuple(rejected), error=error)

    def close(self) -> None:
        """Close the connections; the next `push` opens new ones."""
        self._transport.close()

    def counters(self) -> Mapping[str, int]:
        """Return what was counted so far.

        `accepted` and `rejected` entries, `partly_rejected` ones that an OTLP server counted among
        the accepted, `requests` and their `bytes`, `failures` of requests, and `metadata_left_out`
        because of Loki's limits.
        """
        left_out = self._grouping.metadata_left_out
        names = ("accepted", "rejected", "partly_rejected", "requests", "bytes", "failures")
        return {**{name: self._counts[name] for name in names}, "metadata_left_out": left_out}

    def _post(self, batch: Sequence[Entry], deadline: float | None) -> _Failure | None:
        """Send one batch; return the failure, or `None` if the server accepted it."""
        try:
            body = self._encode(batch)
        except Exception as wrong:  # one value must not cost the batch it is in
            reason = self._words(f"it cannot be encoded: {type(wrong).__name__}: {wrong}")
            return _Failure(Verdict.SPLIT, PushError(reason, 0))
        with sending():
            try:
                answer = self._send(body, self._timeout(deadline))
            except TransportError as broken:
                self._counts["failures"] += 1
                return _Failure(Verdict.LATER, TransportError(self._words(str(broken))))
        verdict = verdict_of(answer.status)
        if verdict is Verdict.ACCEPTED:
            self._backoff.succeed()
            self._batch_bytes = min(self.options.batch_bytes, self._batch_bytes * 2)
            self._note_partial_success(answer.text)
            return None
        self._counts["failures"] += 1
        reason = self._words(f"the server answered {answer.status}: {answer.text}")
        error = PushError(reason, answer.status)
        return _Failure(verdict, error, answer.text, retry_after(answer.headers))

    def _note_partial_success(self, text: str) -> None:
        """Count the records that an OTLP server rejects although it accepts the request.

        It does not say which, and must not get them again.
        """
        if self.options.protocol != "otlp":
            return
        count, words = rejected_records(text)
        if count:
            self._counts["partly_rejected"] += count
            warn_once(_KIND, f"{count} lines were refused: {self._words(words)}")

    def _send(self, body: Body, timeout: Timeout) -> Answer:
        headers = self._headers.build(body.headers)
        self._counts["requests"] += 1
        self._counts["bytes"] += len(body.content)
        return self._transport.send(body.content, headers, timeout)

    def _encode(self, batch: Sequence[Entry]) -> Body:
        streams = self._grouping.group(batch)
        if self.options.protocol == "otlp":
            return otlp_body(streams)
        if self._snappy is not None:
            return protobuf_body(streams, self._snappy)
        if self.options.url.endswith(_LEGACY_PATH):
            return legacy_json_body(streams)
        return json_body(streams)

    def _timeout(self, deadline: float | None) -> Timeout:
        timeout = self.options.timeout
        if deadline is None:
            return timeout
        left = deadline - self._clock()
        if left <= 0:
            raise TransportError("the time for the push is over")
        return timeout._replace(total_s=min(left, timeout.total_s))

    def _adapt(self, failure: _Failure) -> bool:
        """Give up what the server does not understand; return True if that changed anything."""
        if _status(failure) == _UNSUPPORTED_TYPE and self._snappy is not None:
            self._snappy = None
            return True
        if refuses_metadata(failure.text) and self._grouping.sends_metadata:
            self._grouping.sends_metadata = False
            warn_once(_KIND, "the log server allows no structured metadata: lines go without it")
            return True
        return False

    def _divide(
        self, batch: Sequence[Entry], failure: _Failure, waiting: list[Sequence[Entry]]
    ) -> list[Rejection]:
        """Put the halves of a batch back; return the entries that the server will never accept."""
        reason = str(failure.error)
        if _status(failure) == _TOO_LARGE:
            self._batch_bytes = max(_SMALLEST_BATCH, self._batch_bytes // 2)
        oldest_ns = oldest_accepted(failure.text)
        if len(batch) == 1:
            refused, rest = batch, batch[1:]
        elif oldest_ns is not None:
            refused, rest = split_by_time(batch, oldest_ns)
        else:
            refused, rest = (), batch
        if refused:
            warn_once(_KIND, f"{len(refused)} lines were refused: {reason}")
        if refused and rest:
            waiting.append(rest)
        elif rest:
            middle = len(rest) // 2
            waiting += (rest[middle:], rest[:middle])
        return [Rejection(entry, reason) for entry in refused]

    def _pending(
        self,
        accepted: int,
        rejected: list[Rejection],
        waiting: list[Sequence[Entry]],
        failure: _Failure,
    ) -> Outcome:
        self._count(accepted, rejected)
        retry_after_s = self._backoff.fail(failure.asked_s)
        pending = tuple(entry for batch in reversed(waiting) for entry in batch)
        warn_once(_KIND, f"lines wait for the log server: {failure.error}")
        return Outcome(accepted, tuple(rejected), pending, retry_after_s, failure.error)

    def _count(self, accepted: int, rejected: Sequence[Rejection]) -> None:
        self._counts["accepted"] += accepted
        self._counts["rejected"] += len(rejected)

    @staticmethod
    def _words(text: str) -> str:
        """Return a server's words as one line without secrets."""
        return " ".join(str(mask(text)).split())[:_REASON_LIMIT]


def _status(failure: _Failure) -> int:
    if isinstance(failure.error, PushError):
        return failure.error.status
    return 0
