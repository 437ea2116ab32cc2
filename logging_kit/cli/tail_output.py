"""The lines of `logging-kit tail` on standard output: for people, as JSON, or as they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final, Literal

import orjson

from ..console import Renderer
from ..console.colours import DIM, painted
from ..escaping import escape, escape_json
from .output import for_encoding

Form = Literal["text", "json", "raw"]
_GAP: Final = "--"


class LineOutput:
    """Writes lines.

    Args:
        form: `text` for people, `json` for programs, `raw` for the bytes of the file.
        render: Makes the text for people.
        fields: With `json`, the only fields to write; empty for all.
        write: Writes some rows.
    """

    def __init__(
        self, form: Form, render: Renderer, fields: Sequence[str], write: Callable[[str], None]
    ) -> None:
        self._form = form
        self._render = render
        self._fields = fields
        self._write = write

    def line(self, data: bytes) -> None:
        """Write one line."""
        match self._form:
            case "text":
                self._write(self._render(data))
            case "raw":
                self._raw(data)
            case "json":
                text = self._chosen(data).decode("utf-8", "replace")
                self._write(escape_json(for_encoding(text)))

    def gap(self) -> None:
        """Write a mark for lines that were left out between two groups."""
        if self._form == "text":
            self._write(painted(_GAP, DIM) if self._render.colour else _GAP)

    def _raw(self, data: bytes) -> None:
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None or sys.stdout.isatty():  # a terminal would obey what a line says
            self._write(escape(data.decode("utf-8", "backslashreplace")))
            return
        sys.stdout.flush()
        buffer.write(data + b"\n")
        buffer.flush()

    def _chosen(self, data: bytes) -> bytes:
        if not self._fields:
            return data
        try:
            record = orjson.loads(data)
        except orjson.JSONDecodeError:
            return b"{}"
        if not isinstance(record, dict):
            return b"{}"
        return orjson.dumps({name: record[name] for name in self._fields if name in record})
