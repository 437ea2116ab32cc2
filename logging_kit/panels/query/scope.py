"""The lines and the time range that a query is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logging_kit.events.model import FILTER_LABELS


class Variable(str):
    """A variable of a Grafana dashboard, written `$name`, whose value Grafana puts into the query.

    A compiler for Grafana quotes the value in the format that fits the place; any other string is
    taken as it is.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Variable:
        """Make the variable of this name."""
        return super().__new__(cls, f"${name}")

    def formatted(self, form: str) -> str:
        """Return the variable with one of Grafana's formats, such as `${app:regex}`."""
        return f"${{{self[1:]}:{form}}}"


@dataclass(frozen=True, slots=True)
class Scope:
    """The lines of a query, and its window where the query names none.

    Each text may be a `Variable` of a dashboard.

    Args:
        app: Label `app`, exactly; `None` admits every app.
        env: Label `env`: a regular expression that matches it whole.
        bot: `bot_name`: a regular expression that matches it whole; `None` admits every bot.
        symbol: `symbol` of the events that have one: a regular expression, as for `bot`.
        level: Label `level` of rows: a regular expression, as for `env`.
        search: Text that rows must contain; `None` admits every line.
        window: Window of the queries without `within`: the range of an instant query, the step
            of a range query.
        end: End of the range in ms since 1970-01-01 UTC. LogQL needs it for `age` only.
        start: Start of the range in ms, for SQL only: Loki takes both times beside the query.
        step: Time between two moments of a range query in ms, for SQL only; 0 for an instant
            query.
        labels: Further labels and a regular expression for each, as for `env`.
        ahead: True if each moment of a range query stands for the step that begins with it, so that
            the step that is running has a value; False if it stands for the one that it ends.
    """

    app: str | None
    env: str = ".*"
    bot: str | None = None
    symbol: str | None = None
    level: str | None = None
    search: str | None = None
    window: str = "$__auto"
    end: int | str = "$__to"
    start: int = 0
    step: int = 0
    labels: tuple[tuple[str, str], ...] = ()
    ahead: bool = False


DASHBOARD: Final = Scope(
    Variable("app"),
    Variable("env"),
    bot=Variable("bot"),
    symbol=Variable("symbol"),
    level=Variable("level"),
    search=Variable("search"),
    labels=tuple((name, Variable(name)) for name in FILTER_LABELS),
)
"""The variables of the Grafana dashboards."""
