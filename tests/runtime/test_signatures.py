"""Signatures of the typed methods for `help()`, editors and type checkers."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from logging_kit import BotLogger
from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import Event
from tests.support.events import METHODS

ROOT = Path(__file__).resolve().parents[2]

each_event = pytest.mark.parametrize("event", METHODS.values(), ids=lambda event: event.name)


class TestSignatures:
    @each_event
    def test_the_catalogue_is_what_help_shows(self, event: Event) -> None:
        method = getattr(BotLogger, event.method)
        parameters = inspect.signature(method).parameters
        assert next(iter(parameters)) == "self"
        assert list(parameters)[1 : 1 + len(event.positional)] == list(event.positional)
        assert set(parameters) == {"self", *event.fields, "message", "extra"}
        positional = {name for name, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD}
        assert positional == set(event.positional)
        filled_in = (
            {"direction", "status", "ok", "latency_ms"} if event.name == "API_CALL" else set()
        )
        needed = {name for name, p in parameters.items() if p.default is p.empty} - {
            "self",
            "extra",
        }
        assert needed == {*event.required, *event.positional} - filled_in
        assert parameters["extra"].kind is inspect.Parameter.VAR_KEYWORD
        assert event.doc in method.__doc__
        assert method.__name__ == event.method
        assert method.__qualname__ == f"BotLogger.{event.method}"

    def test_types(self) -> None:
        annotations = {
            name: p.annotation for name, p in inspect.signature(BotLogger.order).parameters.items()
        }
        assert annotations["side"] == 'Literal["buy", "sell"]'
        assert annotations["qty"] == "Number"
        assert annotations["price"] == "Number | None"
        assert annotations["order_id"] == "str | int"
        assert inspect.signature(BotLogger.signal).return_annotation == "str"
        assert inspect.signature(BotLogger.api_call).return_annotation == "ApiCall"

    def test_what_type_checkers_read_has_a_method_for_each_event(self) -> None:
        committed = (ROOT / "logging_kit" / "runtime" / "_event_methods.py").read_text("utf-8")
        names = [node.split("(")[0] for node in committed.split("    def ")[1:]]
        assert [name for name in names if name != "event"] == [
            event.method for event in CATALOGUE.values() if event.name != "ERROR"
        ]

    def test_every_generated_file_is_up_to_date(self) -> None:
        done = subprocess.run(
            [sys.executable, "scripts/generate.py", "--check"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")
