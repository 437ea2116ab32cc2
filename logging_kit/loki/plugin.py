"""The shipper as a thread of the bot, which the setting `loki_url` switches on."""

from __future__ import annotations

from ..runtime.plugins import Surroundings
from ..settings import Settings
from .server import server_options
from .shipper import Shipper, ShipperOptions
from .shipping import ShippingPlugin


class ShipperPlugin(ShippingPlugin):
    """Ships the log folder of the bot to Loki.

    Retention reads the offset file of the folder, whoever ships it.
    """

    name = "loki"

    def make_shipper(self, surroundings: Surroundings) -> Shipper:
        """Return the shipper to Loki."""
        settings = surroundings.settings
        options = ShipperOptions(
            app=settings.app,
            env=settings.env,
            max_age_s=settings.loki_max_age,
            idle_poll_s=1.0,
        )
        return Shipper([surroundings.log_dir], self._server, options)


def plugin(settings: Settings) -> ShipperPlugin:
    """Make the plug-in of `loki_url`.

    Args:
        settings: The settings in force.

    Raises:
        SettingsError: If a setting of the server is impossible.
    """
    import requests  # noqa: F401 - `setup()` says how to install it

    return ShipperPlugin(server_options(settings))
