"""The least cost of a line in Python, `logging` with python-json-logger, and picologging."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.events import Fields

from .base import BACKUPS, MOST_BYTES, Peer
from .structlog_peers import rotating


class Floor(Peer):
    """No logger: a dict, orjson, and a buffered write, which a kill loses."""

    name = "floor"
    title = "the least possible: dict + orjson + buffered write"
    needs = ("orjson",)

    def start(self, folder: Path, _sinks: int) -> None:
        """Open the file."""
        self._file = (folder / "bot.log").open("ab")

    def signal(self, fields: Fields) -> None:
        """Log one line."""
        line = {"timestamp": time.time(), "level": "info", "message": "SIGNAL", **fields}
        self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def flush(self) -> None:
        """Write the buffer."""
        self._file.flush()


class StdlibJson(Peer):
    """`logging` as most projects configure it for JSON."""

    name = "stdlib_json"
    title = "logging + python-json-logger + RotatingFileHandler"
    needs = ("python-json-logger",)

    def start(self, folder: Path, sinks: int) -> None:
        """Put the handlers on the root logger."""
        from pythonjsonlogger.json import JsonFormatter

        root = logging.getLogger()
        root.setLevel(logging.INFO)
        for handler in rotating(folder, sinks, logging.LogRecord.getMessage):
            handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
            root.addHandler(handler)
        self._log = logging.getLogger("strategy.ema")

    def signal(self, fields: Fields) -> None:
        """Log one line."""
        self._log.info("SIGNAL", extra=fields)

    def order(self, fields: Fields) -> None:
        """Log one line."""
        self._log.info("ORDER", extra=fields)

    def text(self, number: int) -> None:
        """Log one line."""
        self._log.info("position checked", extra={"a": number})

    def record(self, number: int) -> None:
        """Log one line."""
        self._log.info("request %d took %.1f ms", number, 12.5)

    def silent(self, number: int) -> None:
        """Log nothing."""
        self._log.debug("position checked", extra={"a": number})


class Picologging(Peer):
    """`logging` rewritten in C++.

    Python-json-logger cannot format its records: the fields are put into the message.
    """

    name = "picologging"
    title = "picologging, fields by orjson"
    needs = ("picologging", "orjson")
    _log: Any

    def start(self, folder: Path, _sinks: int) -> None:
        """One rotating file. `asctime` is not used: 0.9.3 writes bytes there that are not UTF-8."""
        import picologging
        from picologging.handlers import RotatingFileHandler

        handler = RotatingFileHandler(
            str(folder / "bot.log"), maxBytes=MOST_BYTES, backupCount=BACKUPS
        )
        handler.setFormatter(
            picologging.Formatter(
                '{"timestamp":%(created)f,"level":"%(levelname)s","fields":%(message)s}'
            )
        )
        self._log = picologging.getLogger("strategy.ema")
        self._log.setLevel(picologging.INFO)
        self._log.addHandler(handler)

    def signal(self, fields: Fields) -> None:
        """Log one line."""
        self._log.info(orjson.dumps(fields).decode())

    @classmethod
    def parse(cls, line: bytes) -> Fields:
        """Return the fields within the line."""
        fields: Fields = orjson.loads(line)["fields"]
        return fields
