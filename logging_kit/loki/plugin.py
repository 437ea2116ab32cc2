"""The shipper as a thread of the bot, which the setting `loki_url` switches on."""

from __future__ import annotations

from collections.abc import Mapping

from ..runtime.plugins import Plugin, Surroundings
from ..settings import Settings
from .options import SenderOptions
from .server import server_options
from .shipper import Shipper, ShipperOptions


class ShipperPlugin(Plugin):
    """Ships the log folder of the bot.

    Retention reads the offset file of the folder, whoever ships it.

    Args:
        server: Options of the log server.
    """

    name = "loki"

    def __init__(self, server: SenderOptions) -> None:
        self._server = server
        self._shipper: Shipper | None = None

    def start(self, surroundings: Surroundings) -> None:
        """Start the thread."""
        settings = surroundings.settings
        options = ShipperOptions(
            app=settings.app,
            env=settings.env,
            max_age_s=settings.loki_max_age,
            idle_poll_s=1.0,
        )
        self._shipper = Shipper([surroundings.log_dir], self._server, options)
        self._shipper.start()

    def flush(self, timeout_s: float) -> bool:
        """Wait until the server has everything; return False at once while it does not answer."""
        return self._shipper is None or self._shipper.flush(timeout_s)

    def after_fork_in_child(self) -> None:
        """Wait in the child until the parent has ended, then ship the folder."""
        if self._shipper is not None:
            self._shipper.after_fork_in_child()
            self._shipper.start()

    def close(self, timeout_s: float) -> None:
        """Ship what is left as long as there is time; the rest stays in the files."""
        if self._shipper is not None:
            self._shipper.stop(timeout_s)

    def counters(self) -> Mapping[str, int]:
        """Return the numbers of the shipper."""
        if self._shipper is None:
            return {}
        return self._shipper.counters()


def plugin(settings: Settings) -> ShipperPlugin:
    """Make the plug-in of `loki_url`.

    Args:
        settings: The settings in force.

    Raises:
        SettingsError: If a setting of the server is impossible.
    """
    import requests  # noqa: F401 - `setup()` says how to install it

    return ShipperPlugin(server_options(settings))
