"""One line as text for people: time, level, event or logger, message, fields, and rows below."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from ..correlation import short_id
from ..escaping import escape
from ..events.catalogue import CATALOGUE
from ..events.model import Event
from ..events.validation import summary
from ..time_zones import ReaderClock
from .colours import BOLD, DIM, LEVELS, YELLOW, Paint, colour_of, direction_of, painted, plain
from .tracebacks import folded, opened, rows_of
from .values import (
    LONGEST_MESSAGE,
    LONGEST_VALUE,
    format_field,
    format_summary,
    format_value,
    short,
    text_of,
)

_ELSEWHERE: Final = frozenset(
    {
        "timestamp",
        "level",
        "app",
        "env",
        "bot_name",
        "logger",
        "message",
        "event",
        "correlation_id",
        "run_id",
        "seq",
        "v",
        "exception",
        "stack",
    }
)
"""Fields that have a place of their own in the text, or none."""

_USUAL: Final[Mapping[tuple[str, str], tuple[Any, ...]]] = {
    ("LIFECYCLE", "version"): ("unknown",),
    ("HEARTBEAT", "dropped_logs"): (0,),
    ("HEARTBEAT", "queue_depth"): (0,),
    ("API_CALL", "direction"): ("out",),
    ("API_CALL", "ok"): (True,),
}
"""Values that nearly all lines of an event have: they say nothing."""

_FOR_MACHINES: Final = frozenset({"settings_hash", "logging_kit_version"})
_ALARMING: Final = frozenset({"schema_error", "dropped", "truncated"})
_LONGEST_ID: Final = 40
_NAME_WIDTH: Final = 12
_INDENT: Final = "    "


@dataclass(slots=True)
class Renderer:
    """Makes text for people out of lines.

    Args:
        colour: Whether to colour the text.
        clock: The clock of the reader; by default in the time zone of this machine.
        full: Show tracebacks in full; otherwise each is one row.
        longest: Characters of a message that are shown.
        fields: Only these fields, also those that have no place in the text otherwise; empty for
            the usual ones.
    """

    colour: bool = False
    clock: ReaderClock = field(default_factory=ReaderClock.local)
    full: bool = True
    longest: int = LONGEST_MESSAGE
    fields: Collection[str] = ()

    def __call__(self, line: bytes | Mapping[str, Any]) -> str:
        """Return one line as text, without a newline at its end.

        Args:
            line: A line of a log file, with or without its newline, or the parsed object. Text
                that is not a JSON object is returned as it is, escaped.
        """
        if isinstance(line, Mapping):
            record: Any = line
        else:
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                record = None
            if not isinstance(record, dict):
                return escape(line.rstrip(b"\r\n").decode("utf-8", "backslashreplace"))
        paint: Paint = painted if self.colour else plain
        below: list[str] = []
        first = self._first(record, paint, below)
        below += self._rows(record, paint)
        return "\n".join([first, *(_INDENT + row for row in below)])

    def _first(self, record: Mapping[str, Any], paint: Paint, below: list[str]) -> str:
        """Return the first row; two spaces separate the message from the fields."""
        level = str(record.get("level", ""))
        word, code = LEVELS.get(level, (f"{escape(level)[:8]:<5}", ""))
        event = record.get("event")
        name, logger = _names(record)
        spec = None
        if isinstance(event, str):
            spec = CATALOGUE.get(event)
        shown = _shown(record, spec)
        arrow, direction = direction_of(record)
        if level not in ("info", "debug"):
            direction = code
        message = self._message(record, spec, shown, below)
        if message:
            message = arrow + message
        head = (
            paint(self._time(record.get("timestamp")), DIM),
            paint(word, code),
            paint(f"{name:<{_NAME_WIDTH}}", BOLD),
            paint(message, direction),
        )
        fields = list(self._fields(record, spec, shown, paint, below))
        origin = " ".join(_origin(record, logger))
        if origin:
            fields.append(paint(origin, DIM))
        return "  ".join(filter(None, (" ".join(filter(None, head)), " ".join(fields))))

    def _fields(
        self,
        record: Mapping[str, Any],
        spec: Event | None,
        shown: Collection[str],
        paint: Paint,
        below: list[str],
    ) -> Iterator[str]:
        for name in self._chosen(record, spec, shown):
            value = record[name]
            key = escape(short(name, LONGEST_VALUE))
            colour = YELLOW if name in _ALARMING else DIM
            if isinstance(value, str) and "\n" in value.strip("\n"):
                below.append(paint(f"{key}:", colour))
                below += (f"  {row}" for row in self._text_rows(value))
                continue
            text = None
            if spec is not None and name in spec.fields:
                text = format_field(spec.fields[name], value, record, self.clock)
            if text is None:
                text = format_value(value)
            yield paint(f"{key}=", colour) + paint(text, colour_of(name, value))

    def _time(self, value: Any) -> str:
        if value is None:
            return "-"
        if not isinstance(value, str):
            return escape(text_of(value))
        return escape(self.clock.text(value))

    def _message(
        self,
        record: Mapping[str, Any],
        spec: Event | None,
        shown: Collection[str],
        below: list[str],
    ) -> str:
        message = record.get("message", "")
        if message == record.get("event"):
            return ""
        if spec is not None and shown and spec.name != "ERROR":
            return format_summary(spec, record, self.clock)
        rows = self._text_rows(text_of(message))
        below += rows[1:]
        return rows[0]

    def _text_rows(self, text: str) -> list[str]:
        return [escape(row) for row in rows_of(short(text.strip("\n"), self.longest))]

    def _chosen(
        self, record: Mapping[str, Any], spec: Event | None, shown: Collection[str]
    ) -> Iterator[str]:
        if self.fields:
            yield from (name for name in self.fields if name in record)
            return
        event = record.get("event")
        has_money = any("pnl" in name or name == "equity" for name in record)
        for name, value in record.items():
            if name in _ELSEWHERE or name in shown:
                continue
            if spec is not None and (
                name in _FOR_MACHINES
                or value in _USUAL.get((str(event), name), ())
                or (name == "quote" and has_money)
                or (name == "fee_currency" and "fee" in record)
            ):
                continue
            yield name

    def _rows(self, record: Mapping[str, Any], paint: Paint) -> Iterator[str]:
        exception = record.get("exception")
        if isinstance(exception, dict):
            if self.full:
                yield from opened(exception, paint)
            else:
                yield from folded(exception, paint)
        elif exception is not None:
            yield f"exception={format_value(exception)}"
        stack = record.get("stack")
        if stack is not None and self.full:
            yield from (escape(row) for row in text_of(stack).splitlines())


def render(line: bytes | Mapping[str, Any], colour: bool) -> str:
    """Return one line as text for people, in the time zone of this machine.

    Args:
        line: A line of a log file, with or without its newline, or the parsed object.
        colour: Whether to colour the text.
    """
    return Renderer(colour)(line)


def _names(record: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name at the beginning of a line, and the logger that is still to be named.

    A typed event has its name there, a plain line and an error their logger.
    """
    event, logger = record.get("event"), record.get("logger")
    named = ""
    if logger is not None and logger != record.get("app"):
        named = escape(short(text_of(logger), LONGEST_VALUE))
    if event in (None, "ERROR"):  # the level says ERROR already
        return named, ""
    return escape(short(text_of(event), LONGEST_VALUE)), named


def _shown(record: Mapping[str, Any], spec: Event | None) -> frozenset[str]:
    """Return the fields that the message or the traceback shows already."""
    if spec is None:
        return frozenset()
    if spec.name == "ERROR":
        message = record.get("message")
        if isinstance(record.get("exception"), dict) or record.get("error") == message:
            return frozenset({"error_type", "error"})
        return frozenset()
    if record.get("message") == summary(spec, dict(record)):
        return frozenset(spec.summary)
    return frozenset()


def _origin(record: Mapping[str, Any], logger: str) -> Iterator[str]:
    if logger:
        yield f"({logger})"
    bot_name, app = record.get("bot_name"), record.get("app")
    if bot_name is not None and bot_name != app:
        yield f"[{escape(short(text_of(bot_name), LONGEST_VALUE))}]"
    correlation_id = record.get("correlation_id")
    if correlation_id is not None:
        yield f"#{escape(short(short_id(text_of(correlation_id)), _LONGEST_ID))}"
