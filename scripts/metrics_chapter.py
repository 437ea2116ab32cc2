"""The chapter on the metrics, `docs/metrics.md`, made from their table and that of the aliases."""

from __future__ import annotations

from typing import Final

from logging_kit.metrics.aliases import ALIASES, REPLACED
from logging_kit.metrics.table import METRICS, NOW, ONE, SELF, Metric
from logging_kit.panels.alerts.prometheus import METRIC_ALERTS, twins
from logging_kit.panels.grafana.metrics_json import TWINS, queries

_HEAD: Final = """# Metrics

Generated from `logging_kit/metrics/`.

The calls that log also count. `setup(metrics_port=8000)` serves the counts for Prometheus on
http://127.0.0.1:8000/metrics; the extra `metrics` installs what that needs
(`pip install 'logging-kit[metrics]'`).

```python
import logging_kit
from logging_kit import metrics

log = logging_kit.setup(app="trading", env="testnet", bot_name="btc-grid", metrics_port="auto")
log.signal("LONG", symbol="BTC/USDT", confidence=0.91)
log.trade(
    "exit", trade_id="1", position_side="LONG", symbol="BTC/USDT", qty=0.01, price=64_000.0,
    pnl=12.5, quote="USDT", duration_s=5_400,
)
page = metrics.exposition()
assert 'trading_signals_total{bot_name="btc-grid",signal="LONG"} 1.0' in page
assert 'trading_trades_total{bot_name="btc-grid",result="win",side="LONG"} 1.0' in page
logging_kit.shutdown()
```

| `metrics_port` | |
|---|---|
| a number | the port; one that is taken is a warning line, and the bot goes on |
| `auto` | any port that is free; a line says which |
| `mounted` | counts without a server: the bot serves the page itself |
| `off` | no metrics (the default) |

The page listens on this machine alone (`metrics_host`), because it shows equity and positions.
Counting costs a call little: see [what it costs](#what-it-costs).

**Levels and `mute_events` do not matter.** A CANDLE that is not written still moves its gauge, and
an error below `level` is counted. Processors, and the summary of repeated lines, come later too.

## A page of your own web server

```python
import logging_kit
from logging_kit import metrics

logging_kit.setup(metrics_port="mounted")
asgi = metrics.asgi_app()  # FastAPI: app.mount("/metrics", metrics.asgi_app())
wsgi = metrics.wsgi_app()  # Flask, Django, gunicorn
text = metrics.exposition()  # anything else; its content type is metrics.CONTENT_TYPE
logging_kit.shutdown()
```

With aiohttp, return `web.Response(body=metrics.exposition(), headers={"Content-Type":
metrics.CONTENT_TYPE})` from a handler. Until the counts of earlier runs are restored the
applications answer 503, because a page with a part of them would look like a reset.

## Numbers of your own

```python
import logging_kit
from logging_kit import metrics

metrics.register_gauge("bot_open_orders", lambda: 3, "Open orders, from the database.")
metrics.register_gauge(
    "bot_grid_levels", lambda: {"BTC/USDT": 12, "ETH/USDT": 8}, labels=("symbol",)
)
logging_kit.setup(metrics_port="mounted")
assert 'bot_grid_levels{symbol="BTC/USDT"} 12.0' in metrics.exposition()
logging_kit.shutdown()
```

The function is called when the page is read. One that raises is left out.

## After a restart

| | after a restart or a kill |
|---|---|
| counters and histograms (`trading_…`, `http_…`) | go on: the lines of the bot's earlier runs are counted at the start |
| gauges | absent until their next event; a value never comes back from an earlier run |
| `logging_kit_…` | begin at 0, except `logging_kit_records_total` |

The counts come from the segments. A file in `metrics/` inside the log folder keeps them with the
place up to which they were counted. So a start reads only what follows, and a count does not fall
when retention deletes old lines. It is written at the start and once a day.

The log stays the book. Where the numbers differ, this is why:

- Lines that were never written are counted while the run lasts, and are missing after a restart:
  `mute_events`, calls below `level`, `dropped` lines, repeated lines beyond `repeat_limit`, and
  lines that a processor dropped.
- `increase()` of Prometheus estimates between two scrapes, so the rules round it. A panel on the
  log is exact.
- A number outside the bounds of the catalogue, such as a confidence of 87, is counted as an event
  and left out of the gauge and the histogram.
- A metric has at most 200 sets of labels. Further ones count under `_other`, and
  `logging_kit_label_overflows_total` says so. Log the template of a path, not the path.
- `trading_position_…` has one series for each symbol: in hedge mode the newest snapshot of either
  side wins. The panels on the log tell the sides apart.

**Several processes of one bot** (gunicorn, uvicorn with workers) use prometheus_client's
multiprocess mode: the launcher sets `PROMETHEUS_MULTIPROC_DIR` and empties that folder at each
start. Any process then shows the sum of all. This mode restores no counts and has no exemplars; a
closed position is NaN.

**Exemplars**: in the OpenMetrics format counters and buckets carry the `correlation_id` of their
newest event. Prometheus keeps it with `--enable-feature=exemplar-storage`, and Grafana links it to
*Signal Trace*.

## Prometheus, Alertmanager and Grafana

```console
$ install -d -m 700 .logging-kit/alert-secrets
$ printf %s "$DISCORD_WEBHOOK" > .logging-kit/alert-secrets/discord-url
$ docker compose -f monitoring/docker-compose.yml --profile metrics up -d
```

Prometheus reaches the bots of this machine under `host.docker.internal`: start them with
`metrics_host="172.17.0.1"`, the address of Docker's bridge. Each target carries `app` and `env` as
labels, which the rules and dashboards group by: set them in `monitoring/prometheus/prometheus.yml`,
and put further bots into `monitoring/prometheus/targets/*.yml`. The rules expect a scrape every 15
seconds.

The Alertmanager takes its secrets from files in `alert-secrets`: `discord-url`, `slack-url`,
`telegram-token`, `telegram-chat`, `email-to`, `email-smarthost`, `webhook-url`. Its routes,
inhibitions, mute times and messages are those of [the alerts](alerts.md). Use either these alerts or
Grafana's: with both, each is sent twice.
"""

_COST: Final = """
## What it costs

`python -m benchmarks.metrics` measures calls with and without metrics in turns: the processor time
of the calling thread. The medians of one run, on a machine that did other work as well, so that the
factors say more than the times:

{table}
"""

_HEARTBEAT: Final = """
## A dead man's switch

```python
import logging_kit

log = logging_kit.setup(bot_name="btc-grid", heartbeat_url="http://127.0.0.1:9/your-check")
log.heartbeat(uptime_s=60.0)
logging_kit.shutdown()
```

`heartbeat_url` is the address of a check at healthchecks.io, or at a server that speaks
[its protocol](https://healthchecks.io/docs/http_api/). The service calls you when the calls stop.
They come from a thread of their own: `/start` when the bot starts, the address itself on
HEARTBEAT, at most once a minute, `/log` when the bot ends, and `/fail` when it ends with a critical
error. A call that fails is made again with the next heartbeat. It needs no extra.

## A wrong clock

```python
import logging_kit
from logging_kit import metrics

logging_kit.setup()
ahead = metrics.check_clock("binance", "Sat, 21 Nov 2026 02:00:00 GMT", latency_ms=80)
logging_kit.shutdown()
```

`check_clock` compares this machine's clock with the time in an answer: the header `Date`, or the
exchange's `serverTime`. The integrations of requests and httpx call it for each answer of the
exchange that `attach(…, exchange=…)` names. A difference of more than a second, beyond what the way of the answer
explains, is a warning line, at most once an hour for each exchange.
"""


def chapter() -> str:
    """Return the text of the chapter."""
    return "".join(
        [
            _HEAD,
            *_metrics(),
            *_aliases(),
            *_guides(),
            *_alerts(),
            *_panels(),
            _COST.format(table=_cost()),
            _HEARTBEAT,
        ]
    )


def _metrics() -> list[str]:
    rows = dict.fromkeys(
        f"| `{metric.name}` | {metric.kind} | {_labels(metric)} | {_source(metric)} | "
        f"{metric.doc} |\n"
        for metric in METRICS
    )
    own = [
        f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | the package | "
        f"{doc} |\n"
        for name, (kind, labels, doc) in SELF.items()
    ]
    return [
        (
            "\n## Every metric\n\n"
            "An amount is in the currency that the label `quote` names. Label sets that are known in "
            "advance are there from the start, with the value 0.\n\n"
            "| metric | type | labels | fed by | |\n|---|---|---|---|---|\n"
        ),
        *rows,
        *own,
    ]


def _labels(metric: Metric) -> str:
    return ", ".join(f"`{label}`" for label in metric.label_names)


def _source(metric: Metric) -> str:
    where = "".join(f" ({', '.join(values)})" for _, values in metric.where)
    field = f".{metric.value}" if metric.value not in (ONE, NOW) else ""
    return f"{metric.event or 'every line'}{field}{where}"


def _aliases() -> list[str]:
    return [
        (
            "\n## Names that other guides use\n\n"
            "`monitoring/prometheus/rules/aliases.yml` records each of them, so dashboards that ask for "
            "them go on working. `http_requests_total` and `http_request_duration_seconds` are metrics "
            "of their own above.\n\n"
            "| name | the same as | |\n|---|---|---|\n"
        ),
        *(f"| `{a.name}` | `{_cell(a.expr)}` | {a.note} |\n" for a in ALIASES),
        "\nThese cannot work as they are:\n\n| name | use instead | why |\n|---|---|---|\n",
        *(f"| {_cell(r.name)} | {_cell(r.instead)} | {r.why} |\n" for r in REPLACED),
    ]


def _guides() -> list[str]:
    rows = (
        ("`coinpilot-overview`, `coinpilot-trades`", "Trading Overview, Positions & PnL", ""),
        ("Total Trade Count", "Positions & PnL → Filled orders (2 days)", "any window works"),
        ("Volatility Index", "Positions & PnL → Volatility index", "absent when it is old, not 0"),
        ("Trading Overview (orders, positions, profit, sockets)", "Trading Overview", ""),
        ("API Performance (status, rates, P50, P95, P99, errors)", "API Performance", ""),
        ("Requests per minute", "API Performance → Request rate", "`rate() * 60`"),
        ("LONG, SHORT and WAIT counts, distribution, frequency", "Trading Overview", ""),
        ("Average confidence, signal trend, detail log, RSI", "AI Signals", ""),
        ("Errors, bot status, API success, Discord, error log", "System Health", ""),
        ("Total and current return, equity, win rate, quantity", "Positions & PnL", ""),
        ("Last 5 trades", "Positions & PnL → Last 5 trades", "from the log alone"),
        ("Loop Delay, last candle, last signal", "Positions & PnL → Bot state", ""),
        ("Errors in 5 minutes by type", "Positions & PnL → Errors by type (5 min)", ""),
    )
    return [
        "\n## Panels that other guides name\n\n| panel | here | |\n|---|---|---|\n",
        *(f"| {panel} | {here} | {note} |\n" for panel, here, note in rows),
    ]


def _alerts() -> list[str]:
    found, without = twins()
    return [
        (
            "\n## Alerts\n\n"
            "These alerts are in `monitoring/prometheus/rules/alerts.yml`, compiled from the same "
            f"definitions as those of Grafana: {', '.join(sorted(found))}. "
            "These need metrics alone: "
            f"{', '.join(alert.name for alert in METRIC_ALERTS)}.\n\n"
            "These stay with the log, because no metric can tell: "
            f"{', '.join(sorted(without))}.\n"
        ),
    ]


def _panels() -> list[str]:
    left = [
        f"{panel.title} ({dashboard.title})"
        for dashboard in TWINS
        for panel in dashboard.panels
        if queries(panel) is None
    ]
    names = " and ".join(f"*{dashboard.title} (Prometheus)*" for dashboard in TWINS)
    return [
        (
            f"\nThe dashboards {names} show the same panels from Prometheus. Left out, because they "
            f"need the lines themselves: {', '.join(left)}.\n"
        ),
    ]


_MEASURED: Final = (
    ("SIGNAL", 24.85, 29.43),
    ("ORDER", 24.12, 26.96),
    ("TRADE", 23.10, 28.30),
    ("API_CALL", 35.95, 40.74),
    ("POSITION", 18.85, 22.42),
    ("CANDLE", 18.68, 22.14),
    ("a plain line", 15.84, 18.00),
    ("a plain line below the level", 0.39, 1.87),
)
"""Microseconds of a call without and with metrics; trust the factors, the machine was busy."""


def _cost() -> str:
    rows = "".join(
        f"| {name} | {without:.2f} | {with_metrics:.2f} | {with_metrics / without:.2f} |\n"
        for name, without, with_metrics in _MEASURED
    )
    return f"| call | without, µs | with, µs | factor |\n|---|---|---|---|\n{rows}".rstrip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
