"""The signal that a person wants to trace, found by its id or by a part of it."""

from __future__ import annotations

from collections.abc import Callable

from logging_kit.correlation import LEAST_PART, typed_part
from logging_kit.panels.engine.engine import DuckDBEngine


def find_ids(engine: DuckDBEngine, text: str) -> list[str]:
    """Return the correlation ids that a text means, that of the newest line first.

    The id that equals the text is the only one; otherwise those that begin or end with it.

    Args:
        engine: The lines.
        text: The id or a part of it, as a person types or copies it.
    """
    part = typed_part(text)
    if not part:
        return []
    found = engine.cursor().execute(
        """
        SELECT correlation_id FROM raw.lines
        WHERE correlation_id = $part OR (length($part) >= $least AND (
            starts_with(correlation_id, $part) OR ends_with(correlation_id, $part)))
        GROUP BY correlation_id ORDER BY correlation_id = $part DESC, max(ts) DESC LIMIT 100
        """,
        {"part": part, "least": LEAST_PART},
    )
    ids = [str(name) for (name,) in found.fetchall()]
    if part in ids:
        return [part]
    return ids


def choose_id(engine: DuckDBEngine, text: str, notify: Callable[[str], object]) -> str:
    """Return the correlation id that a text means; the text itself if no line has such an id.

    Args:
        engine: The lines.
        text: The id or a part of it.
        notify: Called with a sentence when several signals match.
    """
    found = find_ids(engine, text)
    if len(found) > 1:
        notify(f"{len(found)} signals match; this is the newest of them.")
    return next(iter(found), text)
