"""The store: stamps each body under one short lock and copies the line into the journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from operator import call
from pathlib import Path
from threading import TIMEOUT_MAX
from typing import Any, Final

from ..diagnostics import attempt_all, warn_once
from ..line import Clock
from .counters import reason_of
from .following import WAIT_S, DestinationFollower, runs_finalizer
from .journal import HALF
from .locked_store import LOCK_S, LockedStore
from .loss_account import is_accounted, mark_accounted
from .multiprocessing_exit import MultiprocessingExit
from .native import get_ident
from .sinks.group import Sinks
from .stamp import Stamper
from .sync import Durability, Syncer
from .waiting import WaitingLine
from .writer import Writer

_POLL_S: Final = 0.05
_EXIT_S: Final = 2.0


class Store(LockedStore):
    """Takes the bodies of lines from any thread and keeps them in the segment files of one folder.

    Args:
        directory: The log folder; made with the first line.
        clock: Nanoseconds since 1970-01-01 UTC.
        segment_size: Size in bytes at which a segment is closed.
        files: Names of the files that lines go to.
        sinks: Sinks, which get each line as well; none by default.
        on_rotate: Function that is called when a segment was closed.
        syncer: Object that syncs the segments; by default they are not synced.
        half: Bytes of each half of the journal; 0 writes in the caller, without a journal.
    """

    _waits: bool

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        segment_size: int,
        files: Sequence[str],
        sinks: Sinks | None = None,
        on_rotate: Callable[[], None] = lambda: None,
        half: int = HALF,
        syncer: Syncer | None = None,
    ) -> None:
        if sinks is None:
            sinks = Sinks()
        if syncer is None:
            syncer = Syncer("process")
        super().__init__(
            directory,
            clock,
            segment_size,
            files,
            sinks,
            on_rotate,
            half,
            syncer,
        )
        self._exit = MultiprocessingExit(self.write_directly)
        self._use_sinks(self.sinks)

    def configure(self, segment_size: int, sinks: Sinks, durability: Durability) -> None:
        """Change settings while the run goes on."""
        self.flush(_EXIT_S)
        before = self.sinks

        def use() -> None:
            self._segments.limit = segment_size
            self._syncer.durability = durability
            self._use_sinks(sinks)

        self.guard.run(use)
        if self._writer is not None:
            self._writer.use(sinks)
        before.close()
        self._loss.dropped.update(before.dropped())

    def count_on(self, before: Store) -> None:
        """Add the counts of the store that this one replaces."""
        self.guard.run(partial(self._numbers.add, before.stats()))

    def append(self, file: str, body: bytes, *, urgent: bool = False) -> None:
        """Stamp a body and keep it as one line.

        Wait a quarter of a second at most when all is full.

        Args:
            file: One of the files.
            body: The line's values without braces.
            urgent: True to write it to its segment at once.
        """
        guard = self.guard
        me = get_ident()
        if guard.owner == me:  # a signal handler or a finalizer logs while its thread is in here
            self._waiting.append(WaitingLine(file, body, urgent, awaited=False))
            return
        follower = self._follower
        in_sink = False
        if follower is not None:  # skipped without sinks: it costs some per cent of a line
            if me in follower.threads:
                in_sink = runs_finalizer()
                if not in_sink:
                    self._refuse_echo()
                    return
            elif follower.destination() is not follower.seen or self._waits:
                follower.follow(self._writer)
                self._waits = follower.watched or self._syncer.each_line
        kept = False
        for _ in filter(None, map(call, guard.attempts)):
            guard.owner = me
            try:
                seq = self._stamper.seq
                kept = self._put(file, body, urgent)
                if self._waiting:
                    self._put_waiting()
            except BaseException as error:
                if self.guard is guard:  # a signal handler has raised, and may have logged before
                    if self._stamper.seq == seq and not is_accounted(error):
                        self._loss.refuse("interrupted")
                    mark_accounted(error)
                    self._put_waiting()
                    raise
                if not isinstance(error, OSError | ValueError):
                    raise
                # a signal handler has forked: this is the child, and what it was about to write to
                # is its parent's
            finally:
                guard.owner = 0
                guard.release()
                if guard.deferred:
                    guard.run_deferred()
            break
        if not kept:
            self._put_later(file, body, urgent)
        if self._waits and not in_sink:
            self._wait_for_line()

    def _use_sinks(self, sinks: Sinks) -> None:
        self.sinks = sinks
        follower = None
        if sinks:
            follower = DestinationFollower(sinks)
        self._follower = follower
        self._waits = self._syncer.each_line

    def _refuse_echo(self) -> None:
        """Count a line that a sink logs within its own call; the sink would get it again."""
        self._loss.dropped["echo"] += 1
        warn_once(
            "echo", "a sink logs while it writes; these lines are dropped, or they would repeat"
        )

    def _wait_for_line(self) -> None:
        if self._syncer.each_line:
            self._sync_now()
        follower = self._follower
        if follower is not None and follower.watched and not self.guard.interrupted:
            follower.show_now(self._writer)

    def _sync_now(self) -> None:
        """Wait until the line is on the disk, a quarter of a second at most."""
        deadline = time.monotonic() + WAIT_S
        writer = self._writer
        if self.guard.interrupted or (writer is not None and not writer.ask(WAIT_S)):
            return
        if not self._syncer.sync(max(0.0, deadline - time.monotonic())):
            warn_once(
                "durability", "the disk takes longer than 250 ms to sync; calls go on before it has"
            )

    def count_interrupted(self, error: BaseException) -> None:
        """Count the line of a call that a signal handler ended by raising, unless it is counted."""
        if not is_accounted(error):
            self._loss.refuse("interrupted")
        with suppress(AttributeError):
            del error._logging_kit_accounted  # type: ignore[attr-defined]

    def _put_later(self, file: str, body: bytes, urgent: bool) -> None:
        """Wait until the next owner of the lock puts the line in, unless the disk takes nothing."""
        deadline = time.monotonic() + WAIT_S - LOCK_S
        line = WaitingLine(file, body, urgent, awaited=True)
        self._waiting.append(line)
        error: BaseException | None = None
        try:
            while (left_s := deadline - time.monotonic()) > 0:
                writer = self._writer
                if writer is not None and writer.stuck is not None:
                    break
                self._make_room(writer, left_s)
                if line.is_settled(min(left_s, _POLL_S)):
                    return
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._withdraw(line, error)

    def _make_room(self, writer: Writer | None, left_s: float) -> None:
        if writer is None:  # nothing leaves the lock on its own, as the writer does
            with suppress(TimeoutError):
                self.guard.run(_nothing, left_s)
        elif writer.is_this_thread:  # a finalizer logs within the writer
            writer.ask(left_s)
        else:
            writer.wake(now=True)

    def _withdraw(self, line: WaitingLine, error: BaseException | None) -> None:
        """Count a line as lost that is still waiting."""
        try:
            self._waiting.remove(line)
        except ValueError:  # it is kept, or about to be
            if error is not None:
                mark_accounted(error)
            return
        writer = self._writer
        if error is not None:
            mark_accounted(error)
            self._refuse("interrupted", b"")
        elif writer is not None and writer.stuck is not None:
            self._refuse(reason_of(writer.stuck), line.body)
        else:
            warn_once("busy", f"a line is lost: {self.directory} took none for 250 ms")
            self._refuse("busy", line.body)

    def _refuse(self, reason: str, body: bytes) -> None:
        self._loss.refuse(reason, body)
        with suppress(TimeoutError):  # else the next line counts it
            self.guard.run(self._count_refused, 0.0)

    def stats(self) -> dict[str, Any]:
        """Lines and bytes by file, lost lines by reason, and how far the writer is behind."""
        return {
            "run_id": self.run_id,
            **self._numbers.snapshot(self.sinks, self._journal, self._writer),
        }

    def flush(self, timeout_s: float) -> bool:
        """Wait until the segments and the sinks have taken everything that was logged before.

        Args:
            timeout_s: Longest wait, in seconds; any number.

        Returns:
            Whether they did within the time; never in a signal handler that has interrupted its own
            thread in here.
        """
        if self.guard.interrupted:
            return False
        timeout_s = min(max(0.0, timeout_s), TIMEOUT_MAX)
        deadline = time.monotonic() + timeout_s
        try:
            if self._waiting:
                self.guard.run(self._put_waiting, timeout_s)
        except TimeoutError:
            return False
        writer, left_s = self._writer, max(0.0, deadline - time.monotonic())
        written = writer.ask(left_s) if writer is not None else self._loss.took_all()
        return self.sinks.flush(max(0.0, deadline - time.monotonic())) and written

    def write_directly(self) -> None:
        """Empty the journal and write in the caller from now on, before the process ends."""
        self.sinks.write_directly()
        writer, journal = self.guard.run(self._last_journal)
        if writer is None or journal is None:
            self._syncer.sync(_EXIT_S)
            return
        emptied = writer.drain(_EXIT_S, emptied=self._go_direct)
        if not emptied:  # the next start brings its lines into these segments
            self._segments = self._segments.successor()
            self.guard.run(self._go_direct)
        if writer.close():
            journal.close(remove=emptied)
        self._syncer.sync(_EXIT_S)
        self.sinks.flush(_EXIT_S)

    def after_fork_in_child(self) -> None:
        """Begin a run of the child, with its own lock, journal and segments."""
        self._segments.forget()
        if self._journal is not None:
            self._journal.forget()
        self._fresh()
        # a call that has forked within itself, in a signal handler, still has the other one
        self._stamper = Stamper(self.clock)
        self._syncer.after_fork_in_child()
        self.sinks.after_fork_in_child()

    def close(self) -> None:
        """Write what is left, close the segments and end the threads, whatever fails in between."""
        attempt_all(
            "shutdown",
            self.write_directly,
            self._exit.cancel,
            lambda: self.guard.run(self._segments.close),
            self._syncer.close,
            self.sinks.close,
        )


def _nothing() -> None:
    """Do nothing under the lock: leaving it puts the waiting lines in."""
