"""The alerts on money: losses, drawdown, risk rules and rejected orders."""

from __future__ import annotations

from typing import Final

from logging_kit.events.identities import ACCOUNT, BOT
from logging_kit.panels.alerts.alert import Alert, Limits, both, union
from logging_kit.panels.query.fields import EQUITY, ORDER, RISK, TRADE, Where
from logging_kit.panels.query.language import (
    count,
    difference,
    last,
    last_time,
    low,
    ratio,
    total,
    without,
)
from logging_kit.panels.query.nodes import Query

_SNAPSHOT: Final = "6h"
"""Age of the account that still counts; a bot may write it as rarely as it decides."""
_WHOLE: Final = (
    1 - 1e-9
)  # a loss of exactly the limit may come out of the division a little smaller
_RULE: Final = (*BOT, "rule", "symbol")


def money_alerts(limits: Limits) -> tuple[Alert, ...]:
    """Return the alerts on money, the most urgent first."""
    used, reached = _used(limits), _reached(limits)
    triggered = last_time(RISK, where=RISK.state == "triggered", by=_RULE, within="24h")
    lately = count(RISK, where=RISK.state == "triggered", by=_RULE, within="10m")
    cleared = last_time(RISK, where=RISK.state == "cleared", by=_RULE, within="24h")
    return (
        Alert(
            name="DailyLossLimit",
            severity="critical",
            measure=union([used >= _WHOLE, reached]),
            over=0,
            lasting="1m",
            keep_firing="15m",
            summary="{bot_name} has lost its limit of the day ({value:percent} of it, in {quote} "
            "on {exchange}).",
            explanation="The realized loss of the day has reached the limit: a share of the "
            "account's equity, unless an amount is set. An account without realized_pnl_today is "
            "judged by its exits in 24 hours, and one without equity has lost everything. A limit "
            "that was reached within the last hour stays reached.",
            runbook="Stop the bot from opening positions, then look at PnL by exit reason and at "
            "the last trades.",
            panel_ref=("lk-positions-pnl", "PnL by strategy"),
            known_as="DailyLossLimit",
        ),
        Alert(
            name="DailyLossWarning",
            severity="warning",
            measure=without((used >= 0.7 * _WHOLE) < _WHOLE, reached),
            over=0,
            lasting="1m",
            keep_firing="15m",
            summary="{bot_name} has used {value:percent} of its daily loss limit in {quote} on "
            "{exchange}.",
            explanation="The realized loss of the day has reached 70 % of the limit, and not yet "
            "the limit.",
            runbook="Decide now whether the bot may go on: at 100 % DailyLossLimit fires.",
            panel_ref=("lk-positions-pnl", "PnL by strategy"),
        ),
        Alert(
            name="DrawdownHigh",
            severity="warning",
            measure=last(EQUITY.drawdown_pct, by=ACCOUNT, within=_SNAPSHOT),
            over=limits.drawdown_pct,
            lasting="5m",
            keep_firing="30m",
            summary="{bot_name} is {value} % below its highest equity in {quote} on {exchange}.",
            explanation="Realized and open losses together are larger than the strategy should "
            "lose.",
            runbook="Compare with the worst drawdown of the backtest. If this one is larger, the "
            "market has left the range that the strategy was tested on.",
            panel_ref=("lk-positions-pnl", "Drawdown"),
        ),
        Alert(
            name="RiskTriggered",
            severity="critical",
            measure=union([without(triggered, difference(cleared, triggered) >= 0), lately]),
            over=0,
            keep_firing="5m",
            summary="{bot_name}: the risk rule {rule} has been triggered.",
            explanation="A rule that protects the account has acted. Its line has the value, the "
            "limit and the action. The alert ends when the rule is cleared (RISK with the state "
            "cleared) and has been quiet for ten minutes, or after a day.",
            runbook="Risk events shows the value, the limit and the action. Check on the exchange "
            "that the action took place.",
            panel_ref=("lk-system-health", "Risk events"),
            known_as="KillSwitch",
        ),
        Alert(
            name="OrderRejects",
            severity="warning",
            measure=count(
                ORDER, where=ORDER.status == "rejected", by=(*BOT, "exchange"), within="30m"
            ),
            over=limits.rejects,
            keep_firing="15m",
            summary="{exchange} has rejected {value} orders of {bot_name} in 30 minutes.",
            explanation="Too little balance, an amount below the minimum, a price outside the "
            "limits, or permissions taken away.",
            runbook="The reason is in the ORDER lines. Check balance and permissions of the key.",
            panel_ref=("lk-trading-overview", "Orders by status"),
        ),
    )


def _used(limits: Limits) -> Query:
    """Return the share of the daily limit that is lost, by account."""
    worth = last(EQUITY.equity, by=ACCOUNT, within=_SNAPSHOT)
    lost = _lost(None, None)
    amounts = [
        _lost(
            (EQUITY.bot_name == bot) & (EQUITY.quote == quote),
            (TRADE.bot_name == bot) & (TRADE.quote == quote),
        )
        * (-1 / amount)
        for bot, quote, amount in limits.daily_losses
    ]
    ruined = count(both(worth <= 0, lost < 0), by=ACCOUNT)
    return union(
        [
            *amounts,
            ratio(lost, worth > 0) * (-1 / limits.daily_loss),
            ruined * (1 / limits.daily_loss),
        ]
    )


def _reached(limits: Limits) -> Query:
    """Return the accounts that were beyond the limit a moment ago: they have their alert."""
    worst = low(EQUITY.realized_pnl_today, by=ACCOUNT, within="1h")
    worth = last(EQUITY.equity, by=ACCOUNT, within=_SNAPSHOT)
    amounts = [
        low(
            EQUITY.realized_pnl_today,
            where=(EQUITY.bot_name == bot) & (EQUITY.quote == quote),
            by=ACCOUNT,
            within="1h",
        )
        * (-1 / amount)
        for bot, quote, amount in limits.daily_losses
    ]
    return union([*amounts, ratio(worst, worth) * (-1 / limits.daily_loss)]) >= _WHOLE


def _lost(of_account: Where | None, of_trade: Where | None) -> Query:
    """Return the realized profit of the day, a negative number for a loss, by account."""
    exits = TRADE.action.among("exit", "partial_exit")
    if of_trade is not None:
        exits = exits & of_trade
    today = last(EQUITY.realized_pnl_today, where=of_account, by=ACCOUNT, within=_SNAPSHOT)
    return union([today, total(TRADE.pnl, where=exits, by=ACCOUNT, within="24h")])
