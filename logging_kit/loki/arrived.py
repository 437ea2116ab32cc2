"""Ask a Loki which lines it has, so that no line is sent twice after an uncertain push."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import orjson

from ..exceptions import PushError, TransportError
from .credentials import RequestHeaders
from .entry import Entry
from .http import RequestsTransport
from .options import SenderOptions
from .quiet import sending
from .transport import Answer, Timeout, Transport

_PUSH: Final = "/loki/api/v1/push"
_QUERY: Final = "/loki/api/v1/query_range"
_PAGE: Final = 1_000
_ANSWER_LIMIT: Final = 64 << 20
_DAY_NS: Final = 86_400_000_000_000
_OK: Final = 200
_REFUSED: Final = frozenset((204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 422, 501))
_FORM: Final = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Cache-Control": "no-cache",  # Loki caches that a range was empty
}

Key = tuple[str, int, str]
"""Job, time in nanoseconds and text of a line: a server keeps one of each."""


class Reader(Protocol):
    """Answers which lines a server has.

    Attributes:
        skew_s: Seconds that the server's clock is ahead of this machine's; `None` if not known.
    """

    skew_s: float | None

    def missing(
        self, entries: Sequence[Entry], *, deadline: float | None = None
    ) -> Sequence[Entry] | None:
        """Return the entries that the server does not have; `None` if it does not let us read.

        Args:
            entries: Entries with their labels, oldest first.
            deadline: Moment of `time.monotonic` at which to give up.

        Raises:
            TransportError: When the server did not answer.
            PushError: When it cannot answer now.
        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class LokiReader:
    """Asks Loki's `query_range`, with the credentials of the sender.

    Args:
        options: Options of the sender.
        transport: Another way to ask; for tests.
        clock: Returns seconds since 1970-01-01 UTC.

    Attributes:
        skew_s: See `Reader`.
        can_read: False once the server has refused a query.
    """

    def __init__(
        self,
        options: SenderOptions,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.skew_s: float | None = None
        address, slash, query = options.url.partition("?")
        self.can_read = address.endswith(_PUSH)
        self._options = replace(options, url=f"{address.removesuffix(_PUSH)}{_QUERY}{slash}{query}")
        self._transport = transport
        self._headers = RequestHeaders(options)
        self._clock = clock
        self._deadline: float | None = None

    def missing(
        self, entries: Sequence[Entry], *, deadline: float | None = None
    ) -> Sequence[Entry] | None:
        """Return the entries that the server does not have; `None` if it does not let us read.

        Args:
            entries: Entries with their labels, oldest first.
            deadline: Moment of `time.monotonic` at which to give up.

        Raises:
            TransportError: When the server did not answer.
            PushError: When it cannot answer now.
        """
        if not self.can_read:
            return None
        self._deadline = deadline
        found: set[Key] = set()
        for expression, part in _queries(entries):
            times = [entry.time_ns for entry in part]
            if not self._collect(expression, min(times), max(times) + 1, found):
                return None
        return [entry for entry in entries if _key(entry) not in found]

    def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        if self._transport is not None:
            self._transport.close()

    def _collect(self, expression: str, start_ns: int, end_ns: int, found: set[Key]) -> bool:
        """Collect the lines of a query page by page; return whether reading is allowed."""
        while start_ns < end_ns:
            until_ns = min(end_ns, start_ns + _DAY_NS)
            answer = self._ask(
                query=expression, start=start_ns, end=until_ns, limit=_PAGE, direction="forward"
            )
            if answer is None:
                return False
            keys = list(_keys(answer))
            found.update(keys)
            if len(keys) < _PAGE:
                start_ns = until_ns
                continue
            # other lines of the last moment may be on the next page: begin there again
            start_ns = max(max(key[1] for key in keys), start_ns + 1)
        return True

    def _ask(self, **parameters: Any) -> Mapping[str, Any] | None:
        """Return the answer to a query; `None` if the server refuses it.

        Raises:
            TransportError: When the server did not answer.
            PushError: When it cannot answer now.
        """
        if self._transport is None:
            self._transport = RequestsTransport(self._options, text_limit=_ANSWER_LIMIT)
        with sending():
            headers = self._headers.build(_FORM)
            body = urlencode(parameters).encode()
            begun = self._clock()
            answer = self._transport.send(body, headers, self._timeout())
        self._note_time(answer, (begun + self._clock()) / 2)
        if answer.status in _REFUSED:
            self.can_read = False
            return None
        if answer.status != _OK:
            raise PushError(f"the server answered {answer.status} to a query", answer.status)
        if not answer.text:
            raise PushError("the answer to a query broke off", answer.status)
        try:
            content = orjson.loads(answer.text)
            return content if isinstance(content["data"]["result"], list) else None
        except (ValueError, KeyError, TypeError):
            self.can_read = False
            return None

    def _timeout(self) -> Timeout:
        timeout = self._options.timeout
        if self._deadline is None:
            return timeout
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise TransportError("the time for the question is over")
        return timeout._replace(total_s=min(left_s, timeout.total_s))

    def _note_time(self, answer: Answer, now: float) -> None:
        text = next((v for name, v in answer.headers.items() if name.lower() == "date"), "")
        try:
            self.skew_s = parsedate_to_datetime(text).timestamp() + 0.5 - now
        except (ValueError, TypeError, OverflowError):
            return


def _queries(entries: Sequence[Entry]) -> list[tuple[str, Sequence[Entry]]]:
    """Return the queries that find the entries: those of runs, and those without one."""
    queries: list[tuple[str, Sequence[Entry]]] = []
    of_runs = [entry for entry in entries if "run_id" in entry.metadata]
    if of_runs:
        runs = _any_of(str(entry.metadata["run_id"]) for entry in of_runs)
        queries.append((f"{_selector(of_runs)} | run_id=~{runs}", of_runs))
    others = [entry for entry in entries if "run_id" not in entry.metadata]
    if others:
        queries.append((_selector(others), others))
    return queries


def _selector(entries: Sequence[Entry]) -> str:
    jobs = _any_of(str(entry.labels.get("job", "")) for entry in entries)
    return f"{{job=~{jobs}}}"


def _any_of(values: Any) -> str:
    """Return a quoted regular expression that matches these texts and no other."""
    pattern = "|".join(_escape(value) for value in sorted(set(values)))
    return json.dumps(pattern, ensure_ascii=False)


def _escape(text: str) -> str:
    """Escape a text for the regular expressions of Go, which know fewer escapes than Python's."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def _key(entry: Entry) -> Key:
    line = entry.line
    if isinstance(line, bytes):
        line = line.decode("utf-8", "replace")
    return str(entry.labels.get("job", "")), entry.time_ns, line


def _keys(answer: Mapping[str, Any]) -> list[Key]:
    return [
        (stream["stream"].get("job", ""), int(value[0]), value[1])
        for stream in answer["data"]["result"]
        for value in stream["values"]
    ]
