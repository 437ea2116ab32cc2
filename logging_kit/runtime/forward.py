"""Our lines as records of `logging`, for the handlers of a bot.

SMTP, Telegram, Sentry and others.
"""

from __future__ import annotations

import contextvars
import logging
import sys
from collections.abc import Iterator
from typing import Any, Final

import orjson

from ..diagnostics import warn_once
from ..events.model import LEVELS
from .state import state
from .stdlib import STANDARD, ForwardedRecord, PipelineHandler

_is_forwarding: Final[contextvars.ContextVar[bool]] = contextvars.ContextVar(
    "logging_kit_is_forwarding", default=False
)


class Forwarder:
    """Passes lines to the handlers that are not ours, masked and once each.

    The handlers are found as `logging` finds them: those of the logger and of its parents, down to
    the root logger, with their levels and filters.

    Args:
        shows_lines: True if standard output shows the lines already. Handlers that print to the
            same terminal are then left out.
    """

    def __init__(self, *, shows_lines: bool) -> None:
        self._shows_lines = shows_lines

    def __call__(self, logger: str, body: bytes) -> None:
        """Pass on one line."""
        if state.observer is not None or _is_forwarding.get():
            return  # a handler logs through logging_kit while it handles one of its lines
        handlers = list(self._handlers(logger))
        if not handlers:
            return
        token = _is_forwarding.set(True)
        try:
            record = record_of(logger, body)
            for handler in handlers:
                if record.levelno >= handler.level:
                    handler.handle(record)
        except Exception as error:  # a handler's fault is not the bot's
            warn_once("forward", f"a handler of logging raised {type(error).__name__}")
        finally:
            _is_forwarding.reset(token)

    def _handlers(self, name: str) -> Iterator[logging.Handler]:
        logger: logging.Logger | None = logging.getLogger(name)
        while logger is not None and not logger.disabled:
            for handler in logger.handlers:
                if not isinstance(handler, PipelineHandler) and not self._repeats(handler):
                    yield handler
            if not logger.propagate:
                return
            logger = logger.parent

    def _repeats(self, handler: logging.Handler) -> bool:
        """Return True for a handler that prints where standard output shows the line already."""
        if isinstance(handler, logging.NullHandler):
            return True
        if not self._shows_lines or type(handler) is not logging.StreamHandler:
            return False
        return handler.stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)


def record_of(logger: str, body: bytes) -> ForwardedRecord:
    """Make a record of a masked body; its fields become attributes, as with `extra`."""
    fields: dict[str, Any] = orjson.loads(b"{%s}" % body)
    number = LEVELS[fields.pop("level")]
    message = fields.pop("message", "")
    record = ForwardedRecord(logger, number, "", 0, message, (), None)
    exception = fields.get("exception")
    if exception:
        record.exc_text = _traceback(exception)
    for name, value in fields.items():
        if name not in STANDARD:
            record.__dict__[name] = value
    return record


def _traceback(exception: Any) -> str:
    """Return an exception of a line in Python's layout, as far as the line has it."""
    if not isinstance(exception, dict):
        return str(exception)
    lines = ["Traceback (most recent call last):"]
    for frame in exception.get("frames", ()):
        lines.append(
            f'  File "{frame.get("file")}", line {frame.get("line")}, in {frame.get("function")}'
        )
        if frame.get("code"):
            lines.append(f"    {frame['code']}")
    lines.append(f"{exception.get('type')}: {exception.get('message')}")
    return "\n".join(lines)
