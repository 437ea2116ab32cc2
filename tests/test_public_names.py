"""Public names of `import logging_kit`, and their docstrings."""

from __future__ import annotations

import doctest
import importlib
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import logging_kit

NAMES = {
    "setup", "get_logger", "bound", "in_context", "flush", "shutdown", "stats", "BotLogger", "Settings", "mask",
    "register_secret", "register_from", "forget_secret", "Secret", "Handler", "JsonFormatter", "EventType", "__version__",
    "Sink", "SinkOptions", "Event", "Field", "register_event", "DefinitionError",
    "LoggingKitError", "SettingsError", "SchemaError", "QueryError", "NotAJournalError", "NotEmptyError", "StackError",
    "PushError", "TransportError", "NoTwinError", "PostError", "RendererError",
}  # fmt: skip
WITH_EXAMPLE = ("setup", "BotLogger", "Handler", "JsonFormatter", "in_context", "bound", "mask")
MODULES = ("testing", "processors", "loki", "metrics")


def test_the_public_names_are_these_and_no_others() -> None:
    assert set(logging_kit.__all__) == NAMES
    assert logging_kit.__all__ == sorted(logging_kit.__all__)
    imported: dict[str, Any] = {}
    exec("from logging_kit import *", imported)
    assert imported.keys() - {"__builtins__"} == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_name_is_there(name: str) -> None:
    assert getattr(logging_kit, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'logging_kit' has no attribute 'set_up'"):
        logging_kit.set_up  # noqa: B018


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__"}))
def test_each_name_has_a_docstring(name: str) -> None:
    public = getattr(logging_kit, name)
    assert len((inspect.getdoc(public) or "").split()) >= 5
    if inspect.isclass(public):
        undocumented = [
            attribute
            for attribute, value in vars(public).items()
            if not attribute.startswith("_")
            and (callable(value) or isinstance(value, property))
            and not inspect.getdoc(value)
        ]
        assert undocumented == []


@pytest.mark.parametrize("name", WITH_EXAMPLE)
def test_what_needs_an_example_has_one(name: str) -> None:
    assert "Example:" in (inspect.getdoc(getattr(logging_kit, name)) or "")


@pytest.mark.parametrize("name", MODULES)
def test_public_modules_say_what_is_public(name: str) -> None:
    module = importlib.import_module(f"logging_kit.{name}")
    assert module.__doc__
    assert all(inspect.getdoc(getattr(module, public)) for public in module.__all__)


def _examples() -> list[Any]:
    modules = (
        "logging_kit", "logging_kit.settings", "logging_kit.testing", "logging_kit.runtime.setup", "logging_kit.line",
        "logging_kit.runtime.context", "logging_kit.runtime.logger", "logging_kit.runtime.api_call",
    )  # fmt: skip
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [
        test
        for name in modules
        for test in finder.find(importlib.import_module(name), name)
        if test.examples
    ]
    return [
        pytest.param(test, id=test.name)
        for test in found
        if "def test_" not in test.examples[0].source
    ]


@pytest.mark.parametrize("example", _examples())
def test_examples_of_the_docstrings_run(
    example: doctest.DocTest,
    start: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from logging_kit.testing import captured

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGGING_KIT_HOOKS", "stdlib")
    monkeypatch.setenv("LOGGING_KIT_STDOUT", "off")
    with ThreadPoolExecutor(1) as executor:
        example.globs |= {
            "logging_kit": logging_kit,
            "log": start(),
            "get_logger": logging_kit.get_logger,
            "captured": captured,
            "executor": executor,
            "place_order": lambda order: order,
            "order": "o-1",
            "session": SimpleNamespace(post=lambda url: SimpleNamespace(status_code=200)),
            "url": "https://api.example.com/order",
        }
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        runner.run(example, clear_globs=False)
    assert runner.summarize(verbose=False) == (0, len(example.examples))
