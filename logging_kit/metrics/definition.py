"""Definition of a metric: its type and labels, the event and the field that feed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ..events.catalogue import BUILT_IN

Kind = Literal["counter", "gauge", "histogram"]
Part = Literal["", "gain", "loss"]

NOW: Final = "@now"
"""Value of a gauge that holds the time of the event."""

LEVEL: Final = "@level"
"""Label that holds the level of the line."""

EVENT: Final = "@event"
"""Label that holds the type of the event; empty for a plain line."""

ONE: Final = ""
"""Value of a metric that counts events."""

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for the time of a request."""

HOLDING: Final = (
    60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 259200.0, 604800.0,
)  # fmt: skip
"""Bounds for the time from the entry of a trade to its exit: 1 minute to 1 week."""

RATIOS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MULTIPLES: Final = (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
AMOUNTS: Final = (
    -10_000.0, -1_000.0, -100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0, 1_000.0, 10_000.0,
)  # fmt: skip

BOT: Final = ("bot_name", "bot_name")
SYMBOL: Final = ("symbol", "symbol")
QUOTE: Final = ("quote", "quote")
EXCHANGE: Final = ("exchange", "exchange")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric.

    Args:
        name: Its name in Prometheus.
        kind: Its type.
        doc: Its help text, one sentence.
        event: The event that feeds it; `None` for every line.
        labels: Its labels, and the field of each.
        value: The field that it takes; `ONE` to count, `NOW` for the time of the event.
        where: Fields and the values that an event must have to feed it.
        buckets: Upper bounds of a histogram.
        scale: Factor from the unit of the field to that of the metric, such as 0.001 for ms.
        part: `gain` to add positive values only, `loss` to add negative ones as positive numbers.
        constants: Labels with a fixed value.
        words: Numbers that stand for the texts of the field.
        ends: A field and the values with which an event removes the series instead.
    """

    name: str
    kind: Kind
    doc: str
    event: str | None
    labels: tuple[tuple[str, str], ...] = (BOT,)
    value: str = ONE
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    buckets: tuple[float, ...] = ()
    scale: float = 1.0
    part: Part = ""
    constants: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, float], ...] = ()
    ends: tuple[str, tuple[str, ...]] | None = None

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of its labels, in their order."""
        return tuple(name for name, _ in (*self.labels, *self.constants))

    @property
    def accumulates(self) -> bool:
        """True if a restart must not reset it."""
        return self.kind != "gauge"

    def choices(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the possible values of each label, if all of them are finite but `bot_name`.

        Returns:
            Label and values, without `bot_name`; empty when some label takes any text.
        """
        found: list[tuple[str, tuple[str, ...]]] = []
        for label, field in self.labels:
            if field == "bot_name":
                continue
            values = self._choices_of(field)
            if not values:
                return ()
            found.append((label, values))
        return tuple(found)

    def _choices_of(self, field: str) -> tuple[str, ...]:
        limited = dict(self.where).get(field)
        if limited:
            return limited
        if self.event is None or field in (LEVEL, EVENT):
            return ()
        spec = BUILT_IN[self.event].fields.get(field)
        if spec is None:
            return ()
        if spec.kind == "boolean":
            return ("true", "false")
        return spec.choices


def moment(name: str, event: str, doc: str, *labels: tuple[str, str]) -> Metric:
    """Return a gauge with the time of the newest event."""
    return Metric(name=name, kind="gauge", doc=doc, event=event, labels=(BOT, *labels), value=NOW)
