"""Options of the log server, from the settings that begin with `loki_`."""

from __future__ import annotations

from pathlib import Path

from ..exceptions import SettingsError
from ..settings import Settings
from .options import SenderOptions


def server_options(settings: Settings) -> SenderOptions:
    """Return the options of the sender that the settings describe.

    Args:
        settings: The settings; `loki_url` has a value.

    Raises:
        SettingsError: If a value is impossible, or the file with the password cannot be read.
    """
    options = SenderOptions(
        url=settings.loki_url,
        tenant=settings.loki_tenant,
        username=settings.loki_username,
        password=password_from("loki_password_file", settings.loki_password_file),
        token_file=settings.loki_token_file,
        ca_file=settings.loki_ca_file,
        proxy=settings.loki_proxy,
    )
    if settings.loki_cloud:
        return options.for_grafana_cloud()
    return options


def password_from(setting: str, path: str) -> str:
    """Read the password from the file that a setting names; empty without a file.

    Args:
        setting: Name of the setting, for the message.
        path: Its value.

    Raises:
        SettingsError: If the file cannot be read.
    """
    if not path:
        return ""
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{setting}: {path} cannot be read: {type(error).__name__}") from None
