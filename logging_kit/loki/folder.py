"""Shipping of one log folder: its lock, its offsets, and the batch that is on its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..diagnostics import warn_once
from ..store.journal import JOURNALS
from ..store.recovery import living, recover
from .entry import Entry
from .follow import SegmentFollower
from .line_entries import Labelling
from .merge import Batch, Horizon, Limits
from .offsets import OffsetFile, Offsets, Position, prune

_RECOVER_EVERY_S: Final = 60.0
_RECOVER_WAIT_S: Final = 0.1


@dataclass(slots=True)
class FolderCounters:
    """Numbers of one folder since the start.

    Attributes:
        shipped: Lines that the server accepted.
        confirmed: Lines that the server had already when it was asked.
        rejected: Lines that the server will never accept.
        too_old: Lines older than the server accepts; they stay in their files.
        too_new: Lines whose time is more than a day in the future; they stay in their files.
        held: Segments whose next line is in the server's future.
        batches: Batches that were acknowledged.
        failures: Attempts that failed.
        lost_bytes: Bytes that were deleted before they were read.
        unread_bytes: Bytes that wait to be read.
        oldest_unread: Time of the oldest unread line, in seconds since 1970, or 0.
        shipping: 1 if this process ships the folder, 0 if another does.
    """

    shipped: int = 0
    confirmed: int = 0
    rejected: int = 0
    too_old: int = 0
    too_new: int = 0
    held: int = 0
    batches: int = 0
    failures: int = 0
    lost_bytes: int = 0
    unread_bytes: int = 0
    oldest_unread: float = 0.0
    shipping: int = 0


@dataclass(slots=True)
class Delivery:
    """The batch that is on its way.

    Attributes:
        batch: The batch.
        remaining: Entries that the server has not acknowledged.
        uncertain: True if the server may have some of them.
        failures: Attempts that failed in a row.
        probe: True if the next attempt sends one line only.
    """

    batch: Batch
    remaining: Sequence[Entry]
    uncertain: bool = False
    failures: int = 0
    probe: bool = False


class Folder:
    """One log folder on its way to a server.

    Args:
        directory: The log folder.
        destination: Name of the server and its tenant, for the offset file.
        labeller: Makes entries of lines.
        state: Folder of the offset file; `.shipper` in the log folder by default.
        limits: Bounds of a batch.
        segment_size: Size at which lines of dead bots begin a new segment; 0 leaves those lines to
            the next bot.
        monotonic: Returns seconds; for tests.

    Attributes:
        counters: Numbers of the folder.
        delivery: The batch that is on its way.
        was_shipping: True if this process has shipped the folder.
    """

    def __init__(
        self,
        directory: Path,
        destination: str,
        labeller: Labelling,
        *,
        state: Path | None = None,
        limits: Limits | None = None,
        segment_size: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.directory = directory
        self.counters = FolderCounters()
        self.delivery: Delivery | None = None
        self.was_shipping = False
        self._destination = destination
        self._labeller = labeller
        self._file = OffsetFile(directory, state)
        self._limits = limits or Limits()
        self._segment_size = segment_size
        self._monotonic = monotonic
        self._follower: SegmentFollower | None = None
        self._offsets = Offsets(destination)
        self._unknown: dict[str, int] = {}
        self._dirty = False
        self._recovered_at = -_RECOVER_EVERY_S
        self._lost = 0

    def acquire(self) -> bool:
        """Become the shipper of this folder; return False while another process is.

        Raises:
            OSError: When the folder of the state cannot be written.
        """
        if self._follower is not None:
            return True
        if not self._file.acquire():
            self.counters.shipping = 0
            return False
        self.counters.shipping = 1
        self.was_shipping = True
        offsets = self._offsets = self._file.load(self._destination)
        if offsets.trouble:
            warn_once(
                f"shipper {self._file.path}",
                f"{self._file.path} is not used: {offsets.trouble}; the shipper begins with the "
                f"oldest line that the server accepts, and asks what it has already",
            )
        self._recover()
        follower = SegmentFollower(
            self.directory, self._labeller, offsets.positions, self._monotonic
        )
        follower.look()
        # an earlier process may have sent any of these: the server is asked before they are sent
        self._unknown = {name: one.size for name, one in follower.unread().items()}
        self._follower = follower
        return True

    def next(self, horizon: Horizon) -> Delivery | None:
        """Return the batch to send; `None` if there is nothing to send.

        The end of the batch is on disk before the batch is returned.
        """
        if self.delivery is not None:
            return self.delivery
        follower = self._follower
        assert follower is not None
        self._recover()
        while follower.look():
            batch = self._take(follower, horizon)
            self.counters.held = batch.held
            if batch.entries:
                self._count(follower)
                return self._begin(batch)
            if not batch.ends:
                break
            self._move(follower, batch)
        self._count(follower)
        self._keep()
        return None

    def _begin(self, batch: Batch) -> Delivery:
        """Put the end of a batch on disk, so that an unfinished one can be repeated."""
        uncertain = any(start < self._unknown.get(name, 0) for name, start in batch.starts.items())
        self._offsets.pending = {name: position.offset for name, position in batch.ends.items()}
        self._save()
        self._dirty = True
        self.delivery = Delivery(batch, batch.entries, uncertain)
        return self.delivery

    def acknowledge(self) -> None:
        """Note that the server has the batch; the offsets are on disk with the next batch."""
        delivery, self.delivery = self.delivery, None
        assert delivery is not None
        assert self._follower is not None
        self.counters.batches += 1
        self._move(self._follower, delivery.batch)

    def close(self) -> None:
        """Save the offsets and let another process ship the folder."""
        if self._follower is not None:
            self._keep()
            self._follower = None
        self.delivery = None
        self._file.release()
        self.counters.shipping = 0

    def after_fork_in_child(self) -> None:
        """Leave the folder to the parent."""
        self._follower = self.delivery = None
        self._dirty = False
        self._file.release()
        self.counters = FolderCounters()

    def _take(self, follower: SegmentFollower, horizon: Horizon) -> Batch:
        pending = self._offsets.pending
        if pending and self._offsets.found:
            # the very batch that an earlier process was sending
            self._offsets.found = False
            batch = follower.take(horizon, self._limits, only=pending)
            if batch.ends:
                return batch
        return follower.take(horizon, self._limits)

    def _move(self, follower: SegmentFollower, batch: Batch) -> None:
        """Go on behind a batch."""
        self._dirty = True
        follower.acknowledge(batch)
        self._offsets.positions.update(batch.ends)
        self._offsets.pending = {}
        for name, position in batch.ends.items():
            if position.offset >= self._unknown.get(name, 0):
                self._unknown.pop(name, None)
        if batch.too_old:
            self.counters.too_old += batch.too_old
            warn_once(
                f"too old {self.directory}",
                f"{batch.too_old:,} lines of {self.directory} are older than the log server "
                f"accepts: they stay in their files and are not sent",
            )

        if batch.too_new:
            self.counters.too_new += batch.too_new
            warn_once(
                f"too new {self.directory}",
                f"{batch.too_new:,} lines of {self.directory} are more than a day in the future: "
                f"they stay in their files and are not sent",
            )

    def _keep(self) -> None:
        """Write the offsets if they have changed."""
        if self._dirty:
            self._dirty = not self._save()

    def _save(self) -> bool:
        assert self._follower is not None
        prune(self._offsets, self._follower.segments)
        for name in self._follower.segments:
            self._offsets.positions.setdefault(name, Position())
        return self._file.save(self._offsets)

    def _count(self, follower: SegmentFollower) -> None:
        self.counters.unread_bytes = follower.unread_bytes()
        self.counters.oldest_unread = follower.oldest_unread() or 0.0
        self.counters.lost_bytes = follower.lost_bytes
        if follower.lost_bytes > self._lost:
            warn_once(
                f"lost {self.directory}",
                f"{follower.lost_bytes - self._lost:,} bytes of {self.directory} were deleted "
                f"before they were sent to the log server",
            )
            self._lost = follower.lost_bytes

    def _recover(self) -> None:
        """Move the lines that dead bots left in their journals to the segments."""
        now = self._monotonic()
        if not self._segment_size or now - self._recovered_at < _RECOVER_EVERY_S:
            return
        self._recovered_at = now
        journals = self.directory / JOURNALS
        try:
            if journals.is_dir() and len(list(journals.glob("*.journal"))) > living(self.directory):
                recover(self.directory, self._segment_size, _RECOVER_WAIT_S)
        except OSError as error:
            warn_once(
                f"recover {self.directory}",
                f"the shipper cannot recover lines of ended bots in {self.directory}: "
                f"{error.strerror or error}",
            )
