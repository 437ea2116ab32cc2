"""The arguments of `setup()`, for type checkers and editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from .events._event_types import EventName
    from .events.model import Event, EventType
    from .settings import Durability, HookName, LevelName, Stdout


class SettingsArguments(TypedDict, total=False):
    """The arguments of `setup()`: each setting in the form that a person writes."""

    app: str | None
    env: str | None
    bot_name: str | None
    version: str | None
    level: LevelName | int | None
    levels: Mapping[str, LevelName | int] | str | None
    mute_events: Sequence[EventName | EventType | Event] | None
    log_dir: str | os.PathLike[str] | None
    shared_log_dir: bool | None
    stdout: Stdout | None
    stdout_level: LevelName | int | None
    segment_size: str | int | None
    durability: Durability | None
    archive_after: str | float | None
    keep: str | float | None
    keep_trades: str | float | None
    keep_trades_at_least: str | float | None
    max_total: str | int | None
    masking: bool | None
    mask_names: Sequence[str] | None
    allow_names: Sequence[str] | None
    mask_formats: Sequence[Any] | None
    mask_env: bool | None
    hooks: Sequence[HookName] | str | None
    forward: str | int | None
    repeat_limit: int | None
    loki_url: str | None
    loki_tenant: str | None
    loki_username: str | None
    loki_password_file: str | os.PathLike[str] | None
    loki_token_file: str | os.PathLike[str] | None
    loki_ca_file: str | os.PathLike[str] | None
    loki_proxy: str | None
    loki_cloud: bool | None
    loki_max_age: str | float | None
    otlp_url: str | None
    otlp_username: str | None
    otlp_password_file: str | os.PathLike[str] | None
    otlp_token_file: str | os.PathLike[str] | None
    otlp_ca_file: str | os.PathLike[str] | None
    otlp_proxy: str | None
    metrics_port: int | str | None
    metrics_host: str | None
    heartbeat_url: str | None
    strict: bool | None
