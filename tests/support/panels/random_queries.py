"""Queries made at random from all words of the language, of which every engine must say the same."""

from __future__ import annotations

import random
from typing import Any

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.exceptions import QueryError
from logging_kit.panels.query.fields import LINES, EventLines, FieldRef, Where
from logging_kit.panels.query.language import (
    count,
    difference,
    high,
    last,
    last_time,
    low,
    mean,
    quantile,
    rate,
    ratio,
    share,
    size,
    total,
    without,
)
from logging_kit.panels.query.nodes import AcrossSeries, Filtered, Query
from tests.support.panels.reference_engine import Entry

_FUNCTIONS = (
    total,
    total,
    mean,
    mean,
    low,
    high,
    last,
    last,
    quantile,
    count,
    count,
    rate,
    last_time,
    size,
)
_WINDOWS = (None, None, None, "1m", "7m", "15m", "1h", "3h", "1d")


class RandomQueries:
    """Makes queries whose tests name values that the lines have.

    Args:
        seed: Of the random numbers.
        entries: The lines that are asked about.
    """

    def __init__(self, seed: int, entries: list[Entry]) -> None:
        self.chance = random.Random(seed)
        self.entries = [entry for entry in entries if entry.fields is not None]

    def query(self) -> Query:
        while True:
            try:
                return self._query()
            except QueryError:  # such as money that is not grouped by its currency
                continue

    def _query(self) -> Query:
        chance = self.chance
        lines = LINES if chance.random() < 0.15 else EventLines(chance.choice([*CATALOGUE]))
        kind = chance.random()
        if kind < 0.6:
            return self._over(lines, self._by(lines))
        by, within = self._by(lines), chance.choice(_WINDOWS)
        if kind < 0.68:
            return ratio(
                count(lines, where=self._where(lines), by=by, within=within),
                count(lines, by=by, within=within),
            )
        if kind < 0.74 and (test := self._where(lines)) is not None:
            return share(lines, test, by=by, within=within)
        if kind < 0.8:
            return without(
                count(lines, by=by, within="3h"),
                count(lines, where=self._where(lines), by=by, within="15m"),
            )
        if kind < 0.86:
            return difference(
                last_time(lines, by=by, within="1h"),
                last_time(lines, where=self._where(lines), by=by, within="1h"),
            )
        inner = self._over(lines, by)
        kept = (
            Filtered(
                inner, chance.choice(["!=", ">", ">=", "<", "<="]), chance.choice([0, 1, 2.5, -3])
            )
            if kind < 0.95
            else inner
        )
        if kind < 0.9:
            return kept
        chosen = tuple(name for name in inner.by if chance.random() < 0.5)
        if chance.random() < 0.5:
            return (
                count(kept, by=chosen)
                if isinstance(kept, Filtered)
                else AcrossSeries("count", kept, chosen)
            )
        return total(kept, by=chosen) * chance.choice([1, 60, -0.5])

    def _over(self, lines: EventLines, by: tuple[str, ...]) -> Query:
        chance = self.chance
        function: Any = chance.choice(_FUNCTIONS)
        rest = {"where": self._where(lines), "by": by, "within": chance.choice(_WINDOWS)}
        if function in (count, rate, last_time, size):
            return function(lines, **rest)  # type: ignore[no-any-return]
        fields = [name for name, field in lines.fields.items() if field.numeric]
        if not fields:
            raise QueryError("nothing to calculate with")
        field: FieldRef = getattr(lines, chance.choice(fields))
        if function is last:
            rest["by"] = tuple(
                {*by, "bot_name", *({"symbol", "timeframe", "quote"} & {*lines.fields})}
            )
        elif (
            chance.random() < 0.7
            and {"quote", "symbol"} & {*lines.fields}
            and not {"quote", "symbol"} & {*by}
        ):
            rest["by"] = (*by, "quote" if "quote" in lines.fields else "symbol")
        if function is quantile:
            return quantile(chance.choice([0, 0.05, 0.5, 0.9, 0.95, 1]), field, **rest)
        return function(field, **rest)  # type: ignore[no-any-return]

    def _by(self, lines: EventLines) -> tuple[str, ...]:
        low_cardinality = [
            name
            for name, field in lines.fields.items()
            if field.low_cardinality and name not in ("app", "env")
        ]
        return tuple(self.chance.sample(low_cardinality, self.chance.choice([0, 0, 1, 1, 2])))

    def _where(self, lines: EventLines) -> Where | None:
        where: Where | None = None
        for _ in range(self.chance.choice([0, 0, 1, 1, 2])):
            test = self._test(lines)
            where = test if where is None else where & test
        return where

    def _test(self, lines: EventLines) -> Where:
        chance = self.chance
        names = [
            name
            for name, field in lines.fields.items()
            if field.kind != "object" and name not in ("app", "env")
        ]
        field: FieldRef = getattr(lines, chance.choice(names))
        members = [entry for entry in self.entries if lines.name in (None, entry.text_of("event"))]
        entry = chance.choice(members)
        if field.field.numeric:
            number = entry.number_of(field.field.name) or 0
            return chance.choice(
                [field.__gt__, field.__ge__, field.__lt__, field.__le__, field.__eq__, field.__ne__]
            )(number)
        texts = [
            text
            for text in (
                entry.text_of(field.field.name),
                chance.choice(members).text_of(field.field.name),
            )
            if text
        ]
        if chance.random() < 0.3 and texts and field.field.kind != "boolean":
            return field.among(*dict.fromkeys(texts))
        text: Any = texts[0] if texts else ""
        if field.field.kind == "boolean":
            text = text or "true"
        return field == text if chance.random() < 0.6 else field != text
