"""Pipeline of a line: context, validation, exception, masking and normalisation, body, store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final

from structlog import DropEvent

from ..diagnostics import raised_by_signal_handler, warn_once
from ..events.model import LEVELS, Event, Level
from ..events.validation import level_of, summary
from ..exceptions import SchemaError
from ..line import BODY_LIMIT
from ..masking import HARMLESS
from ..settings import Settings
from .body import Head, render, render_cut
from .calls import AT_LEAST_ERROR, ERROR, event_of, home_of, quotable, text_of
from .callsite import SeenCallSites
from .counters import BodyStore, Counters
from .exceptions import take_exception
from .fields import FieldNormaliser
from .normalise import Normaliser
from .processors import WithheldError, run_processors
from .repeats import Repeats
from .tracebacks import exception_of
from .unrender import unrender

if TYPE_CHECKING:
    from ..masking import Masker

Forward = Callable[[str, bytes], None]
"""Gets the name of a logger and the masked body of a line."""

Observe = Callable[[Level, Event | None, Mapping[str, Any]], None]
"""Sees a call: its level, its event (`None` for a plain line), its fields as they were given."""
Processor = Callable[[Any, str, MutableMapping[str, Any]], Any]
_NEVER: Final = 1_000
"""A number above every level."""

_BOT_NAME_LIMIT: Final = 128
_MOST_HEADS: Final = 500  # each keeps its last body
_LONGEST_NAME: Final = 512
OWN_LOGGER: Final = "logging_kit"


class Pipeline:
    """Turn calls into lines; one instance serves every way in."""

    def __init__(
        self,
        settings: Settings,
        sink: BodyStore,
        masker: Masker,
        *,
        after: Iterable[Processor] = (),
    ) -> None:
        self.settings = settings
        self.app = settings.app
        self.sink = sink
        self.masker = masker
        self.counters = Counters()
        clock = getattr(sink, "clock", time.time_ns)
        self.repeats = Repeats(settings.repeat_limit, sink.append, clock)
        self._after = tuple(after)
        self._muted = frozenset(settings.mute_events)
        self.may_drop_errors = bool(self._after) or "ERROR" in self._muted
        self._home = home_of(settings)
        self._fields = FieldNormaliser(masker)
        self._call_sites = SeenCallSites()
        self._heads: dict[tuple[Level, str, str, str], Head] = {}
        self.observe: Observe | None = None
        self.forward: Forward | None = None
        self._forward_from = _NEVER

    def forward_lines(self, forward: Forward, lowest: Level) -> None:
        """Call a function with each line that is at or above a level and not from `logging`.

        Args:
            forward: Gets the logger's name and the masked body. It must not raise.
            lowest: The lowest level.
        """
        self.forward = forward
        self._forward_from = LEVELS[lowest]

    def emit(
        self,
        level: Level,
        logger: str,
        message: Any,
        fields: dict[str, Any],
        *,
        event: Event | None = None,
        record_time: str | None = None,
        from_logging: bool = False,
    ) -> None:
        """Write one event; never raises, unless `strict` is set and the event is wrong.

        Args:
            level: Level of a plain line; a typed event has its own.
            logger: Name of the logger.
            message: What happened, in words; any object.
            fields: The caller's fields over the bound ones; the pipeline takes the dict over.
            event: The catalogue's entry of a typed event.
            record_time: When it happened, if that was earlier than now (RFC 3339).
            from_logging: True for a record of `logging`, which its other handlers see anyway.

        Raises:
            SchemaError: With `strict=True`, when a typed event is not what the catalogue says.
        """
        try:
            if event is None and (level in AT_LEAST_ERROR or "event_type" in fields):
                event = event_of(level, fields)
            if self.observe is not None:
                self.observe(level, event, fields)
            if self._muted and event is not None and event.name in self._muted:
                return
            if self._after:
                message, fields = self._run_after(level, logger, message, fields, event)
            elif (
                record_time is None
                and event is not ERROR
                and (known := self._fields.fast_path(event, fields)) is not None
            ):
                if event is not None:
                    level = level_of(event, fields) if event.levels else event.level
                head = self._head(level, logger, "", event)
                made = known.body(fields, message, head)
                if made is not None:
                    stream = "bot"
                    if event is not None:
                        stream = event.stream
                    elif made == head.body:
                        if self.repeats.absorb(head, stream, made):
                            return
                    else:
                        if head.seen:
                            self.repeats.change(head)
                        head.body = made
                    self.sink.append(stream, made)
                    if head.forwarded and not from_logging:
                        self._forward(logger, made)
                    if known.masked:
                        self.counters.masked += known.masked
                        if logger != OWN_LOGGER:
                            self._warn_about_secret(known.field)
                    return
            stream, body, head, normaliser = self._line(
                level, logger, message, fields, event, record_time
            )
            if event is None or event is ERROR:
                if body == head.body:
                    if self.repeats.absorb(head, stream, body):
                        return
                else:
                    if head.seen:
                        self.repeats.change(head)
                    head.body = body
            self.sink.append(stream, body, urgent=stream == "error")
            if head.forwarded and not from_logging:
                self._forward(logger, body)
            if normaliser.masked and logger != OWN_LOGGER:
                value, name_class = normaliser.first or ("", HARMLESS)
                self._warn_about_secret(normaliser.field or "message", "" if name_class else value)
        except DropEvent:  # a processor of the user does not want it
            return
        except WithheldError as error:
            self.withhold(level, event, error)
        except SchemaError:
            raise
        except Exception as error:
            if raised_by_signal_handler(error):
                self.sink.count_interrupted(error)
                raise
            self._failed(level, logger, event, error)
        except BaseException as error:
            self.sink.count_interrupted(error)
            raise

    def _forward(self, logger: str, body: bytes) -> None:
        if self.forward is not None:
            self.forward(logger, body)

    def render(
        self,
        level: Level,
        logger: str,
        message: Any,
        fields: dict[str, Any],
        *,
        record_time: str | None = None,
    ) -> tuple[str, bytes]:
        """Make the body of a line without writing it, for a formatter, which has to return one.

        Returns:
            The file it belongs to and the body; an event that a processor drops has no message and
            no fields.
        """
        event = event_of(level, fields)
        try:
            if self._after:
                message, fields = self._run_after(level, logger, message, fields, event)
        except (DropEvent, WithheldError):
            message, fields = "", {}
        return self._line(level, logger, message, fields, event, record_time)[:2]

    def _line(
        self,
        level: Level,
        logger: str,
        message: Any,
        fields: dict[str, Any],
        event: Event | None,
        record_time: str | None,
    ) -> tuple[str, bytes, Head, Normaliser]:
        if "exc_info" in fields or "stack_info" in fields or event is ERROR:
            message = take_exception(event, message, fields)
        normaliser = Normaliser(self.masker)
        bot_name = text_of(fields.pop("bot_name")) if "bot_name" in fields else ""
        plain, problems = self._fields.normalise(event, fields, normaliser)
        if event is None:
            text = normaliser.text(message if type(message) is str else text_of(message))
        else:
            if event is not ERROR:
                level = level_of(event, plain) if event.levels else event.level
            elif level not in AT_LEAST_ERROR:
                level = ERROR.level
            text = (
                normaliser.text(message)
                if type(message) is str and message
                else summary(event, plain)
            )
        if problems:
            self._report_problems(event, problems, plain, normaliser)
        if record_time is not None:
            plain["record_time"] = record_time
        if normaliser.masked:
            plain["masked"] = normaliser.masked
            self.counters.masked += normaliser.masked
        if normaliser.cut:
            plain["truncated"] = True
            self.counters.truncated += 1
        head = self._head(level, logger, bot_name, event)
        body = self._body(head, text, plain)
        return (event.stream if event is not None else "bot"), body, head, normaliser

    def _body(self, head: Head, text: str, plain: dict[str, Any]) -> bytes:
        """Put the values of a line together, all but the stamp."""
        body = (
            b"".join((head.before, render(text), head.after, render(plain)[1:-1]))
            if plain
            else head.alone(text)
        )
        if len(body) > BODY_LIMIT:
            self.counters.truncated += "truncated" not in plain
            body = render_cut({**head.values, "message": text, **head.kind, **plain})
        return self.masker.recheck_line(body) if self.masker.needs_recheck else body

    def _head(self, level: Level, logger: str, bot_name: str, event: Event | None) -> Head:
        """Return the beginning of each line of a logger, rendered once."""
        key = (level, logger, bot_name, event.name if event is not None else "")
        head = self._heads.get(key)
        if head is None:
            normaliser = Normaliser(self.masker)
            home = dict(self._home)
            if bot_name:
                home["bot_name"] = quotable(normaliser.text(bot_name)[:_BOT_NAME_LIMIT])
            head = Head(
                {"level": level, **home, "logger": normaliser.text(logger)},
                {} if event is None else {"event": event.name},
            )
            head.forwarded = LEVELS[level] >= self._forward_from
            is_short = len(logger) + len(bot_name) <= _LONGEST_NAME
            if is_short and len(self._heads) < _MOST_HEADS and not normaliser.masked:
                self._heads[key] = head
        return head

    def _warn_about_secret(self, field: str, text: str = "") -> None:
        """Warn once per call site that a secret was logged there, so that the code can be fixed.

        Args:
            field: Key of the field that held it.
            text: Value that held it, unless its name alone made it a secret.
        """
        place = self._call_sites.add()
        if place is not None:
            found = self.masker.explain(text) if text else []
            rule = f"{found[0][0]}: {found[0][1]}" if found else "name"
            said = f"a secret was masked in {field}, logged by {place[0]}:{place[1]}"
            self.emit(
                "warning",
                OWN_LOGGER,
                said,
                {"file": place[0], "line": place[1], "field": field, "rule": rule},
            )

    def _report_problems(
        self,
        event: Event | None,
        problems: list[str],
        plain: dict[str, Any],
        normaliser: Normaliser,
    ) -> None:
        text = "; ".join(problems)
        if event is not None and event is not ERROR and self.settings.strict:
            raise SchemaError(f"{event.name}: {text}")
        self.counters.schema_errors += 1
        plain["schema_error"] = normaliser.text(text)

    def _run_after(
        self, level: Level, logger: str, message: Any, fields: dict[str, Any], event: Event | None
    ) -> tuple[Any, dict[str, Any]]:
        error = exception_of(fields["exc_info"]) if fields.get("exc_info") else None
        event_dict: MutableMapping[str, Any] = {**fields, "event": message}
        if event is not None:
            event_dict["event_type"] = event.name
            if event is not ERROR and not message:
                event_dict["event"] = summary(event, fields)
        stack = event_dict.get("stack_info")
        changed = run_processors(self._after, None, level, event_dict)
        if stack and changed.pop("stack", None) is not None:
            changed["stack_info"] = stack  # a processor's stack would begin inside this package
        if event is not None:
            changed.pop("event_type", None)
        return unrender(changed, level, logger, error)

    def withhold(self, level: Level, event: Event | None, error: WithheldError) -> None:
        """Write a line without the content of a call, because a required processor raised."""
        self.counters.failed += 1
        if event is None and level in AT_LEAST_ERROR:
            event = ERROR
        self._write_notice(level, event, f"a line was withheld: {error}")

    def _failed(self, level: Level, logger: str, event: Event | None, error: Exception) -> None:
        """Write that a line could not be made, without its content: it may not be masked."""
        self.counters.failed += 1
        warn_once(
            "render", f"a line of logger {logger!r} could not be written: {type(error).__name__}"
        )
        self._write_notice(level, event, f"a line could not be written: {type(error).__name__}")

    def _write_notice(self, level: Level, event: Event | None, text: str) -> None:
        line = {"level": level, **self._home, "logger": OWN_LOGGER, "message": text}
        if event is not None:
            line["event"] = event.name
        try:
            self.sink.append(event.stream if event else "bot", render_cut(line))
        except Exception as error:
            warn_once("render", f"not even a notice could be written: {type(error).__name__}")
