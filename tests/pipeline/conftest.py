"""Fixtures that return the form of a value in a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
Written = Callable[[Any], Any]


@pytest.fixture
def written(start: Start, lines: Lines) -> Written:
    """Log one value as a field, inside a list and under a key, and give what the line says of it."""

    def written(value: Any) -> Any:
        start().info("x", value=value, inside=[value, {"deep": value}])
        (line,) = lines()
        assert line["inside"] == [line["value"], {"deep": line["value"]}]
        assert logging_kit.stats()["failed"] == 0
        return line["value"]

    return written
