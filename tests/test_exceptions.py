"""The exceptions of the package: one tree, all public, drawn in the module's docstring."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import logging_kit
from logging_kit import exceptions

ALL = [cls for _, cls in inspect.getmembers(exceptions, inspect.isclass)]


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_each_exception_is_public_and_has_one_base(cls: type[BaseException]) -> None:
    assert issubclass(cls, logging_kit.LoggingKitError)
    assert getattr(logging_kit, cls.__name__) is cls
    assert cls.__name__ in logging_kit.__all__


def test_the_docstring_draws_the_whole_tree() -> None:
    drawn = re.findall(
        r"^ {4}(?:[├└]── )?(\w+)(?: \(also a (\w+)\))?", exceptions.__doc__, re.MULTILINE
    )
    real = [(cls.__name__, "ValueError" if issubclass(cls, ValueError) else "") for cls in ALL]
    assert sorted(drawn) == sorted(real)


INTERNAL = {"ForeignFileError", "WithheldError", "_DamagedError"}
"""Raised and caught inside one package; a caller never sees them."""
SIMULATED = {"ExchangeError", "InsufficientFunds", "FeedError"}
"""The exchange of the demo raises them, as ccxt does."""


@pytest.mark.slow
def test_no_other_module_defines_an_exception_of_the_package() -> None:
    package = Path(logging_kit.__file__).parent
    found = {
        node.name
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    }
    assert found == {cls.__name__ for cls in ALL} | INTERNAL | SIMULATED


def test_callers_that_catch_value_error_still_do() -> None:
    with pytest.raises(ValueError, match="levle") as caught:
        logging_kit.Settings.load({"levle": "INFO"})
    assert isinstance(caught.value, logging_kit.SettingsError)
    with pytest.raises(logging_kit.LoggingKitError):
        logging_kit.setup(level="LOUD")
