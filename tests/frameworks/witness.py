"""A witness of every record that `logging` handles, for programs that run in a framework.

Import it first. It writes one JSON line per record into the file that `WITNESS` names.
"""

from __future__ import annotations

import json
import logging
import os

_call_handlers = logging.Logger.callHandlers


def _call_and_note(self: logging.Logger, record: logging.LogRecord) -> None:
    """Note a record, then handle it."""
    note = {
        "logger": record.name,
        "level": record.levelno,
        "message": record.getMessage(),
        "pid": os.getpid(),
    }
    fd = os.open(os.environ["WITNESS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(fd, json.dumps(note).encode() + b"\n")
    finally:
        os.close(fd)
    _call_handlers(self, record)


logging.Logger.callHandlers = _call_and_note  # type: ignore[method-assign]
