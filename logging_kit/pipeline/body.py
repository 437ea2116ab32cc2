"""Body of a line: all values but the stamp, which the store puts on."""

from __future__ import annotations

from typing import Any, Final

import orjson

from ..events.model import ENVELOPE, LABELS, STRUCTURED_METADATA
from ..line import BODY_LIMIT
from .normalise import encodable

_IDENTITIES: Final = frozenset((*ENVELOPE, *LABELS, *STRUCTURED_METADATA))
_IDENTITY_LIMIT: Final = 256


class Head:
    """Beginning of each line of one logger, level and event.

    Attributes:
        values: Level, app, env, bot_name and logger.
        kind: The event.
        before: The values rendered, up to the message.
        after: The bytes between the message and the fields.
        body: The last body with this beginning; `repeats` compares later lines with it.
        seen: Number of lines equal to it since `since`; 0 if there was one only.
        since: Time of the first of them, in seconds of the monotonic clock.
        repeated: Number of them that were counted and not written, since `summarised`.
        repeated_body: Their body.
        first_us: Time of the first of those, in microseconds since 1970-01-01 UTC.
        last_us: Time of the last of those.
        summarised: Time of the last summary, in seconds of the monotonic clock.
        forwarded: True if these lines also go to the handlers of others.
    """

    __slots__ = (
        "after", "before", "body", "first_us", "forwarded", "kind", "last_us", "repeated",
        "repeated_body", "seen", "since",
        "summarised", "values",
    )  # fmt: skip

    def __init__(self, values: dict[str, str], kind: dict[str, str]) -> None:
        self.values = values
        self.kind = kind
        self.body = self.repeated_body = b""
        self.seen = self.repeated = self.first_us = self.last_us = 0
        self.since = self.summarised = 0.0
        self.forwarded = False
        self.before = render(values)[1:-1] + b',"message":'
        self.after = b"," + (render(kind)[1:-1] + b"," if kind else b"")

    def alone(self, message: str) -> bytes:
        """Return the body of a line without fields."""
        return self.before + render(message) + self.after[:-1]


def render(value: Any) -> bytes:
    """Serialise plain JSON values."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # a lone surrogate, which has no UTF-8
        return orjson.dumps(_encodable(value))


def render_cut(line: dict[str, Any]) -> bytes:
    """Serialise a line's values without the outer braces, cut so that the line keeps to its limit.

    Args:
        line: Plain JSON values, the envelope's first.

    Returns:
        UTF-8 without a newline; it holds `"truncated":true` when something was cut.
    """
    whole = render(line)
    if len(whole) <= BODY_LIMIT + 2:
        return whole[1:-1]
    line.pop("truncated", None)
    for limit in (49_152, 32_768, 16_384, 8_192, 4_096, 1_024, 256, 64, 16):
        whole = render({**_cut_fields(line, limit), "truncated": True})
        if len(whole) <= BODY_LIMIT + 2:
            return whole[1:-1]
    identities = {key: line[key] for key in line if key in _IDENTITIES}
    return render({**_cut_fields(identities, 64), "truncated": True})[1:-1]


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        kept: dict[str, Any] = {}
        for key, item in value.items():
            name = encodable(key)
            while name in kept:
                name += "_"
            kept[name] = _encodable(item)
        return kept
    return [_encodable(item) for item in value] if isinstance(value, list) else value


def _cut_fields(line: dict[str, Any], limit: int) -> dict[str, Any]:
    most = max(32, limit // 16)
    kept: dict[str, Any] = {}
    for key, value in line.items():
        if key in _IDENTITIES and key != "message":
            kept[key] = _cut(value, max(limit, _IDENTITY_LIMIT), most)
        elif len(kept) < most:
            kept[key[:limit]] = _cut(value, limit, most)
    return kept


def _cut(value: Any, limit: int, most: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= limit else value[:limit]
    if isinstance(value, dict):
        return {
            key[:limit]: _cut(item, limit, most // 2) for key, item in list(value.items())[:most]
        }
    if isinstance(value, list):
        return [_cut(item, limit, most // 2) for item in value[:most]]
    if isinstance(value, orjson.Fragment):
        return None if limit < _IDENTITY_LIMIT else value
    return value
