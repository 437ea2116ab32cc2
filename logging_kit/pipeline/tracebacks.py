"""Exceptions as data: type, message, frames, notes, causes and groups, without local variables."""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from collections.abc import Iterator
from itertools import islice
from types import TracebackType
from typing import Any, Final

_MOST_FRAMES: Final = 50
_MOST_CAUSES: Final = 10
_MOST_IN_GROUP: Final = 20
_MOST_EXCEPTIONS: Final = 100
_FRAME: Final = re.compile(
    r'  File "([^"\n]+)", line ([0-9]+)(?:, in ([^\n]+))?\n(?:    ([^\n]*))?'
)
_LAST_LINE: Final = re.compile(r"((?:[^\W\d]\w*\.)*[^\W\d]\w*)(?:: (.*))?\Z", re.DOTALL)
_BEGINNING: Final = "Traceback (most recent call last):\n"


def exception_of(exc_info: Any) -> BaseException | None:
    """Find the exception that `exc_info` means.

    Args:
        exc_info: `True` for the one being handled, an exception, or the triple of `sys.exc_info`.

    Returns:
        The exception, or `None` when there is none.
    """
    given: BaseException | None = None
    is_tuple = issubclass(
        type(exc_info), tuple
    )  # isinstance() would ask the object, which may raise
    if issubclass(type(exc_info), BaseException):
        given = exc_info
    elif is_tuple and len(exc_info) == 3 and issubclass(type(exc_info[1]), BaseException):
        given = exc_info[1]
    if given is not None or is_tuple or not exc_info:
        return given
    return sys.exc_info()[1]


def message_of(error: BaseException) -> str:
    """Return the message of an exception, even if its `__str__` raises."""
    try:
        return str(error)
    except Exception as inner:
        return f"<its message raised {type(inner).__name__}>"


def exception_data(error: BaseException) -> dict[str, Any]:
    """Turn an exception into data.

    Args:
        error: The exception, with its `__cause__`, `__context__`, notes and group members.

    Returns:
        `type`, `module`, `message`, `frames` (`file`, `line`, `function`, `code`, and `marks`, the
        first and the last column of the part that raised; the innermost last), and where there are
        any `notes`, `cause`, `context`, `exceptions`.
    """
    return _data(error, _MOST_CAUSES, set())


def _data(error: BaseException, depth: int, seen: set[int]) -> dict[str, Any]:
    seen.add(id(error))
    kind = type(error)
    data: dict[str, Any] = {
        "type": kind.__qualname__,
        "module": kind.__module__,
        "message": message_of(error),
    }
    data["frames"] = list(_frames(error.__traceback__))
    notes = getattr(error, "__notes__", None)
    if isinstance(notes, (list, tuple)) and notes:
        data["notes"] = [
            note if isinstance(note, str) else repr(type(note)) for note in notes[:_MOST_FRAMES]
        ]
    if isinstance(error, BaseExceptionGroup):
        data["exceptions"] = [
            _data(e, depth - 1, seen)
            for e in error.exceptions[:_MOST_IN_GROUP]
            if _goes_on(e, depth, seen)
        ]
    key, other = (
        ("cause", error.__cause__)
        if error.__cause__ is not None
        else ("context", error.__context__)
    )
    if (
        other is not None
        and (key == "cause" or not error.__suppress_context__)
        and _goes_on(other, depth, seen)
    ):
        data[key] = _data(other, depth - 1, seen)
    return data


def _goes_on(error: BaseException, depth: int, seen: set[int]) -> bool:
    return depth > 0 and id(error) not in seen and len(seen) < _MOST_EXCEPTIONS


def _frames(tb: TracebackType | None) -> Iterator[dict[str, Any]]:
    steps = list(islice(_walk(tb), 10_000))
    if (
        len(steps) > _MOST_FRAMES
    ):  # of an endless recursion, the way in and the place where it broke
        steps = steps[:10] + steps[10 - _MOST_FRAMES :]
    places = ((step.tb_frame, step.tb_lineno) for step in steps)
    summary = traceback.StackSummary.extract(places, lookup_lines=True)
    for step, frame in zip(steps, summary, strict=True):
        data: dict[str, Any] = {
            "file": frame.filename,
            "line": frame.lineno,
            "function": frame.name,
            "code": frame.line or "",
        }
        marks = _marks(step, frame)
        if marks is not None:
            data["marks"] = marks
        yield data


def _walk(tb: TracebackType | None) -> Iterator[TracebackType]:
    while tb is not None:
        yield tb
        tb = tb.tb_next


def _marks(step: TracebackType, frame: traceback.FrameSummary) -> list[int] | None:
    """Return the first and the last column of the code that raised, if it is a part of its row."""
    positions = step.tb_frame.f_code.co_positions()
    first, last, start, end = next(
        islice(positions, step.tb_lasti // 2, None), (None, None, None, None)
    )
    code = frame.line
    if first != frame.lineno or start is None or end is None or not code:
        return None
    row = linecache.getline(frame.filename, frame.lineno or 0).rstrip()
    indent = len(row) - len(row.lstrip())
    data = row.encode()  # columns count the bytes of UTF-8
    begin = len(data[:start].decode(errors="replace")) - indent
    stop = len(code)
    if last == first:
        stop = len(data[:end].decode(errors="replace")) - indent
    if not 0 <= begin < stop <= len(code) or stop - begin == len(code):
        return None
    return [begin, stop]


def data_from_text(text: str) -> dict[str, Any] | None:
    """Read a traceback that was rendered as text.

    Returns:
        The form of `exception_data` for the exception that the text ends with; `None` if it is no
        traceback.
    """
    last = text.rpartition(_BEGINNING)[2].rstrip("\n")
    steps = [*_FRAME.finditer(last)]
    if not steps and _BEGINNING not in text:
        return None
    rest = last[steps[-1].end() :] if steps else last
    lines = rest.split("\n")
    while lines and (not lines[0] or lines[0][0] == " "):  # marks under the code
        lines.pop(0)
    found = _LAST_LINE.match("\n".join(lines))
    if found is None:
        return None
    module, _, kind = found[1].rpartition(".")
    return {
        "type": kind,
        "module": module or "builtins",
        "message": found[2] or "",
        "frames": [
            {
                "file": step[1],
                "line": int(step[2]),
                "function": step[3] or "",
                "code": step[4] or "",
            }
            for step in steps[-_MOST_FRAMES:]
        ],
    }


def data_from_frames(rendered: list[Any]) -> dict[str, Any] | None:
    """Read an exception that structlog's `dict_tracebacks` has rendered.

    Its local variables are left out.
    """
    last: Any = rendered[0] if rendered else None
    if not issubclass(type(last), dict) or "exc_type" not in last:
        return None
    return {
        "type": str(last["exc_type"]),
        "module": str(last.get("exc_module") or ""),
        "message": str(last.get("exc_value", "")),
        "frames": [
            {
                "file": frame.get("filename"),
                "line": frame.get("lineno"),
                "function": frame.get("name"),
                "code": "",
            }
            for frame in last.get("frames") or ()
            if issubclass(type(frame), dict)
        ][-_MOST_FRAMES:],
    }
