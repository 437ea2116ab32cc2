"""Emitters with the names and the methods of python-logging-loki, which queue instead of posting.

An emitter whose `session_class` was replaced posts each record at once through that session, as
python-logging-loki does: code that swaps the session keeps working.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import requests
from logging_loki import emitter as base

from ..exceptions import SettingsError
from ..line import rfc3339
from ..masking import mask
from ..pipeline.spans import current_span
from .entry import Entry
from .http import RequestsTransport
from .options import SenderOptions
from .queue import DropPolicy, EntryQueue
from .sender import Sender
from .spool import SpoolWorker
from .transport import Transport
from .worker import PushWorker, Worker

__all__ = ["BasicAuth", "LokiEmitter", "LokiEmitterV0", "LokiEmitterV1"]

BasicAuth = base.BasicAuth

_LABELS_KEPT: Final = 1_000
_REASON_LIMIT: Final = 500
_SUCCESS: Final = range(200, 300)
_LABEL: Final = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_MICROSECOND_NS: Final = 1_000


class LokiEmitter(base.LokiEmitter):  # type: ignore[misc] # it has no types
    """Queue records for a thread that pushes them; the base of both emitters.

    Args:
        url: Address to push to, such as `http://127.0.0.1:3100/loki/api/v1/push`.
        tags: Labels of each record.
        auth: User and password for basic authentication.
        metadata: Names of attributes of a record (`extra={"order_id": …}`) that are sent as
            structured metadata.
        max_lines: Most lines that wait in memory.
        max_bytes: Most bytes that wait in memory.
        policy: `drop_oldest`, `drop_newest` or `block`, for a full queue.
        block_s: Longest wait of `block`, in seconds.
        batch_wait_s: Longest time that a line waits for others, in seconds.
        close_s: Time to send what is left at the end of the process, in seconds.
        flush_level: Lowest level of the records that are sent at once.
        spool_dir: Folder that keeps the lines until the server has them, in place of the queue in
            memory. What waits survives the end of the process.
        spool_bytes: Size of that folder above which the oldest lines are deleted.
        transport: Another way to send, for tests.
        **options: Further options of `SenderOptions`.

    Raises:
        SettingsError: If an option is unknown or has an impossible value.
    """

    def __init__(
        self,
        url: str,
        tags: Mapping[str, Any] | None = None,
        auth: Any = None,
        *,
        metadata: tuple[str, ...] = (),
        max_lines: int = 50_000,
        max_bytes: int = 16_000_000,
        policy: DropPolicy = "drop_oldest",
        block_s: float = 0.25,
        batch_wait_s: float = 1.0,
        close_s: float = 5.0,
        flush_level: int | str = logging.ERROR,
        spool_dir: str | os.PathLike[str] = "",
        spool_bytes: int = 1_000_000_000,
        transport: Transport | None = None,
        **options: Any,
    ) -> None:
        super().__init__(url, tags, auth)
        self._metadata = tuple(metadata)
        self._flush_level = _level_number(flush_level)
        self._last_ns = 0
        self._labels_of: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._tags_then: Mapping[str, Any] = {}
        self._has_own_payload = _makes_payload(type(self))
        sender_options = _sender_options(url, auth, options)
        self._transport = transport or RequestsTransport(sender_options)
        self._worker: Worker
        if spool_dir:
            self._worker = SpoolWorker(
                Path(spool_dir),
                sender_options,
                self._transport,
                close_s=close_s,
                max_bytes=spool_bytes,
            )
            return
        self._worker = PushWorker(
            Sender(sender_options, self._transport),
            EntryQueue(max_lines, max_bytes, policy, block_s),
            batch_wait_s=batch_wait_s,
            close_s=close_s,
        )

    def __call__(self, record: logging.LogRecord, line: str) -> None:
        """Queue a record.

        Args:
            record: The record.
            line: Its text.
        """
        if self._has_own_session:
            self._post(record, line)
            return
        urgent = record.levelno >= self._flush_level
        if self._has_own_payload:
            for entry in entries_of(self.build_payload(record, line)):
                self._worker.put(entry, urgent=urgent)
            return
        entry = Entry(self._labels(record), self._time_ns(record), line, self._extra(record))
        self._worker.put(entry, urgent=urgent)

    @property
    def session(self) -> Any:
        """Session of requests that posts; headers that are set on it are sent."""
        if isinstance(self._transport, RequestsTransport) and not self._has_own_session:
            return self._transport.session
        return super().session

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Send what waits; return whether nothing waits any more.

        Args:
            timeout_s: Time for it, in seconds.
        """
        return self._worker.flush(timeout_s)

    def close(self, timeout_s: float | None = None) -> None:
        """Send what waits, and close the session.

        Args:
            timeout_s: Time for it, in seconds; without it, the time given as `close_s`.
        """
        self._worker.close(timeout_s)
        super().close()

    def counters(self) -> Mapping[str, int]:
        """Return the number of lines that were accepted, rejected, dropped and wait, and others."""
        return self._worker.counters()

    def format_label(self, label: str) -> str:
        """Return a name without the characters that a label may not have."""
        for char_from, char_to in self.label_replace_with:
            label = label.replace(char_from, char_to)
        return "".join(char for char in label if char in self.label_allowed_chars)

    def build_tags(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the labels of a record: the handler's, its level and logger, and `extra`'s.

        Args:
            record: The record; its attribute `tags` has further labels.
        """
        tags = dict(self.tags)
        tags[self.level_tag] = record.levelname.lower()
        tags[self.logger_tag] = record.name
        extra = getattr(record, "tags", None)
        if isinstance(extra, dict):
            for name, value in extra.items():
                cleaned = self.format_label(str(name))
                if cleaned:
                    tags[cleaned] = value
        masked: dict[str, Any] = mask(tags)
        return masked

    @property
    def _has_own_session(self) -> bool:
        return self.session_class is not requests.Session

    def _post(self, record: logging.LogRecord, line: str) -> None:
        answer = self.session.post(self.url, json=self.build_payload(record, line))
        if answer.status_code not in (self.success_response_code, *_SUCCESS):
            text = str(mask(str(getattr(answer, "text", ""))))[:_REASON_LIMIT]
            raise ValueError(f"the server answered {answer.status_code}: {text}")

    def _labels(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the labels of a record; records with the same ones share the mapping."""
        if type(self).build_tags is not LokiEmitter.build_tags:
            return dict(self.build_tags(record))
        if self._tags_then != self.tags or len(self._labels_of) > _LABELS_KEPT:
            self._labels_of, self._tags_then = {}, dict(self.tags)
        extra = record.__dict__.get("tags")
        text = ""
        if extra:
            text = repr(extra)
        key = (record.levelname, record.name, text)
        labels = self._labels_of.get(key)
        if labels is None:
            labels = self._labels_of[key] = self.build_tags(record)
        return labels

    def _time_ns(self, record: logging.LogRecord) -> int:
        """Return a record's time; records of the same microsecond keep their order."""
        time_ns = round(record.created * 1_000_000) * _MICROSECOND_NS
        if 0 <= self._last_ns - time_ns < _MICROSECOND_NS:
            time_ns = self._last_ns + 1
        self._last_ns = time_ns
        return time_ns

    def _extra(self, record: logging.LogRecord) -> Mapping[str, Any]:
        """Return the structured metadata of a record, and the span that is active."""
        span = current_span()
        if not self._metadata:
            return span
        attributes = record.__dict__
        found = mask({name: attributes[name] for name in self._metadata if name in attributes})
        return {**found, **span}


class LokiEmitterV1(LokiEmitter, base.LokiEmitterV1):  # type: ignore[misc]
    """Emitter for `/loki/api/v1/push`."""

    def build_payload(self, record: logging.LogRecord, line: str) -> dict[str, Any]:
        """Return the payload of one record.

        Args:
            record: The record.
            line: Its text.
        """
        values = [[str(self._time_ns(record)), line]]
        return {"streams": [{"stream": self.build_tags(record), "values": values}]}


class LokiEmitterV0(LokiEmitter, base.LokiEmitterV0):  # type: ignore[misc]
    """Emitter for `/api/prom/push`, the address before Loki 0.4."""

    def build_payload(self, record: logging.LogRecord, line: str) -> dict[str, Any]:
        """Return the payload of one record.

        Args:
            record: The record.
            line: Its text.
        """
        entry = {"ts": rfc3339(round(record.created * 1_000_000)), "line": line}
        return {"streams": [{"labels": self.build_labels(record), "entries": [entry]}]}

    def build_labels(self, record: logging.LogRecord) -> str:
        """Return the labels of a record as Loki writes them.

        Args:
            record: The record.
        """
        pairs = []
        for name, value in self.build_tags(record).items():
            text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            pairs.append(f'{self.format_label(str(name))}="{text}"')
        return f"{{{','.join(pairs)}}}"


def entries_of(payload: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of a payload that a subclass has made.

    Args:
        payload: The payload, in the form of either version of Loki's push protocol.
    """
    for stream in payload["streams"]:
        if "stream" in stream:
            for time_ns, line, *rest in stream["values"]:
                yield Entry(stream["stream"], int(time_ns), line, dict(*rest))
            continue
        labels = {
            name: re.sub(r"\\(.)", _unescaped, value)
            for name, value in _LABEL.findall(stream["labels"])
        }
        for entry in stream["entries"]:
            moment = datetime.fromisoformat(entry["ts"]).timestamp()
            yield Entry(labels, round(moment * 1_000_000) * _MICROSECOND_NS, entry["line"])


def _makes_payload(kind: Any) -> bool:
    """Return True if a subclass makes the payload."""
    labels = getattr(kind, "build_labels", LokiEmitterV0.build_labels)
    own = (LokiEmitterV0.build_payload, LokiEmitterV1.build_payload)
    return kind.build_payload not in own or labels is not LokiEmitterV0.build_labels


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(match[1], match[1])


def _sender_options(url: str, auth: Any, options: dict[str, Any]) -> SenderOptions:
    if auth:
        if isinstance(auth, str) or len(auth) != 2:
            raise SettingsError("auth is a pair of a user and a password")
        username, password = auth
        options = {"username": username, "password": password, **options}
    try:
        return SenderOptions(url=url, **options)
    except TypeError as error:
        raise SettingsError(f"an option of the handler is unknown: {error}") from None


def _level_number(level: int | str) -> int:
    if isinstance(level, int):
        return level
    try:
        return logging.getLevelNamesMapping()[level.upper()]
    except KeyError:
        raise SettingsError(f"flush_level={level!r} is not a level of logging") from None
