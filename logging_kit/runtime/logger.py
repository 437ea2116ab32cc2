"""`BotLogger`: structlog's logger with a method for each event of a trading bot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import structlog
from structlog._config import _CONFIG
from structlog.contextvars import get_contextvars
from structlog.exceptions import DropEvent

from ..diagnostics import warn_once
from ..events.catalogue import CATALOGUE
from ..events.model import LEVELS, Event, Level, level_name
from ..events.validation import level_of, repair, summary
from ..exceptions import SchemaError
from ..masking import mask
from ..pipeline.calls import format_message, merge_context, merge_extra, name_level
from ..pipeline.processors import WithheldError, run_processors
from ..pipeline.tracebacks import exception_of
from ..suggestions import did_you_mean
from .hooks import DELIBERATE_EXITS, cancelled_by_ctrl_c
from .output import Output
from .state import state, write
from .stderr import masked_exit
from .typed_methods import add_event_methods, named_fields, new_correlation_id

if TYPE_CHECKING:
    from types import TracebackType

    from ._event_methods import EventMethods
else:
    EventMethods = object


_NUMBERS: Final = dict(LEVELS)  # a plain dict answers faster than the mapping proxy
_USUAL_LEVELS: Final = frozenset((*LEVELS, *LEVELS.values(), *map(str.upper, LEVELS)))
_thresholds: Final = state.thresholds


class BotLogger(structlog.BoundLoggerBase, EventMethods):
    """A structlog logger with typed methods for the events of a trading bot.

    `bind`, `new`, `unbind`, contextvars and `structlog.testing.capture_logs` work as with any
    structlog logger. No method raises or waits for the network; with `strict=True` a wrong event
    raises `logging_kit.processors.SchemaError`. Instances come from `logging_kit.setup` and
    `logging_kit.get_logger`.

    Example:
        >>> log = get_logger("strategy.ema")
        >>> cid = log.signal("LONG", symbol="BTC/USDT", confidence=0.91)
        >>> log.bind(correlation_id=cid).info("waiting for a fill")
    """

    _logger: Any
    _context: dict[str, Any]

    def __init__(
        self,
        logger: Any,
        processors: Sequence[Callable[..., Any]] | None,
        context: dict[str, Any],
    ) -> None:
        # Without a chain of its own the logger resolves the one in force at each call. A copy, a
        # pickle and a logger from before setup() are then the same logger as any other.
        self._own = processors
        if processors is not None and state.is_in_force(processors):
            self._own = None
        self._logger = logger
        self._context = context
        name = getattr(logger, "name", "")
        self.name: str = name if isinstance(name, str) else ""

    @property
    def _processors(self) -> Sequence[Any]:  # type: ignore[override]  # structlog has an attribute
        return state.chain() if self._own is None else self._own

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._logger, self._own, self._context)

    def debug(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Write a line of level debug."""
        self._plain("debug", event, args, fields)

    def info(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Write a line of level info."""
        self._plain("info", event, args, fields)

    def warning(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Write a line of level warning."""
        self._plain("warning", event, args, fields)

    def error(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Write an ERROR event; `exc_info=True` adds the exception that is being handled."""
        self._plain("error", event, args, fields)

    def critical(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Write an ERROR event of level critical."""
        self._plain("critical", event, args, fields)

    def exception(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Write an ERROR event with the exception that is being handled."""
        fields.setdefault("exc_info", True)
        self._plain("error", event, args, fields)

    def log(self, level: int | str, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Write a line of a level that is given as a name or as `logging`'s number."""
        if type(level) not in (int, str) or level not in _USUAL_LEVELS:
            name_level(fields, level)
        self._plain(level_name(level), event, args, fields)

    warn, err, fatal, msg = warning, error, critical, info

    async def adebug(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Do the same as `debug`: a call never waits, so there is nothing to await."""
        self._plain("debug", event, args, fields)

    async def ainfo(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Do the same as `info`."""
        self._plain("info", event, args, fields)

    async def awarning(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Do the same as `warning`."""
        self._plain("warning", event, args, fields)

    async def aerror(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Do the same as `error`."""
        self._plain("error", event, args, fields)

    async def acritical(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Do the same as `critical`."""
        self._plain("critical", event, args, fields)

    async def aexception(self, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Do the same as `exception`."""
        fields.setdefault("exc_info", True)
        self._plain("error", event, args, fields)

    async def alog(self, level: int | str, event: Any = None, /, *args: Any, **fields: Any) -> None:
        """Do the same as `log`."""
        self.log(level, event, *args, **fields)

    awarn, afatal, amsg = awarning, acritical, ainfo

    def is_enabled_for(self, level: int | str) -> bool:
        """Return True if the logger writes plain lines of this level."""
        return LEVELS[level_name(level)] >= state.threshold(self.name)

    def get_effective_level(self) -> int:
        """Return the number of the lowest level of plain lines that the logger writes."""
        return state.threshold(self.name)

    def set_level(self, level: int | str) -> None:
        """Set the lowest level of plain lines for this logger and its children.

        Args:
            level: A name, or a number of `logging`; `logging.NOTSET` gives the level back to the
                settings.
        """
        unset = level == 0 or str(level).upper() == "NOTSET"
        state.set_level(self.name, 0 if unset else LEVELS[level_name(level)])

    def get_child(self, suffix: str) -> BotLogger:
        """Return the logger below this one, with the same bound fields.

        Args:
            suffix: Name below this logger's name, such as `"orders"`.
        """
        name = f"{self.name}.{suffix}" if self.name else suffix
        return type(self)(Output(name), self._own, dict(self._context))

    # The names of a logger of `logging`.
    isEnabledFor, getEffectiveLevel = is_enabled_for, get_effective_level  # noqa: N815
    setLevel, getChild = set_level, get_child  # noqa: N815

    def __enter__(self) -> BotLogger:
        """Use the logger that `setup` returned as a context manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Write an exception that ends the block, then shut the logging down."""
        if (
            error is not None
            and not isinstance(error, DELIBERATE_EXITS)
            and not cancelled_by_ctrl_c(error)
        ):
            self.critical("the bot ended by an exception", exc_info=error)
        if isinstance(error, SystemExit):
            error.code = masked_exit(error.code)
        state.shutdown()

    def _plain(
        self, level: Level, message: Any, args: tuple[Any, ...], fields: dict[str, Any]
    ) -> None:
        lowest = _thresholds.get(self.name)
        if lowest is None:
            lowest = state.threshold_of_call(self.name, level, fields)
        if _NUMBERS[level] < lowest:
            return
        if args:
            message = format_message(message, args)
        elif message is None and "event" in fields:  # the name of the parameter in structlog
            message = fields.pop("event")
        if "extra" in fields:
            merge_extra(fields)
        self._send(level, message, fields, None)

    def _typed(self, event: Event, args: tuple[Any, ...], fields: dict[str, Any]) -> None:
        """Write a typed event; too many positional values are kept as `args`."""
        if args:
            fields = named_fields(event, args, fields)
        self._send("info", fields.pop("message") if "message" in fields else None, fields, event)

    def _unknown_event(self, name: Any, fields: dict[str, Any]) -> None:
        """Write a warning with the fields of an event that does not exist; with `strict`, raise."""
        text = f"there is no event {name!r}"
        if isinstance(name, str):
            text += did_you_mean(name.upper(), CATALOGUE)
        text += "; a bot's own event is registered with register_event() before setup()"
        if state.pipeline is not None and state.pipeline.settings.strict:
            raise SchemaError(text)
        message = fields.pop("message", None)
        if message is not None:
            fields["event_message"] = message
        self._send("warning", text, {"event_type": name, **fields}, None)

    def _api_call(self, fields: dict[str, Any]) -> None:
        self._typed(CATALOGUE["API_CALL"], (), fields)

    def _correlation_id(self, fields: dict[str, Any]) -> str:
        """Return the given or bound correlation id, or a new one."""
        for source in (fields, self._context, None):
            given = (get_contextvars() if source is None else source).get("correlation_id")
            if given is not None and not (issubclass(type(given), str) and not given):
                try:
                    return str(given)
                except Exception:
                    break
        return new_correlation_id()

    def _send(
        self, level: Level, message: Any, fields: dict[str, Any], event: Event | None
    ) -> None:
        pipeline = state.pipeline
        processors = self._own
        if processors is None:
            processors = state.processors
            if processors is None or processors is not _CONFIG.default_processors:
                processors = state.chain()
        if (
            pipeline is not None
            and state.observer is None
            and len(processors) == 1
            and processors[0] is write
        ):
            pipeline.emit(
                level,
                self.name or pipeline.app,
                message,
                merge_context(self._context, fields),
                event=event,
            )
            return
        self._through_chain(level, message, fields, event)

    def _through_chain(
        self, level: Level, message: Any, fields: dict[str, Any], event: Event | None
    ) -> None:
        """Run the user's processors, or those of `capture_logs`, as structlog does."""
        if "event" in fields:  # structlog keeps the message under this key
            fields["event_"] = fields.pop("event")
        if event is not None:
            problems = repair(event, fields)
            if problems and state.pipeline is not None and state.pipeline.settings.strict:
                raise SchemaError(f"{event.name}: {'; '.join(problems)}")
            level = level_of(event, fields)
            fields["event_type"] = event.name
            message = summary(event, fields) if message is None else message
        if message is None:
            message = ""
        try:
            if tuple(self._processors[-1:]) == (write,):
                self._through_own_chain(level, message, fields, event)
                return
            args, kw = self._through_foreign_chain(level, message, fields)
        except (DropEvent, SchemaError) as ended:
            if isinstance(ended, SchemaError):
                raise
            return
        except Exception as error:
            warn_once(
                "processor",
                f"a processor raised {type(error).__name__}; the line is written without it",
            )
            if state.pipeline is not None:
                fields.pop("event_type", None)
                state.pipeline.emit(
                    level,
                    self.name or state.pipeline.app,
                    message,
                    merge_context(self._context, fields),
                    event=event,
                )
            return
        getattr(self._logger, level)(*args, **kw)

    def _through_foreign_chain(self, level: Level, message: Any, fields: dict[str, Any]) -> Any:
        """Run structlog's chain.

        Its defaults get no secrets, since they print without `setup()`.
        """
        if _CONFIG.is_configured or self._own is not None:
            return self._process_event(level, message, fields)
        masked = mask({**get_contextvars(), **self._context, **fields})
        return type(self)(self._logger, None, {})._process_event(level, mask(message), masked)

    def _through_own_chain(
        self, level: Level, message: Any, fields: dict[str, Any], event: Event | None
    ) -> None:
        """Run a chain that ends in ours; the exception of the call is kept for the line."""
        given = {**self._context, **fields}
        error = exception_of(given["exc_info"]) if given.get("exc_info") else None
        stack = given.get("stack_info")
        try:
            result = run_processors(
                self._processors[:-1], self._logger, level, {**given, "event": message}
            )
        except WithheldError as withheld:
            if state.pipeline is not None:
                state.pipeline.withhold(level, event, withheld)
            return
        if stack and result.pop("stack", None) is not None:
            result["stack_info"] = stack  # a processor's stack would begin inside this package
        write(self._logger, level, result, error)


add_event_methods(BotLogger)
