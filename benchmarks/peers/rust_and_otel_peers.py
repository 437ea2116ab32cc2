"""nautilus_trader's logger (a thread in Rust) and logfire (OpenTelemetry)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from benchmarks.events import Fields

from .base import Peer


class Nautilus(Peer):
    """nautilus_trader takes text alone, so orjson puts the fields into the message; no masking."""

    name = "nautilus"
    title = "nautilus_trader (Rust thread), fields by orjson"
    needs = ("nautilus_trader", "orjson")
    _log: Any

    def start(self, folder: Path, _sinks: int) -> None:
        """Open one JSON file, without standard output."""
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
        """Log one line."""
        self._log.info(orjson.dumps(fields).decode())

    def flush(self) -> None:
        """Wait until the thread is done."""
        self._flush()

    @classmethod
    def outputs(cls, folder: Path, _sinks: int) -> dict[str, list[Path]]:
        """Return the one file."""
        return {"file": sorted(folder.glob("bot*.json"))}

    @classmethod
    def parse(cls, line: bytes) -> Fields:
        """Return the fields within the message."""
        fields: Fields = orjson.loads(orjson.loads(line)["message"])
        return fields


class Logfire(Peer):
    """logfire writes one OpenTelemetry span a line to a file, and scrubs secret-looking names."""

    name = "logfire"
    title = "logfire (OpenTelemetry, its scrubbing on), to a file"
    needs = ("logfire",)
    masked = True
    _logfire: Any

    def start(self, folder: Path, _sinks: int) -> None:
        """Configure it so that nothing leaves the machine."""
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
        """Log one line."""
        self._logfire.info("SIGNAL", **fields)

    @classmethod
    def parse(cls, line: bytes) -> Fields:
        """Return the attributes of the span."""
        fields: Fields = orjson.loads(line)["attributes"]
        return fields
