from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.opentelemetry import trace_ids

sdk = pytest.importorskip("opentelemetry.sdk.trace")


def test_the_ids_of_a_span_are_on_its_lines(
    start: Callable[..., logging_kit.BotLogger], lines: Callable[..., list[dict[str, Any]]]
) -> None:
    log = start(strict=True, hooks=("stdlib",), processors_after=[trace_ids])
    tracer = sdk.TracerProvider().get_tracer("bot")
    with tracer.start_as_current_span("round") as span:
        log.signal("WAIT", symbol="BTC/USDT", confidence=0.4)
        logging.getLogger("shop").info("inside")
        log.info("given", trace_id="mine")
    log.info("outside")
    signal, inside, given, outside = lines()
    context = span.get_span_context()
    assert signal["trace_id"] == inside["trace_id"] == f"{context.trace_id:032x}"
    assert signal["span_id"] == f"{context.span_id:016x}"
    assert given["trace_id"] == "mine"
    assert "trace_id" not in outside
