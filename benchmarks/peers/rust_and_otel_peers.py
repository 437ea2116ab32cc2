"""nautilus_trader's logger, which is a thread in Rust, and logfire, which is OpenTelemetry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from benchmarks.events import Fields

from .base import Peer


class Nautilus(Peer):
    """It takes text alone, so the fields are put into it by orjson; no masking, no levels of files."""

    name = "nautilus"
    title = "nautilus_trader (Rust thread), fields by orjson"
    needs = ("nautilus_trader", "orjson")
    _log: Any

    def start(self, folder: Path, _sinks: int) -> None:
        """One JSON file, nothing on standard output."""
        from nautilus_trader.common.component import Logger, flush_logger, init_logging
        from nautilus_trader.common.enums import LogLevel
        from nautilus_trader.model.identifiers import TraderId

        self._guard = init_logging(
            trader_id=TraderId("BENCH-001"),
            level_stdout=LogLevel.OFF,
            level_file=LogLevel.INFO,
            directory=str(folder),
            file_name="bot",
            file_format="json",
        )
        self._log = Logger("strategy")
        self._flush = flush_logger

    def signal(self, fields: Fields) -> None:
        """One line."""
        self._log.info(orjson.dumps(fields).decode())

    def flush(self) -> None:
        """Wait for the thread."""
        self._flush()

    @classmethod
    def outputs(cls, folder: Path, _sinks: int) -> dict[str, list[Path]]:
        """The one file."""
        return {"file": sorted(folder.glob("bot*.json"))}

    @classmethod
    def parse(cls, line: bytes) -> Fields:
        """The fields within the message."""
        fields: Fields = orjson.loads(orjson.loads(line)["message"])
        return fields


class Logfire(Peer):
    """Spans of OpenTelemetry to a file, one line each; it scrubs names that look secret by itself."""

    name = "logfire"
    title = "logfire (OpenTelemetry, its scrubbing on), to a file"
    needs = ("logfire",)
    masked = True
    _logfire: Any

    def start(self, folder: Path, _sinks: int) -> None:
        """Nothing leaves the machine."""
        import logfire
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

        exporter = ConsoleSpanExporter(
            out=(folder / "bot.log").open("a"),
            formatter=lambda span: span.to_json(indent=None) + "\n",
        )
        logfire.configure(
            send_to_logfire=False,
            console=False,
            metrics=False,
            inspect_arguments=False,
            additional_span_processors=[SimpleSpanProcessor(exporter)],
        )
        self._logfire = logfire

    def signal(self, fields: Fields) -> None:
        """One line."""
        self._logfire.info("SIGNAL", **fields)

    @classmethod
    def parse(cls, line: bytes) -> Fields:
        """The attributes of the span."""
        fields: Fields = orjson.loads(line)["attributes"]
        return fields
