"""The shipper: pushes the segments of log folders to Loki and goes on where Loki stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from ..diagnostics import warn_once
from ..store.native import Empty, SimpleQueue, Thread, new_thread
from .arrived import LokiReader, Reader
from .courier import Courier, Pusher
from .flushes import Flushes
from .folder import Delivery, Folder
from .line_entries import Labeller, Labelling
from .merge import Limits
from .options import SenderOptions
from .sender import Sender

WEEK_S: Final = 604_800.0
"""Age of the oldest lines that a Loki accepts by default (`reject_old_samples_max_age`)."""

_POLL_S: Final = 0.25
_LOCKED_S: Final = 5.0
_STEP_BACK_S: Final = 30.0
_AFTER_BUG_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipperOptions:
    """The options of a `Shipper`.

    Attributes:
        app: Label `app` of lines that have none, such as the output of another program.
        env: Label `env` of such lines.
        max_age_s: Age in seconds of the oldest lines that the server accepts.
        state: Folder of the offset file, if it cannot be in the log folder; for one folder only.
        segment_size: Size in bytes at which lines of dead bots begin a new segment; 0 leaves these
            lines to the next bot.
        limits: Bounds of a batch.
        idle_poll_s: Longest time between two looks at a folder that gets no lines, in seconds.
    """

    app: str = "trading"
    env: str = "testnet"
    max_age_s: float = WEEK_S
    state: Path | None = None
    segment_size: int = 0
    limits: Limits = field(default_factory=Limits)
    idle_poll_s: float = 5.0


class Shipper:
    """Pushes the segments of log folders to a server, each line once.

    Args:
        directories: The log folders.
        server: Options of the sender, or the URL alone.
        options: Options of the shipper.
        sender: Another sender; for tests.
        reader: Another reader; `None` asks the server itself.
        labeller: Makes entries of lines; by default with the labels of the catalogue.
        clock: Returns seconds since 1970-01-01 UTC.
        monotonic: Returns seconds that only grow.

    Attributes:
        folders: The log folders.
        courier: Brings the batches to the server.

    Raises:
        SettingsError: If the server's options are impossible, or requests is not installed.

    Example:
        >>> shipper = Shipper([Path("logs")], "http://127.0.0.1:3100")
        >>> shipper.run(until_idle=True)  # ship everything there is, and return
        True
    """

    def __init__(
        self,
        directories: Iterable[Path],
        server: SenderOptions | str,
        options: ShipperOptions | None = None,
        *,
        sender: Pusher | None = None,
        reader: Reader | None = None,
        labeller: Labelling | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if isinstance(server, str):
            server = SenderOptions(url=server)
        options = options or ShipperOptions()
        self._options = options
        self.courier = Courier(
            sender or Sender(server),
            reader or LokiReader(server),
            options.max_age_s,
            clock,
            monotonic,
        )
        self._monotonic = monotonic
        labeller = labeller or Labeller(options.app, options.env)
        self.folders = [
            Folder(
                directory,
                f"{server.url} {server.tenant}".strip(),
                labeller,
                state=options.state,
                limits=options.limits,
                segment_size=options.segment_size,
                monotonic=monotonic,
            )
            for directory in directories
        ]
        self._due = dict.fromkeys(self.folders, 0.0)
        self._idle = dict.fromkeys(self.folders, _POLL_S)
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._flushes = Flushes()
        self._ending = self._is_last = False
        self._thread: Thread | None = None

    def run(self, *, until_idle: bool = False, give_up_s: float = 60.0) -> bool:
        """Ship until `stop` is called.

        Args:
            until_idle: Return when everything that is there now has been shipped.
            give_up_s: With `until_idle`, return after so many seconds without any success.

        Returns:
            True if everything was shipped.
        """
        stalled_at = self._monotonic() + give_up_s
        self._due = dict.fromkeys(self.folders, 0.0)
        try:
            while True:
                if self._flushes.begin():
                    self._due = dict.fromkeys(self.folders, 0.0)
                busy, moved = self._round()
                now = self._monotonic()
                self._finish_flush(busy)
                if moved:
                    stalled_at = now + give_up_s
                if self._is_over(now) or (until_idle and (not busy or now >= stalled_at)):
                    return not busy
                if self._ending and (not busy or self._tries_last(now)):
                    return not busy
                self._wait(now)
        finally:
            for folder in self.folders:
                folder.close()
            self.courier.close()

    def start(self) -> None:
        """Ship in a thread of its own."""
        self._thread = new_thread(self._run_thread, "logging_kit-shipper")
        self._thread.start()

    def stop(self, timeout_s: float = 0.0) -> bool:
        """End the shipping; return True if everything was shipped within the time.

        Args:
            timeout_s: Time to ship what is left, in seconds. The rest stays in the files for the
                next start.
        """
        self.courier.deadline = self._monotonic() + timeout_s
        self._ending = True
        self._wake.put(None)
        thread = self._thread
        if thread is not None and thread.is_alive():
            thread.join(timeout_s + 1.0)
        return all(not folder.counters.unread_bytes for folder in self.folders)

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything that is in the segments now was shipped.

        Args:
            timeout_s: Longest wait, in seconds.

        Returns:
            True if it was; False at once while the server is away or another process ships.
        """
        thread = self._thread
        if thread is None or not thread.is_alive():
            return all(not folder.counters.unread_bytes for folder in self.folders)
        if self.courier.is_waiting():
            return False
        return self._flushes.ask(timeout_s, partial(self._wake.put, None))

    def after_fork_in_child(self) -> None:
        """Leave the folders to the parent; `start` begins to ship when the parent has ended."""
        self._wake = SimpleQueue()
        self._flushes.forget()
        self._thread = None
        for folder in self.folders:
            folder.after_fork_in_child()
            self._due[folder] = 0.0

    def waiting_lines(self) -> bool:
        """Return True if lines wait to be sent now."""
        return any(folder.delivery is not None for folder in self.folders)

    def counters(self) -> dict[str, int]:
        """Return the sums over all folders; see `FolderCounters`."""
        total: dict[str, int] = {}
        for folder in self.folders:
            for name, value in asdict(folder.counters).items():
                if name != "oldest_unread":
                    total[name] = total.get(name, 0) + value
        return total

    def by_folder(self) -> Mapping[Path, Mapping[str, Any]]:
        """Return the numbers of each folder; see `FolderCounters`."""
        return {folder.directory: asdict(folder.counters) for folder in self.folders}

    def _run_thread(self) -> None:
        """Ship until the end; after a bug, begin again a minute later."""
        while not self._ending:
            try:
                self.run()
            except Exception as error:  # the bot goes on, and the lines stay in its files
                warn_once("shipper", f"the shipper failed: {type(error).__name__}: {error}")
                with suppress(Empty):
                    self._wake.get(timeout=_AFTER_BUG_S)

    def _finish_flush(self, busy: bool) -> None:
        """Answer the threads that wait in `flush`, once nothing waits or the server is away."""
        if busy and not self.courier.is_waiting():
            if self._flushes:
                self._due = dict.fromkeys(self.folders, 0.0)
            return
        self._flushes.answer(not busy and all(folder.counters.shipping for folder in self.folders))

    def _tries_last(self, now: float) -> bool:
        """Return True if the server did not answer although the end has come; else try at once."""
        if not self._is_last:
            self._is_last = True
            self.courier.not_before = 0.0
            return False
        return now < self.courier.not_before

    def _is_over(self, now: float) -> bool:
        return self._ending and self.courier.deadline is not None and now >= self.courier.deadline

    def _wait(self, now: float) -> None:
        due = max(min(self._due.values(), default=now + _POLL_S), self.courier.not_before)
        if self.courier.deadline is not None:
            due = min(due, self.courier.deadline)
        if due > now:
            with suppress(Empty):
                self._wake.get(timeout=due - now)

    def _round(self) -> tuple[bool, bool]:
        """Give each folder that is due one turn; return whether lines wait, and whether some went.

        The folders share one server: after a failure all of them wait.
        """
        busy = moved = False
        for folder in self.folders:
            now = self._monotonic()
            if self._is_over(now) or now < self.courier.not_before:
                return True, moved
            if now < self._due[folder] and not self._ending:
                busy |= folder.delivery is not None
                continue
            try:
                waits, went = self._turn(folder)
            except OSError as error:
                warn_once(
                    f"folder {folder.directory}",
                    f"the shipper cannot work in {folder.directory}: {error.strerror or error}",
                )
                self._due[folder] = self._monotonic() + _STEP_BACK_S
                continue
            busy |= waits
            moved |= went
        return busy, moved

    def _turn(self, folder: Folder) -> tuple[bool, bool]:
        now = self._monotonic()
        delivery = None
        if folder.directory.is_dir():
            if not folder.acquire():
                self._due[folder] = now + _LOCKED_S
                return False, False
            delivery = folder.next(self.courier.horizon())
        if delivery is None:
            self._idle[folder] = min(self._idle[folder] * 2, self._options.idle_poll_s)
            # idle folders have their turns together: waking up costs more than a look at a folder
            interval = self._idle[folder]
            self._due[folder] = (now // interval + 1) * interval
            return False, False
        self._idle[folder] = _POLL_S
        went = self.courier.deliver(folder, delivery)
        if delivery.remaining:
            return True, went
        folder.acknowledge()
        self._due[folder] = self._pace(delivery)
        return True, True

    def _pace(self, delivery: Delivery) -> float:
        """Return the time of a folder's next turn: at once after a full batch, else a bit later.

        So the lines of a moment go in one request.
        """
        if len(delivery.batch.entries) * 2 > self._options.limits.lines:
            return 0.0
        return self._monotonic() + _POLL_S


def ship(
    directories: Iterable[Path],
    server: SenderOptions | str,
    options: ShipperOptions | None = None,
    *,
    give_up_s: float = 60.0,
) -> Mapping[str, int]:
    """Ship everything that log folders have now, and return.

    Args:
        directories: The log folders.
        server: Options of the sender, or the URL alone.
        options: Options of the shipper.
        give_up_s: Return after so many seconds without any success.

    Returns:
        What was done; see `FolderCounters`.

    Raises:
        SettingsError: If the server's options are impossible, or requests is not installed.

    Example:
        >>> ship([Path("logs")], "http://127.0.0.1:3100")["rejected"]
        0
    """
    shipper = Shipper(directories, server, options)
    shipper.run(until_idle=True, give_up_s=give_up_s)
    return shipper.counters()
