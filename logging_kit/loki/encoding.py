"""Bodies of Loki's push protocol: protobuf with snappy as agents send it, or JSON with gzip."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson

from ..line import rfc3339
from . import logproto
from .streams import Stream

_GZIP_LEVEL: Final = 1


class Body(NamedTuple):
    """The body of a request.

    Attributes:
        content: The bytes that go over the wire.
        headers: Headers that describe them.
    """

    content: bytes
    headers: Mapping[str, str]


def find_snappy() -> Callable[[bytes], bytes] | None:
    """Return the function that compresses with snappy; `None` if no package has one."""
    try:
        from cramjam import snappy
    except ImportError:
        pass
    else:
        return lambda content: bytes(snappy.compress_raw(content))
    try:
        from snappy import compress  # type: ignore[import-not-found]
    except ImportError:
        return None
    return lambda content: bytes(compress(content))


def protobuf_body(streams: Sequence[Stream], compress: Callable[[bytes], bytes]) -> Body:
    """Return a body in protobuf.

    Args:
        streams: The streams.
        compress: Compresses with snappy.
    """
    content = compress(logproto.push_request(streams))
    return Body(content, {"Content-Type": "application/x-protobuf"})


def json_body(streams: Sequence[Stream]) -> Body:
    """Return a body in JSON."""
    data = {
        "streams": [
            {"stream": stream.labels, "values": [_value(*row) for row in stream.rows]}
            for stream in streams
        ]
    }
    return compressed_json(data)


def legacy_json_body(streams: Sequence[Stream]) -> Body:
    """Return a body in the JSON of `/api/prom/push`, which has no structured metadata."""
    data = {
        "streams": [
            {
                "labels": logproto.label_text(stream.labels),
                "entries": [
                    {"ts": _rfc3339_ns(time_ns), "line": line.decode("utf-8", "replace")}
                    for time_ns, line, _ in stream.rows
                ],
            }
            for stream in streams
        ]
    }
    return compressed_json(data)


def compressed_json(data: object) -> Body:
    """Return any JSON with gzip."""
    content = gzip.compress(orjson.dumps(data), _GZIP_LEVEL, mtime=0)
    return Body(content, {"Content-Type": "application/json", "Content-Encoding": "gzip"})


def _rfc3339_ns(time_ns: int) -> str:
    """Write a moment with its nanoseconds."""
    time_us, rest = divmod(time_ns, 1_000)
    return f"{rfc3339(time_us).removesuffix('Z')}{rest:03d}Z"


def _value(time_ns: int, line: bytes, metadata: Mapping[str, str]) -> list[object]:
    value: list[object] = [str(time_ns), line.decode("utf-8", "replace")]
    if metadata:
        value.append(metadata)
    return value
