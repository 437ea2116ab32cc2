"""Labels, structured metadata and time of a line, as the shipped Promtail configuration sets them.

Both lists come from the catalogue: `events.model.LABELS` and `STRUCTURED_METADATA`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Protocol

import orjson

from ..events.model import LABELS, STRUCTURED_METADATA, job_label
from .entry import Entry

_OWN_LABELS: Final = tuple(name for name in LABELS if name != "job")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]+))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_HTML: Final = ((b"&", b"\\u0026"), (b"<", b"\\u003c"), (b">", b"\\u003e"))
_MOST_STREAMS: Final = 10_000
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Labelling(Protocol):
    """Makes entries of lines."""

    def entry(self, stream: str, data: bytes, time_ns: int) -> Entry:
        """Make the entry of a line; see `Labeller.entry`."""
        ...


class Labeller:
    """Makes entries of lines.

    Args:
        app: Label `app` of lines that have none of their own.
        env: Label `env` of such lines.

    Example:
        >>> Labeller("trading", "testnet").entry("bot", b"no JSON", 7).labels["job"]
        'trading-bot'
    """

    def __init__(self, app: str, env: str) -> None:
        self._app, self._env = app, env
        self._streams: dict[tuple[str | None, ...], Mapping[str, str]] = {}
        self._second, self._second_ns = "", 0

    def entry(self, stream: str, data: bytes, time_ns: int) -> Entry:
        """Make the entry of a line.

        Args:
            stream: The stream of its segment.
            data: The line without its newline.
            time_ns: Time of a line that states none, in nanoseconds since 1970-01-01 UTC.
        """
        try:
            fields = orjson.loads(data)
        except ValueError:
            fields = None
        text = data.decode("utf-8", "replace")
        if not isinstance(fields, dict):
            return Entry(self._labels(stream, {}), time_ns, text)
        stamp = fields.get("timestamp")
        if isinstance(stamp, str):
            own_ns = self._time_of(stamp)
            if own_ns is not None:
                time_ns = own_ns
        metadata = {
            name: value for name in STRUCTURED_METADATA if (value := _text(fields.get(name)))
        }
        return Entry(self._labels(stream, fields), time_ns, text, metadata)

    def _labels(self, stream: str, fields: Mapping[str, Any]) -> Mapping[str, str]:
        values = tuple(_label(fields.get(name)) for name in _OWN_LABELS)
        key = (stream, *values)
        found = self._streams.get(key)
        if found is None:
            found = self._make(stream, dict(zip(_OWN_LABELS, values, strict=True)))
            if len(self._streams) < _MOST_STREAMS:
                self._streams[key] = found
        return found

    def _make(self, stream: str, own: Mapping[str, str | None]) -> Mapping[str, str]:
        app = own.get("app")
        labels = {"job": job_label(app or self._app, stream), "app": self._app, "env": self._env}
        labels |= {name: value for name, value in own.items() if value is not None}
        return {name: labels[name] for name in LABELS if labels.get(name)}

    def _time_of(self, stamp: str) -> int | None:
        """Return the nanoseconds of a time in RFC 3339, as Go reads it; `None` if it is none."""
        match = _TIME.fullmatch(stamp)
        if match is None:
            return None
        second, fraction, sign, hours, minutes = match.groups()
        if second != self._second:
            try:
                moment = datetime.fromisoformat(f"{second}+00:00")
            except ValueError:
                return None
            self._second = second
            self._second_ns = (moment - _EPOCH) // _SECOND * 1_000_000_000
        shift_s = 0
        if sign:
            if int(hours) > 24 or int(minutes) > 60:
                return None
            shift_s = int(hours) * 3600 + int(minutes) * 60
            if sign == "-":
                shift_s = -shift_s
        nanoseconds = int((fraction or "0")[:9].ljust(9, "0"))
        return self._second_ns + nanoseconds - shift_s * 1_000_000_000


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


def _label(value: Any) -> str | None:
    if type(value) is str:
        return value
    return _text(value)


def _text(value: Any) -> str | None:
    """Return a value of a line as Promtail writes it, or `None` if there is none."""
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            text = format(Decimal(repr(float(value))), "f")  # every number is a float to Promtail
            return text.removesuffix(".0")
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    for character, escaped in _HTML:
        data = data.replace(character, escaped)
    return data.decode()
