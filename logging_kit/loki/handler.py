"""Handlers with the names and the arguments of python-logging-loki's."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from logging.handlers import QueueHandler, QueueListener
from queue import Full
from typing import Any, ClassVar, Final

import logging_loki
from logging_loki import const

from ..diagnostics import warn_once
from ..exceptions import SettingsError
from ..line import unnumbered_line
from ..masking import mask, process_masker
from ..runtime.formatter import JsonFormatter
from ..runtime.stdlib import unpack
from .emitter import LokiEmitter, LokiEmitterV0, LokiEmitterV1
from .quiet import is_sending
from .sigterm import flush_before_sigterm

__all__ = ["LokiHandler", "LokiQueueHandler"]

_LEGACY: Final = "0"
_CURRENT: Final = "1"


class _LineFormatter(JsonFormatter):
    """Makes the line of a record, without python-json-logger's options."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, without a newline."""
        level, message, fields = unpack(record)
        name: Any = record.name
        pipeline = self._pipeline()
        if not issubclass(type(name), str):  # `logging.makeLogRecord` leaves it None
            name = pipeline.app
        _, body = pipeline.render(level, name, message, fields)
        return unnumbered_line(body, int(record.created * 1_000_000)).decode()


class LokiHandler(logging_loki.LokiHandler):  # type: ignore[misc] # it has no types
    """Handler that pushes records to Loki from a thread of its own.

    A call queues the line and returns. Without a formatter the line is the JSON that logging_kit
    would write; the text of another formatter is masked.

    Args:
        url: Address to push to, such as `http://127.0.0.1:3100/loki/api/v1/push`.
        tags: Labels of each record.
        auth: User and password for basic authentication.
        version: `"1"` for the current protocol, which `None` and `"2"` mean too, `"0"` for that
            before Loki 0.4.
        emitter: Class of the emitter, or a finished one.
        session_class: Replacement of `requests.Session`; each record is then posted at once.
        verify_ssl: Another name of `verify`.
        flush_on_sigterm: Send what waits when SIGTERM arrives, then do what the signal did before.
        level: Lowest level of the records.
        **options: Further options of `LokiEmitter` and `SenderOptions`.

    Raises:
        ValueError: If the version is unknown.
        SettingsError: If an option is unknown or has an impossible value.

    Example:
        >>> handler = LokiHandler("http://127.0.0.1:3100", tags={"app": "bot"}, version="1")
        >>> logging.getLogger().addHandler(handler)
    """

    emitters: ClassVar[dict[str, Any]] = {
        _LEGACY: LokiEmitterV0,
        _CURRENT: LokiEmitterV1,
        "2": LokiEmitterV1,
    }

    def __init__(
        self,
        url: str = "",
        tags: Mapping[str, Any] | None = None,
        auth: Any = None,
        version: str | None = None,
        *,
        emitter: Any = None,
        session_class: Callable[[], Any] | None = None,
        verify_ssl: bool = True,
        flush_on_sigterm: bool = False,
        level: int | str = logging.NOTSET,
        **options: Any,
    ) -> None:
        # python-logging-loki's own __init__ warns of a version that is not used here
        logging.Handler.__init__(self, level)
        self.errors = 0
        self._own_formatter: _LineFormatter | None = None
        if not verify_ssl:
            options["verify"] = False
        self.emitter = self._make_emitter(emitter, version, (url, tags, auth), options)
        if session_class is not None:
            self.emitter.session_class = session_class
        if flush_on_sigterm:
            flush_before_sigterm(self.flush)

    def _make_emitter(
        self, emitter: Any, version: str | None, address: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        if emitter is None:
            chosen = str(version or _default_version())
            if chosen not in self.emitters:
                raise ValueError(f"Unknown emitter version: {chosen}")
            emitter = self.emitters[chosen]
        if not isinstance(emitter, type):
            return emitter
        if issubclass(emitter, LokiEmitter):
            return emitter(*address, **options)
        if options:
            raise SettingsError(f"{emitter.__name__} does not know {', '.join(options)}")
        return emitter(*address)

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record, masked.

        Args:
            record: The record.
        """
        if self.formatter is None:
            if self._own_formatter is None:
                self._own_formatter = _LineFormatter()
            return self._own_formatter.format(record)
        text: str = self.formatter.format(record)
        if isinstance(self.formatter, JsonFormatter):
            return text
        return process_masker().text(str.__str__(text))  # a subclass of `str` stays out

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record, unless it is about a push.

        Args:
            record: The record.
        """
        if is_sending():
            return
        try:
            self.emitter(record, self.format(record))
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802
        """Count an error, and note it on stderr at most once a minute.

        Args:
            record: The record that is not pushed.
        """
        self.errors += 1
        error = sys.exc_info()[1]
        warn_once("push", f"a record was not pushed: {type(error).__name__}: {mask(str(error))}")

    def flush(self, timeout_s: float = 5.0) -> None:
        """Send what waits.

        Args:
            timeout_s: Time for it, in seconds.
        """
        if isinstance(self.emitter, LokiEmitter):
            self.emitter.flush(timeout_s)

    def close(self) -> None:
        """Send what waits, within the time given as `close_s`, and end the thread."""
        self.emitter.close()
        logging.Handler.close(self)

    def stats(self) -> Mapping[str, int]:
        """Return the counters of the emitter, and the number of `errors`."""
        counters: Mapping[str, int] = {}
        if isinstance(self.emitter, LokiEmitter):
            counters = self.emitter.counters()
        return {**counters, "errors": self.errors}


class LokiQueueHandler(logging_loki.LokiQueueHandler):  # type: ignore[misc]
    """Handler with a queue of the caller's, and a `LokiHandler` behind it.

    A record goes to the `LokiHandler` at once, which has a bounded queue and does not block. The
    listener serves others that put records into the queue, such as another process.

    Args:
        queue: Any object with `put_nowait` and `get`.
        **options: Arguments of `LokiHandler`.

    Example:
        >>> handler = LokiQueueHandler(Queue(-1), url="http://127.0.0.1:3100", version="1")
    """

    def __init__(self, queue: Any, **options: Any) -> None:
        # python-logging-loki's own __init__ starts a thread that nothing stops
        QueueHandler.__init__(self, queue)
        self.handler = LokiHandler(**(options or _lost_options()))
        self._listener = QueueListener(queue, self.handler)
        self._listener.start()
        self._is_listening = True
        kind = type(self)
        self._uses_queue = (
            kind.prepare is not QueueHandler.prepare or kind.enqueue is not QueueHandler.enqueue
        )

    @property
    def listener(self) -> QueueListener:
        """Listener that hands the queue's records to `handler`.

        `dictConfig` sets one without handlers since Python 3.12; that one is not used.
        """
        return self._listener

    @listener.setter
    def listener(self, listener: Any) -> None:
        pass

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record to `handler`.

        Args:
            record: The record.
        """
        if self._uses_queue:
            super().emit(record)
        elif record.levelno >= self.handler.level:
            if self.formatter is not None:
                self.handler.formatter = self.formatter
            self.handler.handle(record)

    def flush(self, timeout_s: float = 5.0) -> None:
        """Send what waits.

        Args:
            timeout_s: Time for it, in seconds.
        """
        self.handler.flush(timeout_s)

    def close(self) -> None:
        """Stop the listener, and send what waits."""
        if self._is_listening:
            self._is_listening = False
            with suppress(Full, OSError, ValueError, RuntimeError):  # full, closed, or at the end
                self._listener.stop()
        self.handler.close()
        QueueHandler.close(self)

    def stats(self) -> Mapping[str, int]:
        """Return the counters of `handler`."""
        return self.handler.stats()


def _default_version() -> str:
    """Return what a program has set in `const`, unless that is python-logging-loki's default."""
    if const.emitter_ver == _LEGACY:
        return _CURRENT
    return str(const.emitter_ver)


def _lost_options() -> dict[str, Any]:
    """Return the arguments of a handler that `dictConfig` of early Python 3.12 does not pass on.

    It calls the class with the queue alone; its own frame has the rest.
    """
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "_configure_queue_handler":
            given = dict(frame.f_locals.get("kwargs", {}))
            for name in ("queue", "handlers", "listener", "respect_handler_level"):
                given.pop(name, None)
            return given
        frame = frame.f_back
    return {}
