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


def varint(number: int) -> bytes:
    """Return an unsigned integer in protobuf's variable length."""
    if number < 0x80:
        return _SHORT[number]
    digits = bytearray()
    while number >= 0x80:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


_SHORT: Final = [bytes((number,)) for number in range(0x80)]


def push_request(streams: Sequence[Stream]) -> bytes:
    """Return a `PushRequest`."""
    parts: list[bytes] = []
    for stream in streams:
        entries = _entries(stream)
        labels = label_text(stream.labels).encode()
        head = _FIRST + varint(len(labels)) + labels
        size = len(head) + sum(map(len, entries))
        parts += (_FIRST, varint(size), head, *entries)
    return b"".join(parts)


def label_text(labels: Mapping[str, str]) -> str:
    """Return labels in Loki's text form, sorted by their names.

    Example:
        >>> label_text({"job": "bot", "app": "trading"})
        '{app="trading", job="bot"}'
    """
    pairs = (f"{name}={orjson.dumps(value).decode()}" for name, value in sorted(labels.items()))
    return f"{{{', '.join(pairs)}}}"


def _entries(stream: Stream) -> list[bytes]:
    """Return the encoded entries of a stream, each with its field number and size."""
    encoded: list[bytes] = []
    metadata_parts: dict[int, bytes] = {}  # by identity: `above` of a stream is one mapping
    for time_ns, line, metadata in stream.rows:
        seconds, nanos = divmod(time_ns, 1_000_000_000)
        time = _SECONDS + varint(seconds & 0xFFFF_FFFF_FFFF_FFFF) + _NANOS + varint(nanos)
        extra = b""
        if metadata:
            known = metadata_parts.get(id(metadata))
            if known is None:
                known = metadata_parts[id(metadata)] = _pairs(metadata)
            extra = known
        body = b"".join((_FIRST, varint(len(time)), time, _SECOND, varint(len(line)), line, extra))
        encoded.append(_SECOND + varint(len(body)) + body)
    return encoded


def _pairs(metadata: Mapping[str, str]) -> bytes:
    parts: list[bytes] = []
    for name, value in metadata.items():
        key, text = name.encode(), value.encode()
        pair = _FIRST + varint(len(key)) + key + _SECOND + varint(len(text)) + text
        parts += (_THIRD, varint(len(pair)), pair)
    return b"".join(parts)
