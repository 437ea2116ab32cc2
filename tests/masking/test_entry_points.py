"""A registered value comes in by any way, in any nest and any encoding, and goes out by none."""

from __future__ import annotations

import dataclasses
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import logging_kit
from logging_kit.console import render
from logging_kit.store.reader import Follower
from tests.masking.test_all_outputs import encoders, nests, secrets
from tests.support.masking.leaks import undone

FORMATTER = logging_kit.JsonFormatter()
library = logging.getLogger("a.library")


@dataclasses.dataclass
class Holder:
    held: Any

    def __str__(self) -> str:
        return f"Holder({self.held!r})"


class Filtered(logging.Handler):
    """Return the output of a handler with logging_kit's formatter."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(FORMATTER.format(record))


def _raise(log: Any, text: str, thing: Any) -> None:
    try:
        try:
            raise KeyError(thing)
        except KeyError as cause:
            error = ValueError(text)
            error.add_note(text)
            raise ExceptionGroup(text, [error, OSError(5, text)]) from cause
    except ExceptionGroup as group:
        log.exception("failed", exc_info=group)


def _bound(log: Any, text: str, thing: Any) -> None:
    with logging_kit.bound(thing=thing):
        log.bind(text=text).info("bound")
        library.warning("bound")


WAYS: dict[str, Callable[[Any, str, Any], None]] = {
    "typed": lambda log, text, thing: log.signal(
        "LONG", symbol="BTC/USDT", confidence=0.5, reason=text, thing=thing
    ),
    "wrong": lambda log, text, thing: log.order(
        text, order_id=thing, symbol=text, exchange=text, side=text, qty=text
    ),
    "plain": lambda log, text, thing: log.info(text, thing=thing, text=text),
    "key": lambda log, text, thing: log.info("key", **{text or "k": 1}, thing={text: thing}),
    "args": lambda log, text, thing: log.info("%s and %s", text, thing),
    "object": lambda log, text, thing: log.info(
        Holder(thing), holder=Holder(text), raw=text.encode("utf-8", "replace"), kinds={text}
    ),
    "exception": _raise,
    "bound": _bound,
    "stdlib": lambda log, text, thing: library.warning(
        "%s %r", text, thing, extra={"thing": thing}, stack_info=True
    ),
    "stdlib dict": lambda log, text, thing: library.error({"message": text, "thing": thing}),
    "warning": lambda log, text, thing: warnings.warn(text, stacklevel=1),
    "call": lambda log, text, thing: log.api_call(
        text, "GET", text, status=200, latency_ms=1.0, error_type=text, thing=thing
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture
def outputs(folder: Path) -> Iterator[tuple[Any, Callable[[], list[str]]]]:
    handler = Filtered()
    with (
        logging_kit.setup(log_dir=folder, stdout="off", mask_env=False) as log,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("always")
        library.addHandler(handler)
        follower = Follower(folder, {})

        def read() -> list[str]:
            logging_kit.flush()
            lines = [line.data for line in follower.poll()]
            kept, handler.lines = handler.lines, []
            return [view for line in lines for view in (line.decode(), render(line, False))] + kept

        yield log, read
        follower.close()
        library.removeHandler(handler)


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    data=st.data(),
    way=st.sampled_from(sorted(WAYS)),
    secret=secrets,
    encode=encoders,
    before=st.text(max_size=9),
)
def test_no_way_out_for_a_registered_value(
    outputs: tuple[Any, Callable[[], list[str]]],
    data: st.DataObject,
    way: str,
    secret: str,
    encode: Any,
    before: str,
) -> None:
    log, read = outputs
    text = f"{before}{encode(secret)}"
    thing = data.draw(nests(st.just(text)))
    assert logging_kit.register_secret(secret)
    try:
        read()
        WAYS[way](log, text, thing)
        seen = read()
        assert seen
        for view in seen:
            assert not any(secret in one or encode(secret) in one for one in undone(view)), way
        assert all(json.loads(view) for view in seen if view.startswith("{"))
    finally:
        logging_kit.forget_secret(secret)
