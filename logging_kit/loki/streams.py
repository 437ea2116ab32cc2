"""Batches of entries, and the streams of one batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .entry import Entry
from .labels import clean_metadata, split_labels

Row = tuple[int, bytes, Mapping[str, str]]
"""Time in nanoseconds, line and structured metadata of one entry."""


@dataclass(slots=True)
class Stream:
    """The entries of one request that have the same labels.

    Attributes:
        labels: The labels.
        rows: The entries.
    """

    labels: Mapping[str, str]
    rows: list[Row] = field(default_factory=list)


class Grouping:
    """Groups entries by their mapping of labels, not by the order or the values alone.

    Args:
        max_labels: Most labels of a stream; further ones become structured metadata.
    """

    def __init__(self, max_labels: int) -> None:
        self._max_labels = max_labels
        self.metadata_left_out = 0
        self.sends_metadata = True

    def group(self, entries: Sequence[Entry]) -> list[Stream]:
        """Return the streams of a batch, each with its entries in their order."""
        streams: dict[tuple[tuple[str, str], ...], Stream] = {}
        # entries of one stream mostly share their mapping, which lives as long as they do
        known: dict[int, tuple[Stream, dict[str, str]]] = {}
        for labels, time_ns, line, metadata in entries:
            found = known.get(id(labels))
            if found is None:
                kept, above = split_labels(labels, self._max_labels)
                stream = streams.setdefault(tuple(sorted(kept.items())), Stream(kept))
                found = known[id(labels)] = stream, above
            stream, above = found
            row_metadata: Mapping[str, str] = above
            if metadata:
                row_metadata, left_out = clean_metadata({**above, **metadata})
                self.metadata_left_out += left_out
            if not self.sends_metadata:
                row_metadata = {}
            if isinstance(line, str):
                line = line.encode("utf-8", "replace")
            stream.rows.append((time_ns, line, row_metadata))
        return list(streams.values())


def batches(entries: Sequence[Entry], lines: int, size: int) -> Iterator[Sequence[Entry]]:
    """Yield entries in requests of at most so many lines and bytes; a single one may be larger.

    Args:
        entries: The entries.
        lines: Most lines of a request.
        size: Most bytes of a request.
    """
    begin = total = 0
    for at, entry in enumerate(entries):
        added = entry.size
        if at > begin and (at - begin >= lines or total + added > size):
            yield entries[begin:at]
            begin, total = at, 0
        total += added
    if begin < len(entries):
        yield entries[begin:]
