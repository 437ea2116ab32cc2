"""A shipper as a thread of the bot, whatever protocol its server speaks."""

from __future__ import annotations

from collections.abc import Mapping

from ..runtime.plugins import Plugin, Surroundings
from .options import SenderOptions
from .shipper import Shipper


class ShippingPlugin(Plugin):
    """Ships the log folder of the bot; a subclass makes the shipper.

    Args:
        server: Options of the log server.
    """

    def __init__(self, server: SenderOptions) -> None:
        self._server = server
        self._shipper: Shipper | None = None

    def make_shipper(self, surroundings: Surroundings) -> Shipper:
        """Return the shipper of a run.

        Args:
            surroundings: The run's settings and folder.
        """
        raise NotImplementedError

    def start(self, surroundings: Surroundings) -> None:
        """Start the thread."""
        self._shipper = self.make_shipper(surroundings)
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
