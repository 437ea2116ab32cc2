"""The store: stamps each body under one short lock and copies the line into the journal."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from contextvars import copy_context
from functools import partial
from operator import call
from pathlib import Path
from threading import TIMEOUT_MAX
from typing import Any, Final

from ..diagnostics import attempt_all, warn_once
from ..line import STAMP_LIMIT, Clock, parse_stamp
from .counters import Counters, reason_of
from .journal import HALF, Journal, new_journal
from .lock import SignalSafeLock
from .multiprocessing_exit import MultiprocessingExit
from .native import get_ident
from .open_segments import OpenSegments
from .recovery import adopting
from .sinks.group import Sinks
from .stamp import Stamper
from .sync import Durability, Syncer
from .tee import Tee
from .waiting import WaitingLine
from .writer import Writer

_WAIT_S: Final = 0.25
_LOCK_S: Final = 0.1
_POLL_S: Final = 0.05
_EXIT_S: Final = 2.0
_AGAIN_S: Final = 60.0
_SHOW_S: Final = 0.1
_UNWATCHED_S: Final = 5.0
_UNSEEN: Final = object()


class Store:
    """Takes the bodies of lines from any thread and keeps them in the segment files of one folder.

    Args:
        directory: The log folder; made with the first line.
        clock: Nanoseconds since 1970-01-01 UTC.
        segment_size: Size in bytes at which a segment is closed.
        files: Names of the files that lines go to.
        sinks: Get each line as well.
        on_rotate: Called when a segment was closed.
        syncer: Syncs the segments; none by default.
        half: Bytes of each half of the journal; 0 writes in the caller, without a journal.
    """

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
        self.directory = Path(
            directory
        ).absolute()  # a bot that changes its folder later must not move its logs
        self.clock = clock
        self._syncer = syncer if syncer is not None else Syncer("process")
        self._use_sinks(sinks if sinks is not None else Sinks())
        self._files = tuple(files)
        self._half = half
        self._stamper = Stamper(clock)
        self._exit = MultiprocessingExit(self.write_directly)
        self._segments = OpenSegments(self.directory, segment_size, self._adopting, on_rotate)
        self._fresh()

    def _adopting(self) -> AbstractContextManager[bool]:
        return adopting(self.directory, self._segments.limit, in_caller=self._journal is None)

    def _fresh(self) -> None:
        """Reset to the state of a new process: no open file, a free lock, counters at zero."""
        self.guard = SignalSafeLock(_LOCK_S, self._put_waiting, self._count_stopped)
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

    def configure(self, segment_size: int, sinks: Sinks, durability: Durability) -> None:
        """Change what may change while the run goes on."""
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
        """Go on counting where the store before this one has stopped."""
        self.guard.run(partial(self._numbers.add, before.stats()))

    def append(self, file: str, body: bytes, *, urgent: bool = False) -> None:
        """Stamp a body and keep it as one line.

        Wait a quarter of a second at most when all is full.

        Args:
            file: One of the files.
            body: The line's values without braces.
            urgent: Whether it is written to its segment at once.
        """
        guard = self.guard
        me = get_ident()
        if (
            guard.owner == me
        ):  # a signal handler or a finalizer logs while its own thread is in here
            self._waiting.append(WaitingLine(file, body, urgent, awaited=False))
            return
        if self._checks:  # skipped without sinks: it costs some per cent of a line
            if me in self._sink_threads:
                self._refuse_echo()
                return
            if self._destination() is not self._seen or self._waits:
                self._follow()
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
                    if self._stamper.seq == seq and not _is_accounted(error):
                        self._loss.refuse("interrupted")
                    _mark_accounted(error)
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
        if self._waits:
            self._wait_for_line()

    def _use_sinks(self, sinks: Sinks) -> None:
        self.sinks = sinks
        self._sink_threads = sinks.threads
        self._destination = sinks.destination
        self._seen: object = _UNSEEN
        self._aspect: object = None
        self._watched = False
        self._waits = self._syncer.each_line
        self._checks = bool(sinks)
        self._unwatched_until = 0.0

    def _refuse_echo(self) -> None:
        """Count a line that a sink logs while it is called: written, it would come back to it."""
        self._loss.dropped["echo"] += 1
        warn_once(
            "echo", "a sink logs while it writes; these lines are dropped, or they would repeat"
        )

    def _follow(self) -> None:
        """Let lines reach the destination that is in force now; earlier lines reach the former."""
        destination = self._destination()
        aspect = self.sinks.aspect_of(destination)
        if destination is self._seen and aspect is self._aspect:
            return
        writer = self._writer
        if writer is not None and self._seen is not _UNSEEN:
            writer.ask(_WAIT_S)
        self._seen, self._aspect = destination, aspect
        self._watched = self.sinks.follow(destination, copy_context())
        self._waits = self._watched or self._syncer.each_line

    def _wait_for_line(self) -> None:
        if self._syncer.each_line:
            self._sync_now()
        if self._watched:
            self._show_now()

    def _sync_now(self) -> None:
        """Wait until the line is on the disk, a quarter of a second at most."""
        deadline = time.monotonic() + _WAIT_S
        writer = self._writer
        if self.guard.interrupted or (writer is not None and not writer.ask(_WAIT_S)):
            return
        if not self._syncer.sync(max(0.0, deadline - time.monotonic())):
            warn_once(
                "durability", "the disk takes longer than 250 ms to sync; calls go on before it has"
            )

    def _show_now(self) -> None:
        """Wait until the line is shown, so that people see it in order with other output."""
        begun = time.monotonic()
        if begun < self._unwatched_until or self.guard.interrupted:
            return
        writer = self._writer
        if writer is None or writer.ask(_SHOW_S):
            self.sinks.flush(_SHOW_S)
        took_s = time.monotonic() - begun
        if took_s > _SHOW_S:  # nothing reads it, or the disk is slow
            self._unwatched_until = begun + _UNWATCHED_S

    def count_interrupted(self, error: BaseException) -> None:
        """Count the line of a call that a signal handler ended by raising, unless it is counted."""
        if not _is_accounted(error):
            self._loss.refuse("interrupted")
        with suppress(AttributeError):
            del error._logging_kit_accounted  # type: ignore[attr-defined]

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
            _mark_accounted(error)
            if journal.offset == offset:
                self._lose(lost, seq, "interrupted")
            elif half_full is None:  # the line is there, but not counted
                loss.unreported = 0
                self.lines[file] += 1
                self.bytes[file] += len(line)
            writer.wake(now=True)
            raise
        return True

    def _put_later(self, file: str, body: bytes, urgent: bool) -> None:
        """Wait until the next owner of the lock puts the line in, unless the disk takes nothing."""
        deadline = time.monotonic() + _WAIT_S - _LOCK_S
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
                _mark_accounted(error)
            return
        writer = self._writer
        if error is not None:
            _mark_accounted(error)
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
            if not isinstance(
                error, RuntimeError
            ):  # the interpreter is shutting down and starts no thread
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
            _mark_accounted(error)
            if loss.unreported == lost:
                self._lose(lost, seq, "interrupted")
            raise

    def _lose(self, lost: int, seq: int, reason: str) -> None:
        if self._stamper.seq != seq:
            self._stamper.take_back(1 + lost)
        self._loss.lose(lost, reason)

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
        """Empty the journal and write in the caller from now on: the end of the process is near."""
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
        """Begin a run of its own, with another lock, another journal and other segments."""
        self._segments.forget()
        if self._journal is not None:
            self._journal.forget()
        self._fresh()
        self._stamper = Stamper(
            self.clock
        )  # a call that has forked within itself, in a signal handler, still has the other one
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


def _mark_accounted(error: BaseException) -> None:
    """Note that the line of the call that this error ends is kept or counted."""
    with suppress(AttributeError):
        error._logging_kit_accounted = True  # type: ignore[attr-defined]


def _is_accounted(error: BaseException) -> bool:
    return hasattr(error, "_logging_kit_accounted")
