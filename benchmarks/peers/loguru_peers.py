"""loguru with orjson (as its recipes show), with `serialize=True`, and with `enqueue=True`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import orjson

from benchmarks.events import Fields

from .base import BACKUPS, MOST_BYTES, Peer


def _serialize(record: Any) -> None:
    line = {
        "timestamp": record["time"].timestamp(),
        "level": record["level"].name,
        "message": record["message"],
        **record["extra"],
    }
    record["extra"]["serialized"] = orjson.dumps(line).decode()


class Loguru(Peer):
    """https://loguru.readthedocs.io/en/stable/resources/recipes.html#serializing-log-messages-using-a-custom-function."""

    name = "loguru"
    title = "loguru + orjson"
    needs: ClassVar[tuple[str, ...]] = ("loguru", "orjson")
    _log: Any

    def start(self, folder: Path, sinks: int) -> None:
        """Open rotating files."""
        from loguru import logger

        logger.remove()
        self._log = logger.patch(_serialize)
        if sinks == 1:
            self._add(folder / "bot.log")
            return
        self._add(folder / "signal.log", filter=lambda record: record["message"] == "SIGNAL")
        self._add(folder / "order.log", filter=lambda record: record["message"] == "ORDER")
        logger.add(sys.stdout, level="INFO", format="{extra[serialized]}", colorize=False)

    def _add(self, path: Path, **more: Any) -> None:
        self._log.add(
            path,
            level="INFO",
            format="{extra[serialized]}",
            rotation=MOST_BYTES,
            retention=BACKUPS,
            **more,
        )

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
    def outputs(cls, folder: Path, sinks: int) -> dict[str, list[Path]]:
        """Return its files; a rotated file has its time before the suffix."""
        names = ("signal", "order") if sinks == 3 else ("bot",)
        return {
            name if sinks == 3 else "file": sorted(folder.glob(f"{name}*.log")) for name in names
        }


class LoguruSerialize(Loguru):
    """The JSON output of its documentation."""

    name = "loguru_serialize"
    title = "loguru serialize=True"
    needs = ("loguru",)
    enqueue = False

    def start(self, folder: Path, _sinks: int) -> None:
        """Open one rotating file."""
        from loguru import logger

        logger.remove()
        logger.add(
            folder / "bot.log", level="INFO", serialize=True, enqueue=self.enqueue, rotation=MOST_BYTES, retention=BACKUPS
        )  # fmt: skip
        self._log = logger

    def flush(self) -> None:
        """Wait until the queue is empty."""
        self._log.complete()

    @classmethod
    def parse(cls, line: bytes) -> Fields:
        """Return the fields within the record."""
        record = orjson.loads(line)["record"]
        return {"message": record["message"], **record["extra"]}


class LoguruEnqueue(LoguruSerialize):
    """A multiprocessing queue and a thread."""

    name = "loguru_enqueue"
    title = "loguru serialize=True, enqueue=True"
    enqueue = True
