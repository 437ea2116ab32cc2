"""Quoting and grouping that LogQL and PromQL have in common."""

from __future__ import annotations

import json
from decimal import Decimal

from logging_kit.panels.query.scope import Variable


def by_clause(by: tuple[str, ...]) -> str:
    """Return the clause that groups by labels; empty for none."""
    if by:
        return f" by ({', '.join(by)}) "
    return ""


def quoted_regex(expression: str) -> str:
    """Return a regular expression in quotes."""
    if isinstance(expression, Variable):
        return f"`{expression.formatted('regex')}`"
    return quoted(expression)


def quoted_whole(expression: str) -> str:
    """Return a regular expression in quotes that matches a text from end to end."""
    if isinstance(expression, Variable):
        return f"`^(?:{expression.formatted('regex')})$`"
    return quoted(f"^(?:{expression})$")


def quoted(value: str) -> str:
    """Return a text in quotes."""
    return json.dumps(value, ensure_ascii=False)  # Go's quoting agrees with JSON's


def decimal_text(value: float) -> str:
    """Return a number without an exponent."""
    return format(Decimal(repr(value)).normalize(), "f")
