"""The chapter on the dashboards, `docs/dashboards.md`, made from the panels."""

from __future__ import annotations

from typing import Final

from logging_kit.panels.dashboards import DASHBOARDS
from logging_kit.panels.panel import Panel

_HEAD: Final = """# The dashboards

Generated from `logging_kit/panels/dashboards/`.

Grafana loads the dashboards from files when it starts and keeps them in the folder *Trading*. The
menu *Dashboards* leads from each to the others and keeps the time range and the filters.

**Filters** (the boxes on top): `App` and `Env` are Loki labels. `Bot` and `Symbol` list the names of
the last day, from a query over the metadata of the lines; the data source *Loki names* of the
provisioning turns its answer into a list. A name that is missing may be typed, exactly as it is in
the logs: `btc-grid`, `BTC/USDT`. In a Grafana without that data source the boxes take typed names
only. A symbol narrows only the events that have one, so heartbeats and API calls stay. `Level` and
`Search` narrow the panels that show lines. `Search` takes any text and looks for it as it is.
`Latency limit` moves the dashed line in the charts of latency.

Grafana lets you edit the dashboards; *Save as* keeps a copy, because the files are loaded again.

**0 is not "No data".** A counter shows 0 only if other lines of the chosen bots arrived in the same
time: the pipeline is alive, and nothing happened. If no line arrived, it shows "No data". So does
every panel whose newest snapshot is too old. Only *Bot status* and *Bots alive* show DOWN and 0
whatever the cause, because that is their purpose.

**Money** is never added across currencies: each panel shows one number for each `quote`. Every
count is exact, also across restarts of the bot, because it is counted from the lines.

**Marks** on the time axes: entries (green LONG, red SHORT). Triggered risk rules (dark red) and
starts and stops of a bot (grey) are switched on at the top.

**A small curve** in a number shows how it came about; the number itself is exact and that of the end
of the range. Panels lead to the dashboard about their events, and *Explore* at the top opens the
lines of the app. The folded row *How to read this* at the end says the same in short.

## In Explore

*Explore* in the menu of a panel shows its query. To look around by hand, begin with the labels
`job`, `app`, `env`, `level` and `signal`. Then filter by the metadata that Loki keeps with each
line: `event`, `bot_name`, `symbol`, `exchange`, `strategy`, `correlation_id`, `order_id`,
`trade_id` and `run_id`. Parse only the lines that are left:

```logql
{app="trading", signal="LONG"}
{app="trading", level="error"}
{app="trading"} | order_id="8389765"
{app="trading", job="trading-trade"} | event="TRADE" | symbol="BTC/USDT" | json pnl="pnl" | pnl < 0 | __error__=""
{app="trading"} | correlation_id="k3f9"
```

Three habits keep your own queries right. Name the fields: `json pnl="pnl"`, not a bare `json`. Put
`__error__=""` after them. Group every range aggregation, at least by `by ()`, or each order id
becomes a series of its own.

## A panel of your own

```python
from logging_kit.panels import TRADE, Scope, Stat, logql, total

best_day = total(TRADE.pnl, where=TRADE.action == "exit", by="symbol", within="1d")
print(logql(best_day, Scope("trading", "live")))          # paste it into Grafana
panel = Stat("PnL by symbol, 1 day", best_day, id=901, about="…", empty="No data: no closed trades", unit="currency")
```

A field that the event does not have, a value that it never takes, or a sum over two currencies
raises an error when the module is imported.

## Another language, time zone or colours

```console
$ logging-kit grafana write my-monitoring --language ko --time-zone Asia/Seoul --red-up
$ logging-kit stack up --monitoring my-monitoring
```

`grafana write` writes the dashboards, the alerts and the configuration of the servers into a
directory. It needs the extra `grafana`: see [Install](getting-started.md#install). With these
options the texts are Korean, times are in Korean time, and gains are red and losses blue as on
Korean exchanges; alarms stay red. `--app` sets the app that the dashboards show first and that the
alerts watch. The options of the alerts are in [The alerts](alerts.md). A second run writes the
dashboards and alerts again and keeps your changes to the configuration.
"""

_METRICS: Final = """
## Coming from Prometheus metrics

Bots that export Prometheus metrics usually have these numbers on their dashboards. These panels
count them from the log lines, so they are right after a restart, and show "No data" instead of 0
when the pipeline is dead.

| metric | here |
|---|---|
"""

_OVERVIEW, _SIGNALS, _HEALTH = "Trading Overview", "AI Signals", "System Health"
_API, _PNL = "API Performance", "Positions & PnL"
_HERE: Final = (
    ("bot up, active bots", _HEALTH, "Bots alive"),
    ("loop delay", _PNL, "Loop delay"),
    ("orders", _OVERVIEW, "Orders"),
    ("filled orders, also across restarts", _PNL, "Filled orders (2 days)"),
    ("order fill rate", _OVERVIEW, "Order fill rate"),
    ("open positions", _OVERVIEW, "Open positions"),
    ("position quantity", _PNL, "Position quantity"),
    ("entry price, mark price, notional", _PNL, "Position snapshots"),
    ("account equity", _OVERVIEW, "Equity"),
    ("realized PnL", _OVERVIEW, "Realized PnL"),
    ("unrealized PnL", _OVERVIEW, "Unrealized PnL"),
    ("total return", _PNL, "Total return"),
    ("trades, wins, losses", _OVERVIEW, "Closed trades"),
    ("win rate", _OVERVIEW, "Win rate"),
    ("R-multiples", _PNL, "R-multiple"),
    ("drawdown", _PNL, "Drawdown"),
    ("signals by side", _SIGNALS, "Signal share"),
    ("last signal", _PNL, "Last signals"),
    ("last candle", _PNL, "Last candle"),
    ("volatility", _PNL, "Volatility index"),
    ("AI requests", _SIGNALS, "AI calls"),
    ("AI cost", _SIGNALS, "AI cost"),
    ("exchange API up", _API, "API status"),
    ("requests per minute", _API, "Request rate"),
    ("latency quantiles", _API, "P95 latency"),
    ("error ratio of requests", _API, "Error rate"),
    ("status codes", _API, "Status codes"),
    ("rate-limit hits", _API, "Rate-limit hits"),
    ("requests to the bot's own API", _API, "Incoming request rate"),
    ("WebSocket connections", _OVERVIEW, "WebSocket connections"),
    ("errors by type", _HEALTH, "Errors by type"),
    ("sent notifications", _HEALTH, "Discord sent"),
)
"""A metric, the dashboard with the same number, and the panel."""


def chapter() -> str:
    """Return the text of the chapter."""
    parts = [_HEAD]
    for dashboard in DASHBOARDS:
        parts.append(f"\n## {dashboard.title}\n\n{dashboard.about} Link: `/d/{dashboard.uid}`.\n")
        for row in dashboard.rows:
            heading = f"\n### {row.title}\n" if row.title else ""
            parts.append(
                f'{heading}\n| panel | kind | shows | from | "No data" means |\n|---|---|---|---|---|\n'
            )
            parts += [_line(panel) for panel in row.panels]
    parts.append(_METRICS)
    known = {(board.title, panel.title) for board in DASHBOARDS for panel in board.panels}
    for metric, dashboard, panel in _HERE:
        assert (dashboard, panel) in known, (dashboard, panel)
        parts.append(f"| {metric} | {dashboard} → {panel} |\n")
    return "".join(parts)


def _line(panel: Panel) -> str:
    kind = type(panel).__name__.lower()
    cells = (panel.title, kind, panel.about, panel.source, panel.no_data.rstrip("."))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
