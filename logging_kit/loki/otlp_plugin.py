"""The shipper to an OTLP receiver as a thread of the bot, which the setting `otlp_url` switches on.

It keeps its offsets apart from those of the shipper to Loki, so that both may work in one folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..runtime.plugins import Surroundings
from ..settings import Settings
from ..store.acknowledged import OFFSETS, read_offsets
from .entry import Entry
from .options import SenderOptions
from .server import password_from
from .shipper import Shipper, ShipperOptions
from .shipping import ShippingPlugin

STATE: Final = ".shipper-otlp"
"""Folder of the offset file in the log folder."""


class NoReader:
    """Stands for a server that does not tell which lines it has.

    Attributes:
        skew_s: Always `None`: the server's clock is not known.
    """

    skew_s: float | None = None

    def missing(
        self,
        entries: Sequence[Entry],  # noqa: ARG002
        *,
        deadline: float | None = None,  # noqa: ARG002
    ) -> None:
        """Return `None`: OTLP has no way to ask."""
        return

    def close(self) -> None:
        """Do nothing."""


class OtlpPlugin(ShippingPlugin):
    """Ships the log folder of the bot to an OTLP receiver."""

    name = "otlp"
    ships = True

    def __init__(self, server: SenderOptions) -> None:
        super().__init__(server)
        self._state = Path()

    def make_shipper(self, surroundings: Surroundings) -> Shipper:
        """Return the shipper to the receiver, with offsets of its own."""
        settings = surroundings.settings
        self._state = surroundings.log_dir / STATE
        options = ShipperOptions(
            app=settings.app, env=settings.env, state=self._state, idle_poll_s=1.0
        )
        return Shipper([surroundings.log_dir], self._server, options, reader=NoReader())

    def acknowledged_up_to(self, segment: str) -> int:
        """Return how many bytes of a segment the receiver has confirmed."""
        try:
            offsets = read_offsets(self._state / OFFSETS) or {}
        except OSError:
            return 0
        return int(offsets.get("segments", {}).get(segment, [0])[0])


def plugin(settings: Settings) -> OtlpPlugin:
    """Make the plug-in of `otlp_url`.

    Args:
        settings: The settings in force.

    Raises:
        SettingsError: If a setting of the receiver is impossible.
    """
    import requests  # noqa: F401 - `setup()` says how to install it

    return OtlpPlugin(
        SenderOptions(
            url=settings.otlp_url,
            protocol="otlp",
            username=settings.otlp_username,
            password=password_from("otlp_password_file", settings.otlp_password_file),
            token_file=settings.otlp_token_file,
            ca_file=settings.otlp_ca_file,
            proxy=settings.otlp_proxy,
        )
    )
