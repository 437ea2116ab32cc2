"""Tracebacks of lines in rows: in Python's own form, or folded to the place of the error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

from ..escaping import escape
from .colours import DIM, RED, Paint
from .values import LONGEST_MESSAGE, short, text_of

_DEEPEST: Final = 12
_SENTENCES: Final = (
    ("cause", "The above exception was the direct cause of the following exception:"),
    ("context", "During handling of the above exception, another exception occurred:"),
)


def folded(data: Mapping[str, Any], paint: Paint) -> Iterator[str]:
    """Yield one row: the exception, and the place where it was raised."""
    frames = _frames(data)
    first = _title(data)[0]
    if not frames:
        yield paint(first, RED)
        return
    last = frames[-1]
    file = escape(PurePath(text_of(last.get("file"))).name)
    place = f"{file}:{_word(last, 'line')} in {_word(last, 'function')}"
    rows = "" if len(frames) == 1 else f", {len(frames)} frames"
    yield f"{paint(first, RED)}  {paint(f'({place}{rows}; --full opens it)', DIM)}"


def opened(data: Mapping[str, Any], paint: Paint, depth: int = 0) -> Iterator[str]:
    """Yield the rows of a traceback in Python's own form, with the cause first.

    Args:
        data: The exception, as `exception` has it in the line.
        paint: Colours the rows.
        depth: Number of the exceptions that it is a part of.
    """
    if depth == _DEEPEST:
        yield "…"
        return
    for key, sentence in _SENTENCES:
        if isinstance(data.get(key), dict):
            yield from opened(data[key], paint, depth + 1)
            yield sentence
    frames = _frames(data)
    if frames:
        yield paint("Traceback (most recent call last):", DIM)
    for frame in frames:
        file, row, function = (_word(frame, key) for key in ("file", "line", "function"))
        yield paint(f'  File "{file}", line {row}, in {function}', DIM)
        if frame.get("code"):
            yield f"    {_word(frame, 'code')}"
            yield from _carets(frame, paint)
    for row in _title(data):
        yield paint(row, RED)
    for note in _list(data.get("notes")):
        yield from (escape(row) for row in rows_of(text_of(note)))
    for number, inner in enumerate(_list(data.get("exceptions")), 1):
        if isinstance(inner, dict):
            yield f"  +-- exception {number} of the group"
            yield from (f"  | {row}" for row in opened(inner, paint, depth + 1))


def rows_of(text: str) -> list[str]:
    """Return the rows of a text; a carriage return before a newline belongs to the newline."""
    return text.replace("\r\n", "\n").split("\n")


def _carets(frame: Mapping[str, Any], paint: Paint) -> Iterator[str]:
    """Yield the row of marks under the part of the code that raised."""
    marks, code = _list(frame.get("marks")), frame.get("code")
    if len(marks) != 2 or not isinstance(code, str) or not code.isprintable():
        return
    start, end = marks
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(code) < 500:
        yield paint(f"    {' ' * start}{'^' * (end - start)}", RED)


def _title(data: Mapping[str, Any]) -> list[str]:
    """Return the type and the message of an exception in rows."""
    module, name = (_word(data, key) for key in ("module", "type"))
    if module not in ("", "builtins", "__main__"):
        name = f"{module}.{name}"
    message = data.get("message")
    if message in (None, ""):
        return [name]
    text = short(text_of(message), LONGEST_MESSAGE)
    return [escape(row) for row in rows_of(f"{name}: {text}")]


def _frames(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [frame for frame in _list(data.get("frames")) if isinstance(frame, dict)]


def _word(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    return escape(short(text_of(value), LONGEST_MESSAGE))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return []
    return value
