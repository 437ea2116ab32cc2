"""The registry of the process, emptied for a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from logging_kit.masking.masker import REGISTRY


@contextmanager
def emptied_registry() -> Iterator[None]:
    """Take all registered values away, and put them back at the end."""
    before = REGISTRY.values()
    for value in before:
        REGISTRY.discard(value)
    try:
        yield
    finally:
        for value in REGISTRY.values():
            REGISTRY.discard(value)
        REGISTRY.add(before.items())


def longest_visible(value: str, text: str) -> int:
    """Return the length of the longest part of a value in a text."""
    best = 0
    for start in range(len(value)):
        while value[start : start + best + 1] in text and start + best < len(value):
            best += 1
    return best
