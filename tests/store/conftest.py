"""Fixtures that all tests of the store need."""

from __future__ import annotations

import pytest

from logging_kit import diagnostics


@pytest.fixture(autouse=True)
def _notes_of_this_test_alone() -> None:
    """Forget when notes were written: there is one a minute of a kind."""
    diagnostics._notes.clear()
