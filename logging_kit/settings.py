"""The settings: one frozen object, filled from arguments, the environment and a TOML file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from .diagnostics import warn_once
from .events import own
from .exceptions import DefinitionError, SettingsError
from .setting_sources import PREFIX, environment, find_table, is_service_link, working_directory
from .setting_values import (
    HOOKS,
    parse_age,
    parse_bool,
    parse_count,
    parse_durability,
    parse_events,
    parse_file,
    parse_folder,
    parse_formats,
    parse_forward,
    parse_hooks,
    parse_host,
    parse_label,
    parse_level,
    parse_levels,
    parse_port,
    parse_size,
    parse_stdout,
    parse_tuple,
    parse_url,
)
from .suggestions import did_you_mean

if TYPE_CHECKING:
    pass

Stdout = Literal["auto", "json", "console", "off"]
Durability = Literal["process", "1s", "line"]
Origin = Literal["argument", "environment", "file", "default"]
LevelName = Literal[
    "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "debug", "info", "warning", "error", "critical"
]
HookName = Literal[
    "excepthook",
    "threading",
    "unraisable",
    "asyncio",
    "warnings",
    "faulthandler",
    "stdlib",
    "sigterm",
]

CHATTY: Final[Mapping[str, str]] = dict.fromkeys(
    ("asyncio", "ccxt", "httpcore", "httpx", "requests", "telegram", "urllib3", "websockets"),
    "WARNING",
)
"""Loggers that write a line for each request, often with a token; `levels` overrides them."""


def _setting(default: Any, parse: Callable[[Any], Any], doc: str, plugin: str = "") -> Any:
    """Describe a setting; `plugin` names the module of the part that it switches on."""
    metadata = {"parse": parse, "doc": doc, "plugin": plugin}
    if isinstance(default, dict):
        return field(default_factory=default.copy, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of `setup()`; each has a default that works.

    A value comes from the argument, then from the environment (`LOGGING_KIT_` and the name in
    capitals), then from `[tool.logging_kit]` in `pyproject.toml` or from `logging_kit.toml`, else
    it is the default. An empty string counts as not set. The nearest file counts, from the working
    directory up to the root of the repository or the home of the user; a file that another user
    owns or can write is ignored.
    """

    app: str = _setting("trading", parse_label, "name of the application, a label in Loki")
    env: str = _setting(
        "testnet", parse_label, "where it trades: live, paper, testnet; a label in Loki"
    )
    bot_name: str = _setting("", str, "name of this bot; `app` when not set")
    version: str = _setting(
        "", str, "version of the bot, shown at startup; the one in pyproject.toml when not set"
    )
    level: str = _setting(
        "INFO", parse_level, "lowest level of plain lines; typed events are always written"
    )
    levels: Mapping[str, str] = _setting(
        CHATTY, parse_levels, "level by logger, such as ccxt=DEBUG,urllib3=ERROR"
    )
    mute_events: tuple[str, ...] = _setting(
        (), parse_events, "events that are not written, such as CANDLE,INDICATOR"
    )
    log_dir: Path = _setting(Path("logs"), parse_folder, "folder of the log files; ~ is your own")
    shared_log_dir: bool = _setting(
        False, parse_bool, "accept a log_dir that other users may write to"
    )
    stdout: Stdout = _setting(
        "auto", parse_stdout, "auto (console on a terminal, else json), json, console or off"
    )
    stdout_level: str = _setting(
        "DEBUG", parse_level, "lowest level of the lines on stdout; the files have the others too"
    )
    segment_size: int = _setting(
        16_000_000, parse_size, "size at which a new segment file is begun"
    )
    durability: Durability = _setting(
        "1s",
        parse_durability,
        "what survives a power cut: line (each, before its call returns), 1s (all but the last "
        "second; trades and errors at once) or process (what the kernel wrote)",
    )
    archive_after: float = _setting(
        604_800.0, parse_age, "age at which a closed segment is compressed into archive/"
    )
    keep: float = _setting(2_592_000.0, parse_age, "age at which lines are deleted")
    keep_trades: float = _setting(
        31_536_000.0, parse_age, "age at which lines of orders, trades and risk are deleted"
    )
    keep_trades_at_least: float = _setting(
        2_592_000.0, parse_age, "age below which orders and trades stay, whatever max_total says"
    )
    max_total: int = _setting(
        2_000_000_000, parse_size, "size of all files together; over it the oldest go, trades last"
    )
    masking: bool = _setting(True, parse_bool, "hide secrets; false is logged")
    mask_names: tuple[str, ...] = _setting((), parse_tuple, "further names whose values are secret")
    allow_names: tuple[str, ...] = _setting((), parse_tuple, "names whose values are never secret")
    mask_formats: tuple[Any, ...] = _setting(
        (), parse_formats, "further forms of secrets: (prefix, alphabet, length)"
    )
    mask_env: bool = _setting(
        True, parse_bool, "register the values of secret names in the environment"
    )
    hooks: tuple[str, ...] = _setting(
        HOOKS,
        parse_hooks,
        "hooks that are installed: " + ", ".join(HOOKS) + "; -sigterm leaves one out, off all",
    )
    forward: str = _setting(
        "ERROR",
        parse_forward,
        "lowest level of the lines that handlers of `logging` other than ours get too; "
        "off for none",
    )
    repeat_limit: int = _setting(
        1_000,
        parse_count,
        "equal plain lines and errors of one logger that are written within a minute; "
        "further ones are counted in a summary, 0 writes all",
    )
    loki_url: str = _setting(
        "",
        parse_url,
        "Loki that a thread of the bot pushes the lines to",
        "logging_kit.loki.plugin",
    )
    loki_tenant: str = _setting("", str, "tenant of the lines in Loki (`X-Scope-OrgID`)")
    loki_username: str = _setting("", str, "user for basic authentication at Loki")
    loki_password_file: str = _setting("", parse_file, "file with the password of that user")
    loki_token_file: str = _setting(
        "", parse_file, "file with a bearer token for Loki; it is read again when it changes"
    )
    loki_ca_file: str = _setting("", parse_file, "certificates that Loki's may be signed with")
    loki_proxy: str = _setting("", parse_url, "proxy on the way to Loki")
    loki_cloud: bool = _setting(
        False, parse_bool, "keep to the limits of Grafana Cloud, which takes smaller requests"
    )
    loki_max_age: float = _setting(
        604_800.0, parse_age, "age of the oldest lines that Loki accepts; older ones stay in files"
    )
    otlp_url: str = _setting(
        "",
        parse_url,
        "OTLP receiver that a thread of the bot pushes the lines to, such as a Collector",
        "logging_kit.loki.otlp_plugin",
    )
    otlp_username: str = _setting("", str, "user for basic authentication at the OTLP receiver")
    otlp_password_file: str = _setting("", parse_file, "file with the password of that user")
    otlp_token_file: str = _setting(
        "", parse_file, "file with a bearer token for OTLP; it is read again when it changes"
    )
    otlp_ca_file: str = _setting("", parse_file, "certificates the receiver's may be signed with")
    otlp_proxy: str = _setting("", parse_url, "proxy on the way to the OTLP receiver")
    metrics_port: str = _setting(
        "",
        parse_port,
        "port of the page with Prometheus metrics; auto takes any that is free, mounted leaves "
        "serving to the bot, off counts nothing",
        plugin="logging_kit.metrics.plugin",
    )
    metrics_host: str = _setting(
        "127.0.0.1", parse_host, "address that the page of the metrics listens on"
    )
    heartbeat_url: str = _setting(
        "",
        parse_url,
        "address that is called on HEARTBEAT, at most once a minute, so that a service such as "
        "healthchecks.io notices a dead bot",
        plugin="logging_kit.metrics.heartbeat",
    )
    strict: bool = _setting(False, parse_bool, "raise on a wrong event; for tests")

    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, arguments: Mapping[str, Any] | None = None) -> Settings:
        """Merge the settings of all sources.

        Args:
            arguments: The settings given in code; `None` and `""` count as not set.

        Raises:
            SettingsError: When a name is unknown or a value is impossible. An unknown variable of
                the environment is only reported on stderr, unless `strict` is on and its name is
                nearly that of a setting.
        """
        path, table = find_table(working_directory())
        _register_own(path, table)
        variables = environment(os.environ)
        unknown = [name for name in variables if name not in _PARSERS]
        values: dict[str, Any] = {}
        origins: dict[str, Origin] = {}
        sources: tuple[tuple[Origin, str, Mapping[str, Any]], ...] = (
            ("file", f" in {path}", table),
            ("environment", " in the environment", variables),
            ("argument", "", arguments or {}),
        )
        for origin, where, source in sources:
            for name, raw in source.items():
                if origin == "environment" and name in unknown:
                    continue
                if origin == "file" and name in _OWN:
                    continue
                if name not in _PARSERS:
                    suggestion = did_you_mean(name, _PARSERS)
                    raise SettingsError(f"there is no setting {name!r}{where}{suggestion}")
                if raw is None or (isinstance(raw, str) and not raw.strip()):
                    continue
                try:
                    values[name] = _PARSERS[name](raw)
                except (SettingsError, TypeError, ValueError, AttributeError) as error:
                    raise SettingsError(f"setting {name!r}{where}: {error}") from error
                origins[name] = origin
        _report_unknown(unknown, strict=values.get("strict", False))
        values.setdefault("bot_name", values.get("app", "trading"))
        values["levels"] = {**CHATTY, **values.get("levels", {})}
        return cls(**values, origins={name: origins.get(name, "default") for name in _PARSERS})

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name, without their origins."""
        return {name: getattr(self, name) for name in _PARSERS}

    def hash(self) -> str:
        """Return twelve characters that change when a setting changes."""
        import hashlib

        values = {**self.as_dict(), "levels": sorted(self.levels.items())}
        text = repr(sorted(values.items())).encode("utf-8", "replace")
        return hashlib.sha256(text).hexdigest()[:12]


_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    f.name: f.metadata["parse"] for f in fields(Settings) if f.metadata
}  # fmt: skip


PLUGINS: Final[Mapping[str, str]] = {
    f.name: f.metadata["plugin"] for f in fields(Settings) if f.metadata.get("plugin")
}
"""The module of the part that a setting switches on, by the setting's name."""


_OWN: Final = ("event", "panel")
"""Tables of the file that define a bot's own events and panels; they are not settings."""


def _register_own(path: Path | None, table: Mapping[str, Any]) -> None:
    """Register the events of the file, and keep the tables of its panels for the dashboards."""
    try:
        own.register_tables(table.get("event", ()), str(path))
        own.keep_panels(table.get("panel", ()), str(path))
    except DefinitionError as error:
        raise SettingsError(str(error)) from error


def _report_unknown(names: list[str], *, strict: bool) -> None:
    """Report variables of the environment that are not settings; values are never shown.

    Other programs set variables with our prefix too: Kubernetes, for a service `logging-kit-loki`.
    """
    for name in names:
        if is_service_link(name):
            suggestion = ""
        else:
            suggestion = did_you_mean(name, _PARSERS)
        if strict and suggestion:
            raise SettingsError(f"there is no setting {name!r} in the environment{suggestion}")
        variable = f"{PREFIX}{name.upper()}"
        warn_once(
            f"variable {name}", f"{variable} is not a setting; ignored{suggestion}", once=True
        )
