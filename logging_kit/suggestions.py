"""Suggestions for names that a person has misspelt."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message that names the nearest known word, or an empty text.

    Example:
        >>> did_you_mean("segment_sise", ["segment_size", "keep"])
        "; did you mean 'segment_size'?"
    """
    from difflib import get_close_matches

    for close in get_close_matches(name, list(known), n=1):
        return f"; did you mean {close!r}?"
    return ""
