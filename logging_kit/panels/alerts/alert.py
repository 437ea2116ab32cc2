"""An alert as data: a query, a threshold, and the texts for the person who is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import reduce
from typing import Any, Final, Literal

from logging_kit.events.identities import BOT
from logging_kit.exceptions import QueryError
from logging_kit.panels.compile.logql import logql
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.panel import Panel
from logging_kit.panels.query.fields import HEARTBEAT
from logging_kit.panels.query.language import count, without
from logging_kit.panels.query.nodes import Difference, FillZero, Filtered, Query, Scaled
from logging_kit.panels.query.scope import Scope

Severity = Literal["critical", "warning", "info", "none"]
_PLACE: Final = re.compile(r"\{(\w+)(?::(percent))?\}")
_DURATION: Final = re.compile(r"[1-9][0-9]*[smhdw]")
_LONGEST_UID: Final = 40  # of Grafana
_TEST: Final = (
    r"(?i)(^|[^a-z])(test|testing|testnet|paper|demo|sandbox|backtest|simulation|sim|dev|"
    r"development|stage|staging|local|dry.?run)[0-9]*([^a-z]|{end})"
)
TEST_ENV: Final = _TEST.replace("{end}", r"\z")
"""Regular expression of RE2 that finds the name of an environment without real money."""
_TEST_ENV: Final = re.compile(_TEST.replace("{end}", r"\Z"))

KNOWN: Final = count(HEARTBEAT, by=BOT, within="3d")
"""The bots that are expected to write heartbeats."""
SILENT: Final = without(KNOWN, count(HEARTBEAT, by=BOT, within="8m"))
"""The bots that have ended or hang: the consequences need no message of their own.

The window is as long as it is because a clock may be five minutes behind.
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds that depend on the bot.

    Args:
        restarts: Highest acceptable number of restarts in 30 minutes, deployments left out.
        errors: Highest acceptable number of lines at error in 5 minutes.
        api_errors: Share of failed requests.
        api_p95_ms: P95 of the latency of requests, in ms.
        rate_limits: Highest acceptable number of rate-limited requests in 5 minutes.
        rejects: Highest acceptable number of rejected orders in 30 minutes.
        daily_loss: Loss of a day, as a share of the account's equity.
        daily_losses: Loss of a day as an amount, for some bots: `(bot_name, quote, amount)`.
        drawdown_pct: Distance from the highest equity, in percent.
        no_signal_for: Shortest time without a decision; a bot that decides less often has more.
        confidence: Average confidence of the decisions to trade.
        loop_ms: Time of one round of the main loop, in ms.
        ai_cost_usd: Cost of the models in 24 hours, in USD.
    """

    restarts: float = 2
    errors: float = 5
    api_errors: float = 0.05
    api_p95_ms: float = 1000
    rate_limits: float = 5
    rejects: float = 3
    daily_loss: float = 0.05
    daily_losses: tuple[tuple[str, str, float], ...] = ()
    drawdown_pct: float = 10
    no_signal_for: str = "2h"
    confidence: float = 0.55
    loop_ms: float = 5000
    ai_cost_usd: float = 5


def parse_limits(given: Iterable[str]) -> Limits:
    """Return the thresholds with some of them set by texts such as `drawdown_pct=20`.

    Raises:
        ValueError: If a text is not `NAME=VALUE`, or there is no such threshold.
    """
    known = {field.name: field.default for field in fields(Limits) if field.name != "daily_losses"}
    values: dict[str, Any] = {}
    for text in given:
        name, _, value = text.partition("=")
        if name not in known:
            raise ValueError(
                f"a limit is NAME=VALUE with a name of {', '.join(known)}, not {text!r}"
            )
        try:
            if isinstance(known[name], str):
                values[name] = value
            else:
                values[name] = float(value)
        except ValueError:
            raise ValueError(f"{name} is a number, not {value!r}") from None
    if not _DURATION.fullmatch(values.get("no_signal_for", "2h")):
        raise ValueError(f"no_signal_for is a duration such as 8h, not {values['no_signal_for']!r}")
    return Limits(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert, which fires for each series of `measure` that passes `over` or `under`.

    Args:
        name: Its name, written as Prometheus does.
        severity: `critical` wakes a person, `warning` waits for working hours, `info` for a daily
            message, `none` is for machines. A critical alert is a warning in an environment without
            real money.
        measure: The query, including its window.
        over: Threshold; the alert fires above it.
        under: Threshold; the alert fires below it.
        unless: A query whose series silence the alert, such as `SILENT`; grouped like `measure`, or
            by fewer fields.
        lasting: Time that the value must stay there, such as `2m`.
        keep_firing: Time for which the alert fires on after the value is back, such as `15m`.
        resolves: False if it reports an occurrence: the end of its window is not news.
        summary: One sentence; `{bot_name}` stands for a label, `{value}` and `{value:percent}` for
            the value.
        explanation: The meaning of the alert, and its possible causes.
        runbook: Steps to take.
        panel_ref: `(uid, title)` of the panel that shows the same.
        known_as: Its usual name in Prometheus rules.
        no_answer: True if it fires when Loki does not answer, which only Grafana can tell.
        paused: True if it is shipped switched off.

    Raises:
        QueryError: If it has no threshold or two, names a label that its series lack or a panel
            that does not exist, or `unless` is grouped by more fields.
    """

    name: str
    severity: Severity
    measure: Query
    over: float | None = None
    under: float | None = None
    unless: Query | None = None
    lasting: str = "0s"
    keep_firing: str = "0s"
    resolves: bool = True
    summary: str
    explanation: str
    runbook: str
    panel_ref: tuple[str, str]
    known_as: str = ""
    no_answer: bool = False
    paused: bool = False

    def __post_init__(self) -> None:
        if (self.over is None) == (self.under is None):
            raise QueryError(f"{self.name}: an alert has one threshold, over or under")
        if unknown := {name for name, _ in _PLACE.findall(self.summary)} - {
            "value",
            *self.measure.by,
        }:
            raise QueryError(
                f"{self.name}: its series have the labels {self.measure.by}, not {sorted(unknown)}"
            )
        if self.unless is not None and not {*self.unless.by} <= {*self.measure.by}:
            raise QueryError(
                f"{self.name}: unless is grouped by {self.unless.by}, "
                f"and its series by {self.measure.by}"
            )
        if len(self.uid) > _LONGEST_UID:
            raise QueryError(f"{self.name}: its uid has more than {_LONGEST_UID} characters")
        _ = self.panel

    def severity_in(self, env: str) -> Severity:
        """Return the severity in an environment; nothing is critical where no money is at risk.

        Example:
            >>> from logging_kit.panels.alerts.bots import alerts
            >>> alerts()[0].severity_in("live"), alerts()[0].severity_in("testnet")
            ('critical', 'warning')
        """
        if self.severity == "critical" and _TEST_ENV.search(env):
            return "warning"
        return self.severity

    @property
    def uid(self) -> str:
        """The uid in Grafana, such as `lk-api-down`."""
        return "lk-" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.name).lower()

    @property
    def panel(self) -> Panel:
        """The panel that shows the same."""
        uid, title = self.panel_ref
        for dashboard in DASHBOARDS:
            for panel in dashboard.panels:
                if (dashboard.uid, panel.title) == (uid, title):
                    return panel
        raise QueryError(f"{self.name}: there is no panel {title!r} on {uid!r}")

    @property
    def link(self) -> str:
        """The path of that panel in Grafana."""
        return f"/d/{self.panel_ref[0]}?viewPanel={self.panel.id}"

    @property
    def fires(self) -> Query:
        """The measure and its threshold as one query; each of its series is an alert.

        `unless` is not part of it.
        """
        if self.over is not None:
            return Filtered(self.measure, ">", self.over)
        return Filtered(self.measure, "<", self.under or 0)

    def measure_expr(self, scope: Scope) -> str:
        """Return the measure in LogQL, with `unless`."""
        measure = logql(self.measure, scope)
        if self.unless is None:
            return measure
        return f"({measure} unless on ({', '.join(self.unless.by)}) {logql(self.unless, scope)})"

    def expr(self, scope: Scope) -> str:
        """Return the query in LogQL, with the threshold; each of its series is an alert."""
        if self.over is not None:
            sign, limit = (">", self.over)
        else:
            sign, limit = ("<", self.under or 0)
        return (
            f"({self.measure_expr(scope)} {sign} {format(Decimal(repr(limit)).normalize(), 'f')})"
        )


def minus(of: Query, less: Query) -> Query:
    """Subtract a query from another, and nothing where the second has no value."""
    return Difference(of, FillZero(less, Scaled(of, 0)))


def both(of: Query, other: Query) -> Query:
    """Return the series of a query that another, grouped alike or by fewer fields, has too."""
    return without(of, without(of, other))


def filled(text: str, label: Callable[[str], str], value: Mapping[str, str]) -> str:
    """Fill the places of a text: `{bot_name}` and other labels, `{value}` and `{value:percent}`.

    Args:
        text: The text.
        label: Returns the text for the name of a label.
        value: The texts for the value, by format: `""` and `"percent"`.
    """
    return _PLACE.sub(
        lambda m: value[m.group(2) or ""] if m.group(1) == "value" else label(m.group(1)), text
    )


def union(queries: list[Query]) -> Query:
    """Return the series of all queries; an earlier query wins where labels are equal."""
    return reduce(lambda later, earlier: FillZero(earlier, later), reversed(queries))
