"""Gauges of a bot's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from logging_kit import DefinitionError, diagnostics, metrics
from logging_kit.metrics import gauges


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    diagnostics._notes.clear()
    yield
    gauges._gauges.clear()


def values() -> dict[str, Any]:
    return {gauge.name: numbers for gauge, numbers in gauges.readings()}


def test_a_function_gives_the_value_at_each_reading() -> None:
    numbers = iter([1, 2.5])
    metrics.register_gauge("bot_levels", lambda: next(numbers), "Levels.")
    assert values() == {"bot_levels": [((), 1.0)]}
    assert values() == {"bot_levels": [((), 2.5)]}
    metrics.unregister_gauge("bot_levels")
    metrics.unregister_gauge("bot_levels")
    assert values() == {}


def test_labels_come_as_a_mapping() -> None:
    metrics.register_gauge("a", lambda: {"x": 1, "y": 2}, labels=("kind",))
    metrics.register_gauge("b", lambda: {("x", 1): 3}, labels=("kind", "n"))
    assert values() == {"a": [(("x",), 1.0), (("y",), 2.0)], "b": [(("x", "1"), 3.0)]}


@pytest.mark.parametrize(
    ("fn", "labels"),
    [
        (lambda: 1 / 0, ()),
        (lambda: "many", ()),
        (lambda: None, ()),
        (lambda: 1, ("kind",)),
        (lambda: {("a", "b"): 1}, ("kind",)),
    ],
)
def test_one_that_fails_is_left_out(
    fn: Any, labels: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    metrics.register_gauge("bad", fn, labels=labels)
    metrics.register_gauge("good", lambda: 1)
    assert values() == {"good": [((), 1.0)]}
    assert "the gauge bad is left out" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("1st", ()),
        ("a-b", ()),
        ("", ()),
        (None, ()),
        ("orders_total", ()),
        ("x_bucket", ()),
        ("trading_equity", ()),
        ("logging_kit_build_info", ()),
        ("fine", ("a-b",)),
        ("fine", ("__name__",)),
    ],
)
def test_names_that_prometheus_refuses_are_refused(name: Any, labels: tuple[str, ...]) -> None:
    with pytest.raises(DefinitionError):
        metrics.register_gauge(name, lambda: 1, labels=labels)


def test_a_name_is_taken_once() -> None:
    metrics.register_gauge("one", lambda: 1)
    with pytest.raises(DefinitionError, match="already"):
        metrics.register_gauge("one", lambda: 2)


def test_the_package_has_no_other_names() -> None:
    with pytest.raises(AttributeError):
        _ = metrics.no_such_name
