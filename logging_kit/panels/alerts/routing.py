"""The routing of alerts: channels, timing and inhibition.

Grafana and an Alertmanager get the same routes. Only an Alertmanager can inhibit one alert by
another, so most alerts themselves leave out the cases of another alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from logging_kit.events.identities import BOT
from logging_kit.panels.alerts.alert import Limits
from logging_kit.panels.presentation import Presentation
from logging_kit.panels.query.scope import Scope

Channel = Literal["discord", "slack", "telegram", "email", "webhook"]

_SAYS: Final = '{{ template "lk.message" . }}'
_TITLE: Final = '{{ template "lk.title" . }}'

CHANNELS: Final[Mapping[Channel, Mapping[str, Any]]] = MappingProxyType(
    {
        "discord": {"url": "$ALERT_DISCORD_URL", "title": _TITLE, "message": _SAYS},
        "slack": {"url": "$ALERT_SLACK_URL", "title": _TITLE, "text": _SAYS},
        "telegram": {
            "bottoken": "$ALERT_TELEGRAM_TOKEN",
            "chatid": "$ALERT_TELEGRAM_CHAT",
            "message": _SAYS,
        },
        "email": {
            "addresses": "$ALERT_EMAIL_TO",
            "singleEmail": True,
            "subject": _TITLE,
            "message": _SAYS,
        },
        "webhook": {
            "url": "$ALERT_WEBHOOK_URL",
            "httpMethod": "POST",
            "title": _TITLE,
            "message": _SAYS,
        },
    }
)
"""The channels and their settings in Grafana; `$NAME` comes from its environment."""

_NOWHERE: Final = "http://127.0.0.1:9/not-set"
_RECEIVERS: Final[Mapping[Channel, Mapping[str, Any]]] = MappingProxyType(
    {
        "discord": {"webhook_url": _NOWHERE, "title": _TITLE, "message": _SAYS},
        "slack": {"api_url": _NOWHERE, "title": _TITLE, "text": _SAYS},
        "telegram": {"bot_token": "not-set", "chat_id": 1, "message": _SAYS, "parse_mode": ""},
        "email": {
            "to": "not-set@localhost",
            "from": "alerts@localhost",
            "smarthost": "localhost:25",
            "headers": {"Subject": _TITLE},
            "html": "",
            "text": _SAYS,
        },
        "webhook": {"url": _NOWHERE},
    }
)
"""The channels in an Alertmanager, which takes nothing from the environment."""

ONCE: Final = "once"
"""Label of the alerts that report an occurrence, of whose end nothing is sent."""

_PLACE: Final = ("app", "env")
_OF_A_LIVING_BOT: Final = (
    "NoSignals",
    "StaleMarketData",
    "LoopSlow",
    "WebSocketDown",
    "WebSocketDrop",
    "ApiLatencyHigh",
    "ApiErrorRateHigh",
)

INHIBITED: Final[tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]] = (
    (("LokiDown",), ("LogsMissing", "BotHeartbeatMissing"), ()),
    (("LogsMissing",), ("BotHeartbeatMissing", "NoBotAlive", *_OF_A_LIVING_BOT), _PLACE),
    (("BotHeartbeatMissing",), _OF_A_LIVING_BOT, BOT),
    (("WebSocketDown",), ("WebSocketDrop", "StaleMarketData"), BOT),
    (("ApiDown",), ("ApiErrorRateHigh", "ApiLatencyHigh"), (*BOT, "exchange")),
    (("DailyLossLimit",), ("DailyLossWarning",), (*BOT, "exchange", "quote")),
    (("CriticalLogged",), ("ErrorBurst",), BOT),
)
"""Source alerts, the alerts that they inhibit in an Alertmanager, and the labels in common."""


@dataclass(frozen=True, slots=True)
class Routing:
    """The bots that the alerts watch, the destination of the messages, and the thresholds.

    Args:
        app: Label `app` of the bots; `None` stands for every app that Loki has.
        env: Label `env`, a regular expression: `live` leaves out the paper bots.
        channel: The channel of the messages.
        runbooks: Address of your copy of `docs/alerts.md`. Without it the messages say what to do
            instead of linking to it.
        grafana_url: Address of Grafana as people open it.
        limits: The thresholds.

    Raises:
        ValueError: If there is no such channel, or `runbooks` is not an address.
    """

    app: str | None = None
    env: str = ".*"
    channel: Channel = "discord"
    runbooks: str = ""
    grafana_url: str = "http://localhost:3000"
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.channel not in CHANNELS:
            raise ValueError(f"channel is one of {(*CHANNELS,)}, not {self.channel!r}")
        if self.runbooks and not self.runbooks.startswith(("https://", "http://")):
            raise ValueError(
                f"runbooks is an address such as https://example.com/alerts, not {self.runbooks!r}"
            )

    @property
    def scope(self) -> Scope:
        """The lines that the alerts are about."""
        return Scope(self.app, self.env)


def policy(to: Routing) -> dict[str, Any]:
    """Return the notification policy of Grafana."""
    return {"orgId": 1, **_route(to, lambda name, value: {"object_matchers": [[name, "=", value]]})}


def night(presentation: Presentation) -> dict[str, Any]:
    """Return the mute time in which alerts of severity info wait."""
    if presentation.time_zone in ("browser", "utc"):
        zone = "UTC"
    else:
        zone = presentation.time_zone
    times = [
        {"start_time": "22:00", "end_time": "24:00"},
        {"start_time": "00:00", "end_time": "08:00"},
    ]
    return {"name": "lk-night", "time_intervals": [{"times": times, "location": zone}]}


def alertmanager(presentation: Presentation, to: Routing) -> dict[str, Any]:
    """Return the configuration of an Alertmanager that gets its alerts from Loki's ruler."""
    return {
        "templates": ["alertmanager.tmpl"],
        "route": _route(to, lambda name, value: {"matchers": [f'{name}="{value}"']}),
        "inhibit_rules": [
            {
                "source_matchers": [_among(sources)],
                "target_matchers": [_among(targets)],
                **({"equal": [*labels]} if labels else {}),
            }
            for sources, targets, labels in INHIBITED
        ],
        "time_intervals": [night(presentation)],
        "receivers": [
            {
                "name": receiver_name(name, once=once),
                f"{name}_configs": [{**how, "send_resolved": not once}],
            }
            for once in (False, True)
            for name, how in _RECEIVERS.items()
        ],
    }


def _among(names: tuple[str, ...]) -> str:
    return f'alertname=~"{"|".join(names)}"'


def receiver_name(channel: str, *, once: bool = False) -> str:
    """Return the name of a channel's receiver; `once` stands for the one without resolved."""
    if once:
        return f"lk-{channel}-once"
    return f"lk-{channel}"


def _route(to: Routing, match: Any) -> dict[str, Any]:
    if to.channel == "discord":
        elsewhere = "email"
    else:
        elsewhere = to.channel
    urgent = {"group_wait": "10s", "group_interval": "1m", "repeat_interval": "1h"}
    return {
        "receiver": receiver_name(to.channel),
        "group_by": ["alertname", *BOT],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            # what says that Discord fails must not go to Discord
            {"receiver": receiver_name(elsewhere), **match("alertname", "DiscordFailing")},
            {
                "receiver": receiver_name("webhook"),
                **match("severity", "none"),
                "group_wait": "0s",
                "group_interval": "1m",
                "repeat_interval": "5m",
            },
            # a dead pipeline is one incident, however many apps and environments it has
            {**match("alertname", "LogsMissing"), "group_by": ["alertname"], **urgent},
            {
                "receiver": receiver_name(to.channel, once=True),
                **match(ONCE, "yes"),
                "routes": [{**match("severity", "critical"), **urgent}],
            },
            {**match("severity", "critical"), **urgent},
            {
                **match("severity", "info"),
                "group_interval": "1h",
                "repeat_interval": "1d",
                "mute_time_intervals": ["lk-night"],
            },
        ],
    }
