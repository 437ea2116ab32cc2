"""Lines as text for people, on the standard output of a bot and in `logging-kit tail`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, TextIO

import orjson

from .correlation import short_id
from .escaping import escape
from .events.catalogue import CATALOGUE
from .events.model import Event
from .events.validation import summary

_RESET: Final = "\x1b[0m"
_DIM, _BOLD, _RED, _GREEN, _YELLOW, _CYAN, _CRITICAL = (
    f"\x1b[{code}m" for code in ("2", "1", "31", "32", "33", "36", "1;37;41")
)
_LEVELS: Final = {
    "debug": ("DEBUG", _DIM),
    "info": ("INFO ", ""),
    "warning": ("WARN ", _YELLOW),
    "error": ("ERROR", _RED),
    "critical": ("CRIT ", _CRITICAL),
}
_UP: Final = frozenset({"LONG", "buy", "win"})
_DOWN: Final = frozenset({"SHORT", "sell", "loss"})
_DIRECTIONS: Final = ("signal", "result", "position_side", "side")
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

_ALARMING: Final = frozenset({"schema_error", "dropped", "truncated"})
_LONGEST_VALUE: Final = 300
_LONGEST_MESSAGE: Final = 4_000
_LONGEST_ID: Final = 40
_DEEPEST: Final = 12
_INDENT: Final = "    "


def use_colour(stream: TextIO | Any) -> bool:
    """Return True if a stream should get colours.

    `NO_COLOR` turns them off (https://no-color.org), `FORCE_COLOR` on (https://force-color.org);
    otherwise a terminal that is not `dumb` gets them. The order is that of Python itself
    (https://docs.python.org/3/using/cmdline.html#controlling-color).
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def render(line: bytes | Mapping[str, Any], colour: bool) -> str:
    """Return one line as text for people.

    Args:
        line: A line of a log file, with or without its newline, or the parsed object. Text that is
            not a JSON object is returned as it is, escaped.
        colour: Whether to colour the text.

    Returns:
        The text without a newline at its end; an exception or a stack follows in indented rows.
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
    paint = _painted if colour else _plain
    first = " ".join(_words(record, paint))
    return "\n".join([first, *(_INDENT + row for row in _rows(record, paint))])


def _painted(text: str, code: str) -> str:
    if not code or not text:
        return text
    return f"{code}{text}{_RESET}"


def _plain(text: str, _code: str) -> str:
    return text


def _words(record: Mapping[str, Any], paint: Any) -> Iterator[str]:
    yield paint(_time(record.get("timestamp")), _DIM)
    level = str(record.get("level", ""))
    word, code = _LEVELS.get(level, (f"{escape(level)[:8]:<5}", ""))
    yield paint(word, code)
    event = record.get("event")
    name = ""
    if event not in (None, "ERROR"):  # the level says ERROR already
        name = escape(str(event))
    yield paint(f"{name:<12}", _BOLD)
    message = record.get("message", "")
    arrow, direction = _direction(record)
    if message != event:
        text = escape(_short(_text(message), _LONGEST_MESSAGE))
        if level not in ("info", "debug"):
            direction = code
        yield paint(arrow + text, direction)
    spec = None
    if isinstance(event, str):
        spec = CATALOGUE.get(event)
    shown = _shown(record, spec)
    for name, value in record.items():
        if name in _ELSEWHERE or name in shown:
            continue
        key = paint(escape(name) + "=", _YELLOW if name in _ALARMING else _DIM)
        text = _value(value)
        if spec is not None and name in spec.fields and spec.fields[name].kind == "time":
            text = _moment(value)
        yield key + paint(text, _value_colour(name, value))
    origin = " ".join(_origin(record))
    if origin:
        yield paint(origin, _DIM)


def _time(value: Any) -> str:
    if isinstance(value, str) and len(value) == 27 and value[10] == "T" and value[-1] == "Z":
        return escape(f"{value[:10]} {value[11:23]}Z")
    if value is None:
        return "-"
    return escape(_text(value))


def _direction(record: Mapping[str, Any]) -> tuple[str, str]:
    """Return an arrow and a colour for a direction; the word stays in the text."""
    for name in _DIRECTIONS:
        value = record.get(name)
        if isinstance(value, str) and value in _UP:
            return "▲ ", _GREEN
        if isinstance(value, str) and value in _DOWN:
            return "▼ ", _RED
        if name == "result" and isinstance(value, str):
            break  # a trade that broke even has no direction, whatever its side
    return "", ""


def _value_colour(name: str, value: Any) -> str:
    if name in _DIRECTIONS and isinstance(value, str):
        if value in _UP:
            return _GREEN
        if value in _DOWN:
            return _RED
        return ""
    if name == "pnl" or name.endswith(("_pnl", "_pnl_pct")):
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return ""
        if number > 0:
            return _GREEN
        if number < 0:
            return _RED
    return ""


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


def _value(value: Any) -> str:
    text = escape(_short(_text(value), _LONGEST_VALUE))
    if isinstance(value, str) and (not text or " " in text or "=" in text):
        return f'"{text}"'
    return text


def _moment(value: Any) -> str:
    """Return a time for milliseconds since 1970-01-01 UTC; any other value as it is."""
    if isinstance(value, int) and 0 < value < 4_102_444_800_000:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value // 1000))
    return _value(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, default=str).decode()
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"


def _short(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text):,} characters)"


def _origin(record: Mapping[str, Any]) -> Iterator[str]:
    logger, bot_name, app = (record.get(name) for name in ("logger", "bot_name", "app"))
    if logger is not None and logger != app:
        yield escape(_text(logger))
    if bot_name is not None and bot_name != app:
        yield f"[{escape(_text(bot_name))}]"
    correlation_id = record.get("correlation_id")
    if correlation_id is not None:
        yield f"#{escape(_short(short_id(_text(correlation_id)), _LONGEST_ID))}"


def _rows(record: Mapping[str, Any], paint: Any) -> Iterator[str]:
    exception = record.get("exception")
    if isinstance(exception, dict):
        yield from _traceback(exception, paint, 0)
    elif exception is not None:
        yield f"exception={_value(exception)}"
    stack = record.get("stack")
    if stack is not None:
        yield from (escape(row) for row in _text(stack).splitlines())


def _traceback(data: Mapping[str, Any], paint: Any, depth: int) -> Iterator[str]:
    """Yield the rows of a traceback in Python's own form, with the cause first."""
    if depth == _DEEPEST:
        yield "…"
        return
    for key, sentence in (
        ("cause", "The above exception was the direct cause of the following exception:"),
        ("context", "During handling of the above exception, another exception occurred:"),
    ):
        if isinstance(data.get(key), dict):
            yield from _traceback(data[key], paint, depth + 1)
            yield sentence
    frames = [frame for frame in _list(data.get("frames")) if isinstance(frame, dict)]
    if frames:
        yield paint("Traceback (most recent call last):", _DIM)
    for frame in frames:
        file, row, function = (_word(frame, key) for key in ("file", "line", "function"))
        yield paint(f'  File "{file}", line {row}, in {function}', _DIM)
        if frame.get("code"):
            yield f"    {_word(frame, 'code')}"
    module, name, message = (_word(data, key) for key in ("module", "type", "message"))
    if module not in ("", "builtins", "__main__"):
        name = f"{module}.{name}"
    if message:
        name += f": {message}"
    yield paint(name, _RED)
    for note in _list(data.get("notes")):
        yield escape(_text(note))
    for number, inner in enumerate(_list(data.get("exceptions")), 1):
        if isinstance(inner, dict):
            yield f"  +-- exception {number} of the group"
            yield from (f"  | {row}" for row in _traceback(inner, paint, depth + 1))


def _word(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    return escape(_short(_text(value), _LONGEST_MESSAGE))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return []
    return value
