"""The settings: one frozen object, filled from arguments, the environment and a TOML file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

from . import line
from .events import own
from .events.catalogue import CATALOGUE
from .events.model import LEVELS
from .exceptions import DefinitionError, SettingsError
from .suggestions import did_you_mean

Stdout = Literal["auto", "json", "console", "off"]
Origin = Literal["argument", "environment", "file", "default"]

HOOKS: Final = (
    "excepthook",
    "threading",
    "unraisable",
    "asyncio",
    "warnings",
    "faulthandler",
    "stdlib",
)
CHATTY: Final[dict[str, str]] = dict.fromkeys(
    ("asyncio", "ccxt", "httpcore", "httpx", "requests", "telegram", "urllib3", "websockets"),
    "WARNING",
)
"""Loggers that write a line for each request; their URLs often hold tokens. ``levels`` overrides them."""


def parse_size(value: str | float) -> int:
    """Read a size in bytes.

    Args:
        value: A number of bytes, or a number with a unit, such as ``"16 MB"`` (10^6) or ``"16 MiB"`` (2^20).

    Raises:
        SettingsError: When it is neither.

    Example:
        >>> parse_size("16 MB")
        16000000
    """
    if isinstance(value, str):
        try:
            size = line.parse_size(value)
        except ValueError as error:
            raise SettingsError(str(error)) from None
    else:
        size = int(value)
    if size <= 0:
        raise SettingsError(f"{value!r} is not a size; it must be more than 0")
    return size


def parse_age(value: str | float) -> float:
    """Read a length of time in seconds.

    Args:
        value: A number of seconds, or a number with a unit, such as ``"30 days"``, ``"12 h"`` or ``"90 s"``.

    Raises:
        SettingsError: When it is neither.

    Example:
        >>> parse_age("30 days")
        2592000.0
    """
    if not isinstance(value, str):
        if not value >= 0:
            raise SettingsError(f"{value!r} is not a length of time; it must be 0 or more")
        return float(value)
    seconds_are_meant = value.strip()[-1:].isdecimal()
    try:
        return line.parse_duration(f"{value} s" if seconds_are_meant else value) / 1_000_000
    except ValueError:
        raise SettingsError(
            f"{value!r} is not a length of time; write it like '30 days' or '12 h'"
        ) from None


def _parse_bool(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in ("true", "1", "yes", "on"):
        return True
    if text in ("false", "0", "no", "off"):
        return False
    raise SettingsError(f"{value!r} is neither true nor false")


def _parse_tuple(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    return tuple(text for item in items if (text := str(item).strip()))


def _parse_level(value: Any) -> str:
    text = str(value).strip().upper()
    text = {"WARN": "WARNING", "FATAL": "CRITICAL"}.get(text, text)
    if text.lower() not in LEVELS:
        raise SettingsError(f"{value!r} is not a level; use one of {', '.join(LEVELS).upper()}")
    return text


def _parse_levels(value: Any) -> Mapping[str, str]:
    if isinstance(value, str):
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        for name, equals, _ in pairs:
            if not equals:
                raise SettingsError(
                    f"{name.strip()!r} is not a level of a logger; write it like 'urllib3=ERROR,ccxt=DEBUG'"
                )
        value = {name: level for name, _, level in pairs}
    return {str(name).strip(): _parse_level(level) for name, level in value.items()}


def _parse_events(value: Any) -> tuple[str, ...]:
    return tuple(
        _one_of(name.upper(), tuple(CATALOGUE), "an event") for name in _parse_tuple(value)
    )


def _parse_hooks(value: Any) -> tuple[str, ...]:
    names = _parse_tuple(value)
    return (
        ()
        if names == ("off",)
        else tuple(_one_of(name, (*HOOKS, "sigterm"), "a hook") for name in names)
    )


def _parse_stdout(value: Any) -> str:
    return _one_of(
        str(value).strip().lower(), ("auto", "json", "console", "off"), "a form of stdout"
    )


def _parse_folder(value: Any) -> Path:
    return Path(value).expanduser()


def _parse_formats(value: Any) -> tuple[Any, ...]:
    return tuple(_parse_tuple(value)) if isinstance(value, str) else tuple(value)


def _one_of(value: str, allowed: tuple[str, ...], what: str) -> str:
    if value in allowed:
        return value
    raise SettingsError(
        f"{value!r} is not {what}{did_you_mean(value, allowed)}; there are {', '.join(allowed)}"
    )


def _label(value: Any) -> str:
    text = str(value).strip()
    if not text or len(text) > 64 or not text.isprintable():
        raise SettingsError(f"{value!r} cannot be a name: 1 to 64 printable characters")
    return text


def _setting(default: Any, parse: Callable[[Any], Any], doc: str) -> Any:
    metadata = {"parse": parse, "doc": doc}
    return (
        field(default_factory=default.copy, metadata=metadata)
        if isinstance(default, dict)
        else field(default=default, metadata=metadata)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `setup()` can be told; every setting has a default that needs no thought.

    A value is taken from the argument, else from the environment (``LOGGING_KIT_`` and the name in capitals), else
    from ``[tool.logging_kit]`` in ``pyproject.toml`` or from ``logging_kit.toml`` of this folder or the nearest one
    above, else it is the default. An empty string counts as not set.
    """

    app: str = _setting("trading", _label, "name of the application, a label in Loki")
    env: str = _setting("testnet", _label, "where it trades: live, paper, testnet; a label in Loki")
    bot_name: str = _setting("", str, "name of this bot; `app` when not set")
    version: str = _setting(
        "", str, "version of the bot, shown at startup; the one in pyproject.toml when not set"
    )
    level: str = _setting(
        "INFO", _parse_level, "lowest level of plain lines; typed events are always written"
    )
    levels: Mapping[str, str] = _setting(
        CHATTY, _parse_levels, "level by logger, such as ccxt=DEBUG,urllib3=ERROR"
    )
    mute_events: tuple[str, ...] = _setting(
        (), _parse_events, "events that are not written, such as CANDLE,INDICATOR"
    )
    log_dir: Path = _setting(Path("logs"), _parse_folder, "folder of the log files; ~ is your own")
    stdout: Stdout = _setting(
        "auto", _parse_stdout, "auto (console on a terminal, else json), json, console or off"
    )
    segment_size: int = _setting(
        16_000_000, parse_size, "size at which a new segment file is begun"
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
    masking: bool = _setting(True, _parse_bool, "hide secrets; false is logged")
    mask_names: tuple[str, ...] = _setting(
        (), _parse_tuple, "further names whose values are secret"
    )
    allow_names: tuple[str, ...] = _setting((), _parse_tuple, "names whose values are never secret")
    mask_formats: tuple[Any, ...] = _setting(
        (), _parse_formats, "further forms of secrets: (prefix, alphabet, length)"
    )
    mask_env: bool = _setting(
        True, _parse_bool, "register the values of secret names in the environment"
    )
    hooks: tuple[str, ...] = _setting(
        HOOKS,
        _parse_hooks,
        "what is caught: " + ", ".join(HOOKS) + "; sigterm on demand; off for none",
    )
    strict: bool = _setting(False, _parse_bool, "raise on a wrong event; for tests")

    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, arguments: Mapping[str, Any] | None = None) -> Settings:
        """Bring the settings together.

        Args:
            arguments: What was given in code; ``None`` and ``""`` count as not set.

        Raises:
            SettingsError: When a name is unknown or a value makes no sense.
        """
        path, table = _file_table(Path.cwd())
        _register_own(path, table)
        values: dict[str, Any] = {}
        origins: dict[str, Origin] = {}
        sources: tuple[tuple[Origin, str, Mapping[str, Any]], ...] = (
            ("file", f" in {path}", table),
            ("environment", " in the environment", _environment(os.environ)),
            ("argument", "", arguments or {}),
        )
        for origin, where, source in sources:
            for name, raw in source.items():
                if source is table and name in _OWN:
                    continue
                if name not in _PARSERS:
                    raise SettingsError(
                        f"there is no setting {name!r}{where}{did_you_mean(name, _PARSERS)}"
                    )
                if raw is None or (isinstance(raw, str) and not raw.strip()):
                    continue
                try:
                    values[name] = _PARSERS[name](raw)
                except (SettingsError, TypeError, ValueError, AttributeError) as error:
                    raise SettingsError(f"setting {name!r}{where}: {error}") from error
                origins[name] = origin
        values.setdefault("bot_name", values.get("app", "trading"))
        values["levels"] = {**CHATTY, **values.get("levels", {})}
        by_name = {name: origins.get(name, "default") for name in _PARSERS}
        return cls(**values, origins=by_name)

    def as_dict(self) -> dict[str, Any]:
        """The settings by name, without where they came from."""
        return {name: getattr(self, name) for name in _PARSERS}

    def hash(self) -> str:
        """Twelve characters that change when a setting changes."""
        import hashlib

        values = {**self.as_dict(), "levels": sorted(self.levels.items())}
        return hashlib.sha256(repr(sorted(values.items())).encode("utf-8", "replace")).hexdigest()[
            :12
        ]


class SettingsArguments(TypedDict, total=False):
    """The arguments of `setup()`: each setting, in the form a person writes it."""

    app: str | None
    env: str | None
    bot_name: str | None
    version: str | None
    level: str | None
    levels: Mapping[str, str] | str | None
    mute_events: tuple[str, ...] | list[str] | str | None
    log_dir: str | os.PathLike[str] | None
    stdout: Stdout | None
    segment_size: str | int | None
    archive_after: str | float | None
    keep: str | float | None
    keep_trades: str | float | None
    keep_trades_at_least: str | float | None
    max_total: str | int | None
    masking: bool | None
    mask_names: tuple[str, ...] | list[str] | str | None
    allow_names: tuple[str, ...] | list[str] | str | None
    mask_formats: tuple[Any, ...] | list[Any] | str | None
    mask_env: bool | None
    hooks: tuple[str, ...] | list[str] | str | None
    strict: bool | None


_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    f.name: f.metadata["parse"] for f in fields(Settings) if f.metadata
}  # fmt: skip


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    prefix = "LOGGING_KIT_"
    found = {
        name: value
        for key, value in environ.items()
        if (name := key.removeprefix(prefix).lower()) and key.startswith(prefix)
    }
    return {name: value for name, value in found.items() if name not in _FOREIGN}


_FOREIGN: Final = frozenset({"loki", "promtail", "logcli", "lokitool", "grafana", "bin"})
"""Names under our prefix that say where a program is; they are no settings."""


_OWN: Final = ("event", "panel")
"""Tables of the file that define a bot's own events and panels; they are no settings."""


def _register_own(path: Path, table: Mapping[str, Any]) -> None:
    """Register the events of the file, and keep the tables of its panels for the dashboards."""
    try:
        own.register_tables(table.get("event", ()), str(path))
        own.keep_panels(table.get("panel", ()), str(path))
    except DefinitionError as error:
        raise SettingsError(str(error)) from error


def _file_table(start: Path) -> tuple[Path, Mapping[str, Any]]:
    for folder in (start, *start.parents):
        own, project = folder / "logging_kit.toml", folder / "pyproject.toml"
        if own.is_file():
            return own, read_toml(own)
        if project.is_file() and b"[tool.logging_kit" in project.read_bytes():
            return project, read_toml(project).get("tool", {}).get("logging_kit", {})
    return start, {}


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        SettingsError: When it is not valid.
    """
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
