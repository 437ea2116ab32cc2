"""structlog in its fastest documented setup and on top of `logging`, plain and masked."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import orjson
import structlog

from benchmarks.events import Fields

from .base import BACKUPS, MOST_BYTES, Peer, naively_masked

Processor = Callable[[Any, str, MutableMapping[str, Any]], Any]


def _mask(_logger: Any, _name: str, event_dict: MutableMapping[str, Any]) -> Any:
    return naively_masked(event_dict)


class _Structlog(Peer):
    """Calls that are the same for every setup."""

    message = "event"
    _log: Any

    def signal(self, fields: Fields) -> None:
        """Log one line."""
        self._log.info("SIGNAL", **fields)

    def order(self, fields: Fields) -> None:
        """Log one line."""
        self._log.info("ORDER", **fields)

    def text(self, number: int) -> None:
        """Log one line."""
        self._log.info("position checked", a=number)

    def silent(self, number: int) -> None:
        """Log nothing."""
        self._log.debug("position checked", a=number)

    @classmethod
    def _masking(cls) -> list[Processor]:
        return [_mask] if cls.masked else []


class StructlogFast(_Structlog):
    """https://www.structlog.org/en/stable/performance.html: no rotation, no masking."""

    name = "structlog_fast"
    title = "structlog_fast"
    needs = ("structlog", "orjson")

    def start(self, folder: Path, _sinks: int) -> None:
        """Write to one file, each line with its own system call."""
        structlog.configure(
            cache_logger_on_first_use=True,
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                *self._masking(),
                structlog.processors.JSONRenderer(serializer=orjson.dumps),
            ],
            logger_factory=structlog.BytesLoggerFactory(file=(folder / "bot.log").open("ab")),
        )
        self._log = structlog.get_logger()


class StructlogFastMasked(StructlogFast):
    """The same with the masking that a typical user writes."""

    name = "structlog_fast_masked"
    title = "structlog_fast, naive masking"
    masked = True


class Common(_Structlog):
    """structlog renders through `logging`, so that libraries' records look the same.

    The file rotates.
    """

    name = "common"
    title = "the common setup"
    needs = ("structlog",)

    def start(self, folder: Path, sinks: int) -> None:
        """https://www.structlog.org/en/stable/standard-library.html#rendering-using-structlog-based-formatters-within-logging."""
        shared: list[Processor] = [
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
        ]
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                *shared,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=True,
        )
        formatter = structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *self._masking(),
                structlog.processors.JSONRenderer(),
            ],
        )
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        for handler in rotating(folder, sinks, _event):
            handler.setFormatter(formatter)
            root.addHandler(handler)
        self._log = structlog.get_logger("strategy.ema")
        self._library = logging.getLogger("exchange.rest")

    def record(self, number: int) -> None:
        """Log through `logging`, with the same formatter."""
        self._library.info("request %d took %.1f ms", number, 12.5)


class CommonMasked(Common):
    """The same with the masking that a typical user writes."""

    name = "common_masked"
    title = "the common setup, naive masking"
    masked = True


def _event(record: logging.LogRecord) -> str:
    message: Any = record.msg  # structlog's dict, until the formatter renders it
    return str(message["event"])


def rotating(
    folder: Path, sinks: int, kind: Callable[[logging.LogRecord], str]
) -> list[logging.Handler]:
    """Return handlers for rotating files, and for standard output with three sinks.

    Args:
        folder: Folder of the files.
        sinks: Number of sinks, as in `Peer.start`.
        kind: Function that tells the record of a signal from that of an order.
    """

    def file(name: str) -> logging.Handler:
        return logging.handlers.RotatingFileHandler(
            folder / f"{name}.log", maxBytes=MOST_BYTES, backupCount=BACKUPS
        )

    if sinks == 1:
        return [file("bot")]
    signals, orders = file("signal"), file("order")
    signals.addFilter(lambda record: kind(record) == "SIGNAL")
    orders.addFilter(lambda record: kind(record) == "ORDER")
    return [signals, orders, logging.StreamHandler(sys.stdout)]
