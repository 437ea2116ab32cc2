"""Encoder of Loki's `logproto.PushRequest` in protobuf.

PushRequest  { repeated Stream streams = 1; }
Stream       { string labels = 1; repeated Entry entries = 2; }
Entry        { Timestamp timestamp = 1; string line = 2; repeated Label metadata = 3; }
Timestamp    { int64 seconds = 1; int32 nanos = 2; }
Label        { string name = 1; string value = 2; }
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from .streams import Stream

_FIRST, _SECOND, _THIRD = b"\x0a", b"\x12", b"\x1a"  # messages and texts with these field numbers
_SECONDS, _NANOS = b"\x08", b"\x10"  # integers with the field numbers 1 and 2
_NANOS_SIZE: Final = 5  # varints may be longer than they have to be: one length is quicker
_MOST_KNOWN: Final = 20_000

_known: Final[dict[int, bytes]] = {}


def varint(number: int) -> bytes:
    """Return an unsigned integer in protobuf's variable length."""
    known = _known.get(number)
    if known is not None:
        return known
    digits = bytearray()
    rest = number
    while rest >= 0x80:
        digits.append(rest & 0x7F | 0x80)
        rest >>= 7
    digits.append(rest)
    encoded = bytes(digits)
    if len(_known) < _MOST_KNOWN:
        _known[number] = encoded
    return encoded


def push_request(streams: Sequence[Stream]) -> bytes:
    """Return a `PushRequest`."""
    parts: list[bytes] = []
    for stream in streams:
        labels = label_text(stream.labels).encode()
        head = _FIRST + varint(len(labels)) + labels
        entries, size = _entries(stream)
        parts += (_FIRST, varint(len(head) + size), head)
        parts += entries
    return b"".join(parts)


def label_text(labels: Mapping[str, str]) -> str:
    """Return labels in Loki's text form, sorted by their names.

    Example:
        >>> label_text({"job": "bot", "app": "trading"})
        '{app="trading", job="bot"}'
    """
    pairs = (f"{name}={orjson.dumps(value).decode()}" for name, value in sorted(labels.items()))
    return f"{{{', '.join(pairs)}}}"


def _entries(stream: Stream) -> tuple[list[bytes], int]:
    """Return the parts of the encoded entries of a stream, and their size in bytes."""
    parts: list[bytes] = []
    total = 0
    second, time_head = -1, b""
    metadata_parts: dict[int, bytes] = {}  # by identity: the entries of a stream share mappings
    for time_ns, line, metadata in stream.rows:
        seconds, nanos = divmod(time_ns, 1_000_000_000)
        if seconds != second:
            second, time_head = seconds, _time_head(seconds)
        extra = b""
        if metadata:
            extra = metadata_parts.get(id(metadata), b"")
            if not extra:
                extra = metadata_parts[id(metadata)] = _pairs(metadata)
        length = varint(len(line))
        size = len(time_head) + _NANOS_SIZE + 1 + len(length) + len(line) + len(extra)
        # the seven bits of each digit move apart, and each digit but the last gets its mark
        digits = (
            nanos & 0x7F
            | (nanos & 0x3F80) << 1
            | (nanos & 0x1FC000) << 2
            | (nanos & 0xFE00000) << 3
            | (nanos & 0xF0000000) << 4
            | 0x80808080
        )
        head = varint(size)
        parts += (
            _SECOND, head, time_head, digits.to_bytes(_NANOS_SIZE, "little"), _SECOND, length, line,
            extra,
        )  # fmt: skip
        total += 1 + len(head) + size
    return parts, total


def _time_head(seconds: int) -> bytes:
    """Return the beginning of a `Timestamp`, up to the nanoseconds."""
    digits = varint(seconds & 0xFFFF_FFFF_FFFF_FFFF)
    size = len(_SECONDS) + len(digits) + len(_NANOS) + _NANOS_SIZE
    return b"".join((_FIRST, varint(size), _SECONDS, digits, _NANOS))


def _pairs(metadata: Mapping[str, str]) -> bytes:
    parts: list[bytes] = []
    for name, value in metadata.items():
        key, text = name.encode(), value.encode()
        pair = _FIRST + varint(len(key)) + key + _SECOND + varint(len(text)) + text
        parts += (_THIRD, varint(len(pair)), pair)
    return b"".join(parts)
