"""Gauges of a bot's own: functions that are called when the metrics are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ..diagnostics import warn_once
from ..exceptions import DefinitionError
from .table import METRICS, SELF

Number = float | Mapping[Any, float]
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_COUNTER_ENDS: Final = ("_total", "_count", "_sum", "_bucket", "_created", "_info")


class OwnGauge(NamedTuple):
    """A gauge of the bot.

    Attributes:
        name: Its name in Prometheus.
        fn: Returns its value.
        doc: Its help text.
        labels: The names of its labels.
    """

    name: str
    fn: Callable[[], Number]
    doc: str
    labels: tuple[str, ...]


_gauges: Final[dict[str, OwnGauge]] = {}


def register_gauge(
    name: str,
    fn: Callable[[], Number],
    doc: str = "",
    labels: tuple[str, ...] = (),
) -> None:
    """Add a gauge whose value a function returns, such as a number from the bot's database.

    The function is called each time that the metrics are read, in the thread of the reader. If it
    raises or returns no number, the gauge is left out and stderr has a note.

    Args:
        name: Its name in Prometheus, which no other metric has.
        fn: Returns a number; with `labels`, a mapping from their values to numbers. The key of one
            label is a text, the key of several a tuple.
        doc: Its help text.
        labels: The names of its labels.

    Raises:
        DefinitionError: If the name is impossible, taken, or that of a counter.

    Example:
        >>> register_gauge("bot_open_grid_levels", lambda: 12, "Levels of the grid that are open.")
        >>> unregister_gauge("bot_open_grid_levels")
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DefinitionError(f"{name!r} cannot be the name of a metric in Prometheus")
    if name.endswith(_COUNTER_ENDS):
        raise DefinitionError(f"{name!r} is the name of a counter; a gauge needs another ending")
    if name in _gauges or name in SELF or any(name == metric.name for metric in METRICS):
        raise DefinitionError(f"there is a metric {name!r} already")
    if wrong := [label for label in labels if not _LABEL.fullmatch(label) or label[:2] == "__"]:
        raise DefinitionError(f"{wrong[0]!r} cannot be the name of a label in Prometheus")
    _gauges[name] = OwnGauge(name, fn, doc or name, tuple(labels))


def unregister_gauge(name: str) -> None:
    """Remove a gauge that `register_gauge` has added; one that does not exist is ignored."""
    _gauges.pop(name, None)


def readings() -> Iterator[tuple[OwnGauge, list[tuple[tuple[str, ...], float]]]]:
    """Yield each gauge of the bot with its values now."""
    for gauge in tuple(_gauges.values()):
        try:
            yield gauge, _read(gauge)
        except Exception as error:
            warn_once(
                f"gauge {gauge.name}",
                f"the gauge {gauge.name} is left out: its function raised {type(error).__name__}",
            )


def _read(gauge: OwnGauge) -> list[tuple[tuple[str, ...], float]]:
    given = gauge.fn()
    if not isinstance(given, Mapping):
        if gauge.labels:
            raise TypeError("a gauge with labels returns a mapping")
        return [((), float(given))]
    found = []
    for key, number in given.items():
        names = (key,) if isinstance(key, str) or not isinstance(key, tuple) else key
        if len(names) != len(gauge.labels):
            raise ValueError("a key has one text for each label")
        found.append((tuple(map(str, names)), float(number)))
    return found
