"""One finished line, written for a person.

On a terminal, by the bot itself and by `logging-kit tail`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, TextIO

import orjson

from .events.catalogue import CATALOGUE
from .events.model import Event
from .events.validation import summary
from .line import is_number

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
"""Fields that have a place of their own in the line, or none."""

_ALARMING: Final = frozenset({"schema_error", "dropped", "truncated"})
_LONGEST_VALUE: Final = 300
_LONGEST_MESSAGE: Final = 4_000
_DEEPEST: Final = 12
_INDENT: Final = "    "

_C0: Final = "\x00-\x1f"
_OBEYED: Final = (
    "\x7f-\x9f"  # DEL and C1: a terminal obeys them
    "\u2028\u2029"  # line and paragraph separator
    # invisible, or reorder text
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"  # surrogates
    "\U000e0000-\U000e007f"  # tags
)
_UNSAFE: Final = re.compile(f"[{_C0}{_OBEYED}]")
_UNSAFE_ROWS: Final = re.compile(f"[\x00-\x09\x0b-\x1f{_OBEYED}]")
_UNSAFE_JSON: Final = re.compile(f"[\x00-\x08\x0b-\x1f{_OBEYED}]")
_HTML: Final = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;"})
_MARKUP: Final = re.compile(r"[\\`*|\[\]~]")
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def use_colour(stream: TextIO | Any) -> bool:
    """Return True if a stream gets colours.

    `NO_COLOR` turns them off (https://no-color.org), `FORCE_COLOR` on (https://force-color.org);
    else a terminal that is not `dumb` has them. The order is that of Python itself
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


def escape(text: str) -> str:
    r"""Make text harmless on a terminal.

    Control characters become visible, such as `\n` and `\x1b`.

    Example:
        >>> escape("filled\nfake line")
        'filled\\nfake line'
    """
    return _UNSAFE.sub(_visible, text)


def escape_rows(text: str) -> str:
    r"""Make text of several rows harmless on a terminal: as `escape`, but `\n` stays.

    Only text whose rows the package chose itself may pass here: a value could forge a row.
    """
    return _UNSAFE_ROWS.sub(_visible, text)


def escape_json(text: str) -> str:
    r"""Make JSON harmless on a terminal: control and directional characters become `\uXXXX`.

    Example:
        >>> escape_json('{"symbol":"BTC\u202e"}')
        '{"symbol":"BTC\\u202e"}'
    """
    return _UNSAFE_JSON.sub(_unicode_escape, text)


def escape_markdown(text: str) -> str:
    r"""Make a value harmless in Markdown: it cannot add a row, a heading, a link or HTML.

    Example:
        >>> escape_markdown("a|b\n# <b>")
        'a\\|b\\\\n# &lt;b&gt;'
    """
    shown = escape(text).translate(_HTML)
    return _MARKUP.sub(r"\\\g<0>", shown)


def spreadsheet_cell(text: str) -> str:
    """Make text harmless in a CSV file that a spreadsheet opens.

    Control characters become visible, and a text that would be a formula gets an apostrophe in
    front.

    Example:
        >>> spreadsheet_cell("=1+1")
        "'=1+1"
    """
    shown = escape(text)
    if shown.lstrip().startswith(_FORMULA) and not is_number(shown):
        return f"'{shown}"
    return shown


def _visible(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def _unicode_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def render(line: bytes | Mapping[str, Any], colour: bool) -> str:
    """Write one line for a person.

    Args: line: A line of a log file, with or without its newline, or what was parsed of it. What is
        no JSON object is
            shown as it is.
        colour: Whether to colour it.

    Returns: The text without a newline at its end; an exception or a stack is shown in further
        lines, indented.
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
    return f"{code}{text}{_RESET}" if code and text else text


def _plain(text: str, _code: str) -> str:
    return text


def _words(record: Mapping[str, Any], paint: Any) -> Iterator[str]:
    yield paint(_time(record.get("timestamp")), _DIM)
    level = str(record.get("level", ""))
    word, code = _LEVELS.get(level, (f"{escape(level)[:8]:<5}", ""))
    yield paint(word, code)
    event = record.get("event")
    yield paint(
        f"{escape(str(event)) if event not in (None, 'ERROR') else '':<12}", _BOLD
    )  # the level says that it is an error
    message = record.get("message", "")
    arrow, direction = _direction(record)
    if message != event:
        text = escape(_short(_text(message), _LONGEST_MESSAGE))
        yield paint(arrow + text, direction if level in ("info", "debug") else code)
    spec = CATALOGUE.get(event) if isinstance(event, str) else None
    shown = _shown(record, spec)
    for name, value in record.items():
        if name in _ELSEWHERE or name in shown:
            continue
        key = paint(escape(name) + "=", _YELLOW if name in _ALARMING else _DIM)
        moment = spec is not None and name in spec.fields and spec.fields[name].kind == "time"
        yield key + paint(_moment(value) if moment else _value(value), _value_colour(name, value))
    origin = " ".join(_origin(record))
    if origin:
        yield paint(origin, _DIM)


def _time(value: Any) -> str:
    if isinstance(value, str) and len(value) == 27 and value[10] == "T" and value[-1] == "Z":
        return escape(f"{value[:10]} {value[11:23]}Z")
    return escape(_text(value)) if value is not None else "-"


def _direction(record: Mapping[str, Any]) -> tuple[str, str]:
    """Return an arrow and a colour for a rise or a fall; the words stay for colour-blind people."""
    for name in _DIRECTIONS:
        value = record.get(name)
        if isinstance(value, str) and value in _UP:
            return "▲ ", _GREEN
        if isinstance(value, str) and value in _DOWN:
            return "▼ ", _RED
        if name == "result" and isinstance(
            value, str
        ):  # a trade that broke even went neither way, whatever its side
            break
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
    """Return the fields that the message or the traceback already shows."""
    if spec is None:
        return frozenset()
    if spec.name == "ERROR":
        said = isinstance(record.get("exception"), dict) or record.get("error") == record.get(
            "message"
        )
        return frozenset({"error_type", "error"}) if said else frozenset()
    if record.get("message") == summary(spec, dict(record)):
        return frozenset(spec.summary)
    return frozenset()


def _value(value: Any) -> str:
    text = escape(_short(_text(value), _LONGEST_VALUE))
    return (
        f'"{text}"' if isinstance(value, str) and (not text or " " in text or "=" in text) else text
    )


def _moment(value: Any) -> str:
    """Milliseconds since 1970 as a time; anything else as it is."""
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
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def _origin(record: Mapping[str, Any]) -> Iterator[str]:
    logger, bot_name, app = (record.get(name) for name in ("logger", "bot_name", "app"))
    if logger is not None and logger != app:
        yield escape(_text(logger))
    if bot_name is not None and bot_name != app:
        yield f"[{escape(_text(bot_name))}]"
    correlation_id = record.get("correlation_id")
    if correlation_id is not None:
        yield f"#{escape(_text(correlation_id))[:8]}"


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
    """Rows in the form of Python's own tracebacks: the cause first."""
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
        yield paint(
            f'  File "{_word(frame, "file")}", line {_word(frame, "line")}, in '
            f"{_word(frame, 'function')}",
            _DIM,
        )
        if frame.get("code"):
            yield f"    {_word(frame, 'code')}"
    module = _word(data, "module")
    name = (
        _word(data, "type")
        if module in ("", "builtins", "__main__")
        else f"{module}.{_word(data, 'type')}"
    )
    message = _word(data, "message")
    yield paint(f"{name}: {message}" if message else name, _RED)
    for note in _list(data.get("notes")):
        yield escape(_text(note))
    for number, inner in enumerate(_list(data.get("exceptions")), 1):
        if isinstance(inner, dict):
            yield f"  +-- exception {number} of the group"
            yield from (f"  | {row}" for row in _traceback(inner, paint, depth + 1))


def _word(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return "" if value is None else escape(_short(_text(value), _LONGEST_MESSAGE))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
