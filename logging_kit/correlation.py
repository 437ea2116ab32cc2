"""Correlation ids: their distance, the short form that people see, and the parts that they type."""

from __future__ import annotations

import re
from typing import Final

SHORT: Final = 8
"""Digits that people see of an id that the package made."""

LEAST_PART: Final = 3
"""Characters from which on a part of an id counts as one."""

STEP: Final = 0x9E3779B97F4A7C15
"""Difference of two ids that are made one after the other, modulo 2^64.

They then differ in their first and in their last eight digits: the step is odd, so the last digits
repeat after 2^32 ids only, and it is 2^64 divided by the golden ratio, so the first digits of many
ids lie far apart.
"""

_MADE: Final = re.compile(r"[0-9a-f]{16}")


def short_id(correlation_id: str) -> str:
    """Return the form of an id for people: the last digits of one that the package made.

    An id that the bot made stays whole: its parts may be the same in all of them.

    Example:
        >>> short_id("9e3779b97f4a7c15"), short_id("btc-entry-17")
        ('7f4a7c15', 'btc-entry-17')
    """
    if _MADE.fullmatch(correlation_id):
        return correlation_id[-SHORT:]
    return correlation_id


def typed_part(text: str) -> str:
    """Return the id, or the part of one, that a person typed or copied, such as `#7f4a7c15`."""
    return text.strip().strip("#…")


def is_id(part: str, correlation_id: str) -> bool:
    """Return True if a part means this id: the whole of it, its beginning or its end.

    Args:
        part: What a person gave; fewer than three characters mean only the id that equals them.
        correlation_id: The id of a line.
    """
    if part == correlation_id:
        return True
    return len(part) >= LEAST_PART and (
        correlation_id.startswith(part) or correlation_id.endswith(part)
    )
