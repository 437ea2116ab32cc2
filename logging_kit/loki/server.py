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
        password=_password(settings.loki_password_file),
        token_file=settings.loki_token_file,
        ca_file=settings.loki_ca_file,
        proxy=settings.loki_proxy,
    )
    if settings.loki_cloud:
        return options.for_grafana_cloud()
    return options


def _password(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"loki_password_file: {path} cannot be read: {type(error).__name__}"
        ) from None
