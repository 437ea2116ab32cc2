"""The shipper to an OTLP receiver as a thread of the bot, which the setting `otlp_url` switches on.

It keeps its offsets apart from those of the shipper to Loki, so that both may work in one folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ..exceptions import SettingsError
from ..runtime.plugins import Plugin, Surroundings
from ..settings import Settings
from ..store.acknowledged import OFFSETS, read_offsets
from .entry import Entry
from .options import SenderOptions
from .shipper import Shipper, ShipperOptions

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


class OtlpPlugin(Plugin):
    """Ships the log folder of the bot to an OTLP receiver.

    Args:
        server: Options of the receiver.
    """

    name = "otlp"
    ships = True

    def __init__(self, server: SenderOptions) -> None:
        self._server = server
        self._shipper: Shipper | None = None
        self._state = Path()

    def start(self, surroundings: Surroundings) -> None:
        """Start the thread."""
        settings = surroundings.settings
        self._state = surroundings.log_dir / STATE
        options = ShipperOptions(
            app=settings.app, env=settings.env, state=self._state, idle_poll_s=1.0
        )
        self._shipper = Shipper([surroundings.log_dir], self._server, options, reader=NoReader())
        self._shipper.start()

    def acknowledged_up_to(self, segment: str) -> int:
        """Return how many bytes of a segment the receiver has confirmed."""
        try:
            offsets = read_offsets(self._state / OFFSETS) or {}
        except OSError:
            return 0
        return int(offsets.get("segments", {}).get(segment, [0])[0])

    def flush(self, timeout_s: float) -> bool:
        """Wait until the receiver has everything; return False while it does not answer."""
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
            password=_password(settings.otlp_password_file),
            token_file=settings.otlp_token_file,
            ca_file=settings.otlp_ca_file,
            proxy=settings.otlp_proxy,
        )
    )


def _password(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"otlp_password_file: {path} cannot be read: {type(error).__name__}"
        ) from None
