"""The part of the store that runs under its lock: it stamps a body and keeps the line."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from ..diagnostics import warn_once
from ..line import STAMP_LIMIT, Clock, parse_stamp
from .counters import Counters, reason_of
from .journal import Journal, new_journal
from .lock import SignalSafeLock
from .loss_account import mark_accounted
from .multiprocessing_exit import MultiprocessingExit
from .open_segments import OpenSegments
from .recovery import adopting
from .sinks.group import Sinks
from .stamp import Stamper
from .sync import Syncer
from .tee import Tee
from .waiting import WaitingLine
from .writer import Writer

LOCK_S: Final = 0.1
"""Longest wait for the lock within a log call, in seconds."""

_AGAIN_S: Final = 60.0


class LockedStore:
    """Keeps lines in a journal or in the segments; only the owner of the lock calls its methods.

    Args:
        directory: The log folder; made with the first line.
        clock: Nanoseconds since 1970-01-01 UTC.
        segment_size: Size in bytes at which a segment is closed.
        files: Names of the files that lines go to.
        sinks: Objects that get each line as well.
        on_rotate: Function that is called when a segment was closed.
        half: Bytes of each half of the journal; 0 writes in the caller, without a journal.
        syncer: Object that syncs the segments.
    """

    _exit: MultiprocessingExit

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        segment_size: int,
        files: Sequence[str],
        sinks: Sinks,
        on_rotate: Callable[[], None],
        half: int,
        syncer: Syncer,
    ) -> None:
        # a bot that changes its folder later must not move its logs
        self.directory = Path(directory).absolute()
        self.clock = clock
        self.sinks = sinks
        self._syncer = syncer
        self._files = tuple(files)
        self._half = half
        self._stamper = Stamper(clock)
        self._segments = OpenSegments(self.directory, segment_size, self._adopting, on_rotate)
        self._fresh()

    def _adopting(self) -> AbstractContextManager[bool]:
        return adopting(self.directory, self._segments.limit, in_caller=self._journal is None)

    def _fresh(self) -> None:
        """Reset to the state of a new process: no open file, a free lock, counters at zero."""
        self.guard = SignalSafeLock(LOCK_S, self._put_waiting, self._count_stopped)
        self._waiting: deque[WaitingLine] = deque()
        self._journal: Journal | None = None
        self._writer: Writer | None = None
        self._direct_until = 0.0 if self._half else float("inf")
        self._numbers = Counters(self._files)
        self.lines, self.bytes = self._numbers.lines, self._numbers.bytes
        self._loss = self._numbers.loss

    @property
    def run_id(self) -> str:
        """Id of the current run."""
        return self._stamper.run_id

    def _put_waiting(self) -> None:
        while self._waiting:
            line = self._waiting.popleft()
            kept = True
            try:
                kept = self._put(line.stream, line.body, line.urgent)
            finally:  # if a signal handler raises, the line is kept or counted as well
                if kept:
                    line.settle()
                elif line.awaited:
                    self._waiting.appendleft(line)
                else:
                    self._loss.refuse("busy", line.body)
            if not kept and line.awaited:
                return

    def _put(self, file: str, body: bytes, urgent: bool) -> bool:
        """Keep one line, in the journal or at once in its segment; whether there was room."""
        loss = self._loss
        if loss.refused:
            self._count_refused()
        journal, writer = self._journal, self._writer
        if journal is None or writer is None:
            if self._open_journal():
                return self._put(file, body, urgent)
            self._write(file, body)
            return True
        if journal.limit - journal.offset < len(body) + STAMP_LIMIT and not journal.swap():
            return False
        lost, offset, seq = loss.unreported, journal.offset, self._stamper.seq
        half_full = None
        try:
            line, _ = self._stamper.stamp(body, lost)
            half_full = journal.put(file, line)
            loss.unreported = 0
            self.lines[file] += 1
            self.bytes[file] += len(line)
            if urgent or half_full:
                writer.wake(now=True)
            elif not offset:
                writer.wake(now=False)
        except BaseException as error:  # a signal handler has raised, or the clock
            if self._journal is not journal:  # it has forked, and this is the child
                raise
            mark_accounted(error)
            if journal.offset == offset:
                self._lose(lost, seq, "interrupted")
            elif half_full is None:  # the line is there, but not counted
                loss.unreported = 0
                self.lines[file] += 1
                self.bytes[file] += len(line)
            writer.wake(now=True)
            raise
        return True

    def _count_refused(self) -> None:
        """Count the refused lines and let the sinks show them."""
        loss = self._loss
        while (body := loss.count_refused()) is not None:
            if not body or not self.sinks:
                continue
            line = self._stamper.stamp_lost(body, loss.unreported - 1)
            if self._writer is None:
                self.sinks.put(line)
            elif not self._writer.show_lost(line):
                loss.dropped.update(self.sinks.names)

    def _count_stopped(self) -> None:
        """Count the line of a thread that stopped within its call, unless it was written."""
        seq = self._stamper.seq
        stamps = filter(None, map(parse_stamp, self._segments.last_lines()))
        written = [number for _, run_id, number in stamps if run_id == self.run_id]
        missing = seq - max(written, default=seq)
        if self._journal is None and missing > 0:
            self._stamper.take_back(missing)
            self._loss.lose(missing - 1, "interrupted")

    def _open_journal(self) -> bool:
        """Open a journal and start its writer; return whether there is one now."""
        if sys.is_finalizing() or time.monotonic() < self._direct_until:
            return False
        journal = None
        try:
            journal = new_journal(self.directory, self._files, self._half)
            self._writer = Writer(
                journal,
                self._segments,
                Tee(self.sinks),
                self.guard,
                self._syncer,
                self._forget_journal,
                self._count_damaged,
            )
        except Exception as error:  # whatever it is, the line can be written without one
            # RuntimeError: the interpreter is shutting down and starts no thread
            if not isinstance(error, RuntimeError):
                why = getattr(error, "strerror", None) or error
                warn_once(
                    "journal",
                    f"no journal in {self.directory}: {why}; lines are written in the caller",
                )
            self._writer = None
            with suppress(Exception):
                if journal is not None:
                    journal.close(remove=True)
            self._direct_until = time.monotonic() + _AGAIN_S
            return False
        self._journal = journal
        with suppress(Exception):  # the line matters more
            self._syncer.created(journal.sync_creation)
            self.sinks.start()
            self._exit.register()
        return True

    def _count_damaged(self, lines: int) -> None:
        for _ in range(lines):
            self._loss.lose(self._loss.unreported, "damaged")

    def _forget_journal(self) -> None:
        if self._writer is not None:
            self._numbers.keep_high_water(self._writer.high_water)
        self._journal = self._writer = None

    def _last_journal(self) -> tuple[Writer | None, Journal | None]:
        """Return the open writer and journal; if there are none, let none be opened."""
        if self._journal is None:
            self._go_direct()
        return self._writer, self._journal

    def _go_direct(self) -> None:
        self._forget_journal()
        self._direct_until = float("inf")

    def _write(self, file: str, body: bytes) -> None:
        loss = self._loss
        lost, seq = loss.unreported, self._stamper.seq
        try:
            line, time_us = self._stamper.stamp(body, lost)
            try:
                self._segments.segment_for(file, time_us).write(line)
                self._syncer.written(self._segments)
            except OSError as error:
                self._lose(lost, seq, reason_of(error))
                reason = error.strerror or type(error).__name__
                warn_once(
                    "write",
                    f"cannot write to {self.directory}: {reason}; lines are lost meanwhile",
                )
            else:
                loss.unreported = 0
                self.lines[file] += 1
                self.bytes[file] += len(line)
            self.sinks.put(line)
        except BaseException as error:  # a signal handler has raised, or the clock
            mark_accounted(error)
            if loss.unreported == lost:
                self._lose(lost, seq, "interrupted")
            raise

    def _lose(self, lost: int, seq: int, reason: str) -> None:
        if self._stamper.seq != seq:
            self._stamper.take_back(1 + lost)
        self._loss.lose(lost, reason)
