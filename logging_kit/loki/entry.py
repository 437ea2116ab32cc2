"""An entry: one line with the labels, the time and the structured metadata it is pushed with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class Entry(NamedTuple):
    """One line on its way to a log server.

    Attributes:
        labels: Names and values of the stream's labels. Share one mapping between the entries of a
            stream: the sender looks at each mapping once.
        time_ns: Nanoseconds since 1970-01-01 UTC.
        line: Text of the line without its newline; bytes are UTF-8.
        metadata: Names and values of structured metadata; each value is sent as a string.
    """

    labels: Mapping[str, Any]
    time_ns: int
    line: bytes | str
    metadata: Mapping[str, Any] = _NONE

    @property
    def size(self) -> int:
        """Bytes that the entry adds to a request, roughly."""
        size = len(self.line) + 32
        if self.metadata is _NONE:
            return size
        for name, value in self.metadata.items():
            size += len(name) + len(str(value)) + 8
        return size
