"""The alerts on bots, money and exchanges, and the list of all alerts.

All are computed from log lines. A full disk of the server or an agent that does not read a file
needs a metric, so it is not among them.
"""

from __future__ import annotations

from typing import Final

from logging_kit.panels.alerts.alert import BOT, Alert, Limits, union
from logging_kit.panels.alerts.pipeline import pipeline_alerts
from logging_kit.panels.alerts.signals import signal_alerts
from logging_kit.panels.query.fields import (
    API_CALL,
    EQUITY,
    HEARTBEAT,
    LIFECYCLE,
    LINES,
    ORDER,
    RATE_LIMIT,
    RISK,
)
from logging_kit.panels.query.language import (
    count,
    difference,
    high,
    last,
    quantile,
    ratio,
    share,
    without,
)

EXCHANGE: Final = (*BOT, "exchange")
_ACCOUNT: Final = (*BOT, "quote")
_OUT: Final = API_CALL.direction != "in"
_WHOLE: Final = (
    1 - 1e-9
)  # a loss of exactly the limit may come out of the division a little smaller


def alerts(limits: Limits | None = None) -> tuple[Alert, ...]:
    """Return all alerts, the most urgent first in each part.

    Args:
        limits: Thresholds; the default ones if None.
    """
    given = limits or Limits()
    return (
        *_bots(given),
        *_money(given),
        *_exchanges(given),
        *signal_alerts(given),
        *pipeline_alerts(),
    )


def _bots(limits: Limits) -> tuple[Alert, ...]:
    return (
        Alert(
            name="BotHeartbeatMissing",
            severity="critical",
            measure=without(
                count(HEARTBEAT, by=BOT, within="24h"), count(HEARTBEAT, by=BOT, within="3m")
            ),
            over=0,
            lasting="1m",
            summary="{bot_name} has not written a heartbeat for 3 minutes.",
            explanation="The bot was alive within the last day and is silent now: it has ended or "
            "hangs, or its lines do not arrive.",
            runbook="Check the positions on the exchange first. Then check that the process runs, "
            "and that System Health shows lines of other bots. If you stopped the bot on purpose, "
            "silence this alert for its bot_name until it is back.",
            panel_ref=("lk-system-health", "Silent bots"),
        ),
        Alert(
            name="BotRestarting",
            severity="warning",
            measure=count(LIFECYCLE, where=LIFECYCLE.phase == "startup", by=BOT, within="30m"),
            over=limits.restarts,
            summary="{bot_name} has started {value} times in 30 minutes.",
            explanation="A supervisor keeps restarting the bot, and it ends soon after each start.",
            runbook="Read the last ERROR before each start in the error log. A bot that restarts "
            "may send its first orders again: check the open orders on the exchange.",
            panel_ref=("lk-system-health", "Restarts"),
        ),
        Alert(
            name="CriticalLogged",
            severity="critical",
            measure=count(
                LINES,
                where=(LINES.level == "critical") & (LINES.event != "RISK"),
                by=BOT,
                within="5m",
            ),
            over=0,
            summary="{bot_name} has logged {value} critical lines in 5 minutes.",
            explanation="The bot itself reports that it cannot work properly. Risk rules have "
            "their own alert.",
            runbook="Open the error log, read the line and its exception, and follow its "
            "correlation_id to the signal behind it.",
            panel_ref=("lk-system-health", "Error log"),
        ),
        Alert(
            name="ErrorBurst",
            severity="warning",
            measure=count(LINES, where=LINES.level == "error", by=BOT, within="5m"),
            over=limits.errors,
            summary="{bot_name} has logged {value} errors in 5 minutes.",
            explanation="Something fails repeatedly: an exchange in maintenance, a lost network, "
            "a programming error. Critical lines are not counted here: CriticalLogged reports "
            "each of them.",
            runbook="Errors by type shows which error it is. For the exchange, read its status "
            "page; for a single type, read its traceback.",
            panel_ref=("lk-system-health", "Errors by type"),
        ),
        Alert(
            name="LoopSlow",
            severity="warning",
            measure=high(HEARTBEAT.loop_ms, by=BOT, within="5m"),
            over=limits.loop_ms,
            lasting="5m",
            summary="A round of {bot_name}'s main loop took {value} ms.",
            explanation="The bot decides late, on old prices.",
            runbook="Compare with the latency of the API calls. If they are fast, the computation "
            "is slow: profile the strategy.",
            panel_ref=("lk-system-health", "Loop time"),
        ),
    )


def _money(limits: Limits) -> tuple[Alert, ...]:
    today, equity = (
        last(EQUITY.realized_pnl_today, by=_ACCOUNT, within="1h"),
        last(EQUITY.equity, by=_ACCOUNT, within="1h"),
    )
    amounts = [
        last(
            EQUITY.realized_pnl_today,
            where=(EQUITY.bot_name == bot) & (EQUITY.quote == quote),
            by=_ACCOUNT,
            within="1h",
        )
        * (-1 / amount)
        for bot, quote, amount in limits.daily_losses
    ]
    used = union([*amounts, ratio(today, equity) * (-1 / limits.daily_loss)])
    return (
        Alert(
            name="DailyLossLimit",
            severity="critical",
            measure=used >= _WHOLE,
            over=0,
            lasting="1m",
            summary="{bot_name} has lost its limit of the day ({value:percent} of it, in {quote}).",
            explanation="The realized loss of the day has reached the limit: a share of the "
            "equity, unless an amount is set.",
            runbook="Stop the bot from opening positions, then look at PnL by exit reason and at "
            "the last trades.",
            panel_ref=("lk-positions-pnl", "PnL by strategy"),
            known_as="DailyLossLimit",
        ),
        Alert(
            name="DailyLossWarning",
            severity="warning",
            measure=(used >= 0.7 * _WHOLE) < _WHOLE,
            over=0,
            lasting="1m",
            summary="{bot_name} has used {value:percent} of its daily loss limit in {quote}.",
            explanation="The realized loss of the day has reached 70 % of the limit, and not yet "
            "the limit.",
            runbook="Decide now whether the bot may go on: at 100 % DailyLossLimit fires.",
            panel_ref=("lk-positions-pnl", "PnL by strategy"),
        ),
        Alert(
            name="DrawdownHigh",
            severity="warning",
            measure=last(EQUITY.drawdown_pct, by=_ACCOUNT, within="1h"),
            over=limits.drawdown_pct,
            lasting="5m",
            summary="{bot_name} is {value} % below its highest equity in {quote}.",
            explanation="Realized and open losses together are larger than the strategy should "
            "lose.",
            runbook="Compare with the worst drawdown of the backtest. If this one is larger, the "
            "market has left the range that the strategy was tested on.",
            panel_ref=("lk-positions-pnl", "Drawdown"),
        ),
        Alert(
            name="RiskTriggered",
            severity="critical",
            measure=count(RISK, where=RISK.state == "triggered", by=(*BOT, "rule"), within="5m"),
            over=0,
            summary="{bot_name}: the risk rule {rule} has been triggered.",
            explanation="A rule that protects the account has acted. Its line has the value, the "
            "limit and the action.",
            runbook="Risk events shows the value, the limit and the action. Check on the exchange "
            "that the action took place.",
            panel_ref=("lk-system-health", "Risk events"),
            known_as="KillSwitch",
        ),
        Alert(
            name="OrderRejects",
            severity="warning",
            measure=count(ORDER, where=ORDER.status == "rejected", by=EXCHANGE, within="15m"),
            over=limits.rejects,
            summary="{exchange} has rejected {value} orders of {bot_name} in 15 minutes.",
            explanation="Too little balance, an amount below the minimum, a price outside the "
            "limits, or permissions taken away.",
            runbook="The reason is in the ORDER lines. Check balance and permissions of the key.",
            panel_ref=("lk-trading-overview", "Orders by status"),
        ),
    )


def _exchanges(limits: Limits) -> tuple[Alert, ...]:
    calls = count(API_CALL, where=_OUT, by=EXCHANGE, within="5m")
    sockets = high(HEARTBEAT.ws_connections, by=BOT, within="3m")
    newest = last(HEARTBEAT.ws_connections, by=BOT, within="5m")
    return (
        Alert(
            name="ApiDown",
            severity="critical",
            measure=without(
                count(API_CALL, where=_OUT & (API_CALL.ok == "false"), by=EXCHANGE, within="5m"),
                count(API_CALL, where=_OUT & (API_CALL.ok == "true"), by=EXCHANGE, within="5m"),
            ),
            over=5,
            lasting="1m",
            summary="Not one of {value} requests of {bot_name} to {exchange} succeeded in 5 "
            "minutes.",
            explanation="The exchange is down or blocks this address, the network fails, or the "
            "key is no longer valid.",
            runbook="Status codes shows the cause: 0 is no answer, 401 or 403 the key, 418 or 429 "
            "a block, 5xx the exchange. The bot cannot protect open positions: manage them on the "
            "exchange's own page.",
            panel_ref=("lk-api-performance", "Status codes"),
            known_as="TraderAPIDown",
        ),
        Alert(
            name="ApiErrorRateHigh",
            severity="warning",
            measure=without(
                share(API_CALL, API_CALL.ok == "false", where=_OUT, by=EXCHANGE, within="5m"),
                calls <= 20,
            )
            < 1,
            over=limits.api_errors,
            lasting="5m",
            summary="{value:percent} of the requests of {bot_name} to {exchange} fail.",
            explanation="Many requests fail. With 20 requests or fewer in 5 minutes this alert "
            "stays silent. If all requests fail, ApiDown fires instead.",
            runbook="Error rate by endpoint shows whether it is one path. Failed calls has the "
            "lines.",
            panel_ref=("lk-api-performance", "Error rate by endpoint"),
            known_as="HighErrorRate",
        ),
        Alert(
            name="ApiLatencyHigh",
            severity="warning",
            measure=quantile(0.95, API_CALL.latency_ms, where=_OUT, by=EXCHANGE, within="5m"),
            over=limits.api_p95_ms,
            lasting="5m",
            summary="Requests of {bot_name} to {exchange} take {value} ms (P95).",
            explanation="Orders arrive late: expect slippage.",
            runbook="Latency by endpoint shows whether it is one path or all. If it is all, check "
            "the network between you and the exchange.",
            panel_ref=("lk-api-performance", "Latency by endpoint"),
            known_as="HighLatency",
        ),
        Alert(
            name="RateLimited",
            severity="warning",
            measure=count(
                RATE_LIMIT, where=RATE_LIMIT.status == "limited", by=EXCHANGE, within="5m"
            ),
            over=limits.rate_limits,
            lasting="5m",
            summary="{exchange} has limited {value} requests of {bot_name} in 5 minutes.",
            explanation="The bot sends more requests than the exchange allows, which may end in a "
            "ban of its address.",
            runbook="Request rate by endpoint shows which requests they are. Poll less often, or "
            "use WebSocket streams.",
            panel_ref=("lk-api-performance", "Rate-limit hits"),
            known_as="RateLimitExceeded",
        ),
        Alert(
            name="WebSocketDown",
            severity="critical",
            measure=without(
                sockets, without(sockets, high(HEARTBEAT.ws_connections, by=BOT, within="24h") > 0)
            ),
            under=1,
            lasting="2m",
            summary="{bot_name} has had no WebSocket connection for 3 minutes.",
            explanation="The bot had connections within the last day and has none now: it trades "
            "on old prices, or not at all.",
            runbook="Read the closing code in the WS lines. If the bot does not reconnect by "
            "itself, restart it.",
            panel_ref=("lk-trading-overview", "WebSocket connections over time"),
        ),
        Alert(
            name="WebSocketDrop",
            severity="warning",
            measure=without(
                difference(high(HEARTBEAT.ws_connections, by=BOT, within="5m"), newest), newest < 1
            ),
            over=0,
            lasting="2m",
            summary="{bot_name} has lost {value} WebSocket connections.",
            explanation="The bot has fewer connections than within the last 5 minutes: it lost a "
            "stream or an exchange. If none is left, WebSocketDown fires instead.",
            runbook="Read the stream and the closing code in the WS lines.",
            panel_ref=("lk-trading-overview", "WebSocket connections over time"),
            known_as="WebSocketConnectionsDrop",
        ),
    )
