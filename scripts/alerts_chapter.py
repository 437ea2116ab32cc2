"""The chapter on the alerts, `docs/alerts.md`, made from them."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.alerts.alert import Alert
from logging_kit.panels.alerts.bots import alerts
from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.query.nodes import FillZero, Filtered, Query, Without

_HEAD: Final = """# The alerts

Generated from `logging_kit/panels/alerts/`.

Grafana evaluates the alerts every minute, from the log lines alone, and sends the messages. They
need an address: set one of these in the environment of `docker compose` or of `./scripts/start.sh`.

| channel | environment |
|---|---|
| Discord (default) | `ALERT_DISCORD_URL`: address of the webhook |
| Slack | `ALERT_SLACK_URL`: address of the webhook |
| Telegram | `ALERT_TELEGRAM_TOKEN`, `ALERT_TELEGRAM_CHAT` |
| e-mail | `ALERT_EMAIL_TO`, and Grafana's own `GF_SMTP_…` |
| webhook | `ALERT_WEBHOOK_URL` |

**Another channel, other thresholds, another language**: write the files into a directory and start
the servers with it.

```console
$ logging-kit grafana write my-monitoring --channel telegram --language ko --time-zone Asia/Seoul \\
    --env live --limit daily_loss=0.03 --limit no_signal_for=8h --limit ai_cost_usd=20
$ logging-kit stack up --monitoring my-monitoring
```

`--limit` takes a name of `logging_kit.panels.alerts.alert.Limits`. In code, `Limits.daily_losses`
sets a daily loss as an amount for one bot. `--grafana-url` is the address of Grafana to which the
messages link. `--runbooks https://…` is the address of your copy of this chapter: each message then
links to its alert there. Without it, a message says what to do.

**Every app has alerts.** The alerts watch each `app` and `env` that Loki has, without a change when
a bot is added. `--app mine --env live` limits them. Each message begins with app and environment,
and names the bot. Where no money is at risk, nothing is critical: in an environment whose name says
`testnet`, `paper`, `demo`, `backtest`, `dev`, `staging` or the like, a critical alert is sent as a
warning.

**Timing**: a *critical* alert is sent after 10 seconds and again every hour, a *warning* after 30
seconds and every 4 hours. An *info* is sent once a day, and not between 22:00 and 08:00 UTC, or in
the zone that `--time-zone` names (mute time `lk-night`). Alerts with the same name, app, environment
and bot come in one message of under 2,000 characters; LogsMissing comes in one message for all. An
alert whose value wavers around its limit fires on for some minutes instead of being sent again and
again (`keep_firing_for`, which Grafana obeys; Loki's ruler does not yet). No message says *resolved* where only a window has passed: CriticalLogged,
SecretLeak and LogsDropped report what happened. DiscordFailing goes to the channel you chose, or to
e-mail if that is Discord. If you stop a bot on purpose, silence its `bot_name` in Grafana
(*Alerting → Silences*).

**Each incident raises one alert.** A dead bot raises BotHeartbeatMissing but not StaleMarketData; a
dead pipeline raises LogsMissing but no BotHeartbeatMissing; a loss beyond the limit raises
DailyLossLimit but not DailyLossWarning. Each alert below says what it leaves to another.

**Late lines** are reported too: an alert on an occurrence looks back for half an hour or more, and
an alert on a state (a triggered risk rule, a lost connection) until the state ends.

**What they cannot see**: a full disk of the server, an agent that does not read a file, and Grafana
itself. For Grafana, resume *Watchdog* and give the webhook channel the address of a dead man's
switch.

**Loki's ruler instead of Grafana**: `monitoring/loki/rules/fake/logging-kit.yml` has the same
alerts for Loki's ruler and an Alertmanager. The block `ruler` in `monitoring/loki/loki-config.yml`
says how to switch it on. Use either Grafana or the ruler. `monitoring/loki/alertmanager.yml` is an
example for the Alertmanager, with the same routes and the same message.

| alert | severity | fires when |
|---|---|---|
"""


def chapter() -> str:
    """Return the text of the chapter."""
    known = alerts()
    rows = [
        f"| [{alert.name}](#{alert.name.lower()}) | {alert.severity} | {_plain(alert.summary)} |\n"
        for alert in known
    ]
    return "".join([_HEAD, *rows, *(_runbook(alert) for alert in known)])


def _runbook(alert: Alert) -> str:
    limit = _limit(alert)
    lasting = ""
    if alert.lasting != "0s":
        lasting = f" for {alert.lasting}"
    if alert.keep_firing != "0s":
        lasting += f", and {alert.keep_firing} longer"
    title = next(dashboard.title for dashboard in DASHBOARDS if dashboard.uid == alert.panel_ref[0])
    elsewhere = (
        f" Prometheus rules often call it {alert.known_as}."
        if alert.known_as not in ("", alert.name)
        else ""
    )
    fires = (
        "Fires when Loki gives no answer" if alert.no_answer else f"Fires when the value is {limit}"
    )
    return (
        f"\n## {alert.name}\n\n*{alert.severity}* · {fires}{lasting} · see {title} → "
        f"{alert.panel.title}\n\n"
        f"{alert.explanation}{elsewhere}\n\n**What to do:** {alert.runbook}\n"
    )


def _limit(alert: Alert) -> str:
    low, high = (
        (f"above {alert.over:g}", "") if alert.over is not None else ("", f"below {alert.under:g}")
    )
    query: Query | None = alert.measure
    if isinstance(query, FillZero):
        query = query.of
    while isinstance(query, Filtered | Without):
        if isinstance(query, Filtered) and query.op == ">=":
            low = f"{query.k:g} or more"
        elif isinstance(query, Filtered) and query.op == "<":
            high = f"below {query.k:g}"
        query = query.of
    return " and ".join(filter(None, (low, high)))


def _plain(summary: str) -> str:
    return (
        summary.replace("{value:percent}", "*n* %")
        .replace("{value}", "*n*")
        .replace("{", "*")
        .replace("}", "*")
    )
