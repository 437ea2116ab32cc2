"""Filters of lines: fast on bytes first, exact on the fields afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson

from ..correlation import is_id, typed_part
from ..events.model import LEVELS
from .where import Condition

_PLAIN: Final = re.compile(r"[A-Za-z0-9 _./:@+#,;%=()<>*?|\[\]{}^$&!'`~-]+", re.ASCII)
"""Text that JSON writes as it is, whatever program wrote it."""

_LITERAL: Final = re.compile(r"[A-Za-z0-9 _/:@#,;%=<>&!'`~\"-]+", re.ASCII)
"""A pattern that stands for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The lines that a person asks for; what is empty lets every line pass.

    Args:
        level: Lowest level.
        events: Types of events.
        bots: Names of bots.
        symbols: Markets.
        apps: Names of programs.
        grep: Regular expressions; each must be found in the line.
        where: Conditions on fields.
        correlation_id: The id, its beginning or its end.
        run: The id of a run, its beginning or its end.
        since: Timestamp of the first line.
        until: Timestamp behind the last line.
    """

    level: str = ""
    events: Sequence[str] = ()
    bots: Sequence[str] = ()
    symbols: Sequence[str] = ()
    apps: Sequence[str] = ()
    grep: Sequence[str] = ()
    where: Sequence[str] = ()
    correlation_id: str = ""
    run: str = ""
    since: str = ""
    until: str = ""


class Filter:
    """Finds the wanted lines in blocks of a file.

    Args:
        wanted: The lines that a person asks for.

    Attributes:
        has_range: True if only lines of a range of time are wanted.

    Raises:
        ValueError: If a regular expression or a condition is wrong.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._needles: list[tuple[bytes, ...]] = []
        self._tests: list[Callable[[Mapping[str, Any]], bool]] = []
        self._patterns: list[re.Pattern[str]] = []
        self.since, self.until = wanted.since, wanted.until
        if wanted.level:
            lowest = LEVELS[wanted.level]
            levels = [name for name, number in LEVELS.items() if number >= lowest]
            self._add("level", levels)
        self._add("event", [name.upper() for name in wanted.events])
        for field, values in (
            ("bot_name", wanted.bots),
            ("symbol", wanted.symbols),
            ("app", wanted.apps),
        ):
            self._add(field, list(values))
        for field, given in (("correlation_id", wanted.correlation_id), ("run_id", wanted.run)):
            part = typed_part(given)
            if part:
                self._need(part)
                self._tests.append(partial(_has_id, field, part))
        for text in wanted.where:
            condition = Condition(text)
            for name in sorted(condition.needed):
                self._need(f'"{name.split(".")[0]}"')
            self._tests.append(condition)
        for pattern in wanted.grep:
            try:
                self._patterns.append(re.compile(pattern))
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
            if _LITERAL.fullmatch(pattern) and '"' not in pattern:
                self._need(pattern)
        # the longest needle is likely the rarest, one of several alternatives the most frequent
        self._needles.sort(key=lambda group: (len(group), -len(group[0])))
        self._singles = [group[0] for group in self._needles if len(group) == 1]
        self._alternatives = [group for group in self._needles if len(group) > 1]
        self.has_range = bool(wanted.since or wanted.until)

    def _add(self, field: str, values: list[str]) -> None:
        if not values:
            return
        allowed = frozenset(values)
        if len(values) < len(LEVELS) and all(_PLAIN.fullmatch(value) for value in values):
            self._needles.append(tuple(f'"{value}"'.encode() for value in values))
        self._tests.append(lambda record: record.get(field) in allowed)

    def _need(self, text: str) -> None:
        if _PLAIN.fullmatch(text.strip('"')):
            self._needles.append((text.encode(),))

    def __call__(self, line: bytes) -> bool:
        """Return True if a line is wanted, apart from its time."""
        for needle in self._singles:
            if needle not in line:
                return False
        for group in self._alternatives:
            if not any(needle in line for needle in group):
                return False
        if self._patterns and not self._matches(line):
            return False
        if not self._tests:
            return True
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            return False
        if not isinstance(record, dict):
            return False
        for test in self._tests:  # noqa: SIM110 - all() of a generator takes as long as a test
            if not test(record):
                return False
        return True

    def _matches(self, line: bytes) -> bool:
        text = line.decode("utf-8", "replace")
        if all(pattern.search(text) for pattern in self._patterns):
            return True
        if "\\" not in text:
            return False
        try:  # a text of the line itself, without the escapes of JSON
            plain = "\n".join(_texts(orjson.loads(line)))
        except orjson.JSONDecodeError:
            return False
        return all(pattern.search(text) or pattern.search(plain) for pattern in self._patterns)

    def is_in_time(self, timestamp: str) -> bool:
        """Return True if a line with this timestamp is in the range of time."""
        return timestamp >= self.since and (not self.until or timestamp < self.until)

    def find(self, data: bytes) -> Iterator[bytes]:
        """Yield the wanted lines of a block, in order and without their newlines.

        Args:
            data: Whole lines, each with its newline.
        """
        if not self._needles:
            yield from (line for line in data.split(b"\n") if line and self(line))
            return
        group = self._needles[0]
        nexts = [data.find(needle) for needle in group]
        while True:
            found = [at for at in nexts if at >= 0]
            if not found:
                return
            at = min(found)
            start = data.rfind(b"\n", 0, at) + 1
            end = data.find(b"\n", at)
            if end < 0:
                end = len(data)
            line = data[start:end]
            if self(line):
                yield line
            nexts = [
                data.find(needle, end) if 0 <= place < end else place
                for needle, place in zip(group, nexts, strict=True)
            ]


def _has_id(field: str, part: str, record: Mapping[str, Any]) -> bool:
    value = record.get(field)
    return isinstance(value, str) and is_id(part, value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
