"""The methods of `BotLogger` for the events of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from ..events.catalogue import BUILT_IN, CATALOGUE
from ..events.model import Event, Level
from .api_call import ApiCall
from .signatures import signature
from .state import state


class _EventLogger(Protocol):
    """The methods of `BotLogger` that its event methods call."""

    def _send(
        self, level: Level, message: Any, fields: dict[str, Any], event: Event | None
    ) -> None: ...

    def _typed(self, event: Event, args: tuple[Any, ...], fields: dict[str, Any]) -> None: ...

    def _unknown_event(self, name: Any, fields: dict[str, Any]) -> None: ...

    def _api_call(self, fields: dict[str, Any]) -> None: ...

    def _correlation_id(self, fields: dict[str, Any]) -> str: ...

    def error(self, event: Any = None, /, *args: Any, **fields: Any) -> None: ...


def new_correlation_id() -> str:
    """Make an id of 16 hex digits that ties a signal to what follows from it."""
    return f"{next(state.correlation_ids) % 2**64:016x}"


def named_fields(event: Event, args: tuple[Any, ...], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a call with its positional values under their names."""
    if len(args) == 1 and event.positional:
        return {event.positional[0]: args[0], **fields}
    fields = {**dict(zip(event.positional, args, strict=False)), **fields}
    if len(args) > len(event.positional):
        fields["args"] = list(args[len(event.positional) :])
    return fields


_SIGNAL: Final = CATALOGUE["SIGNAL"]


def _method(event: Event) -> Callable[..., Any]:
    def method(self: _EventLogger, /, *args: Any, **fields: Any) -> None:
        if args:
            fields = named_fields(event, args, fields)
        self._send("info", fields.pop("message") if "message" in fields else None, fields, event)

    return method


def _signal_method(self: _EventLogger, /, *args: Any, **fields: Any) -> str:
    correlation_id = fields.get("correlation_id")
    if type(correlation_id) is not str or not correlation_id:
        correlation_id = fields["correlation_id"] = self._correlation_id(fields)
    if args:
        fields = named_fields(_SIGNAL, args, fields)
    self._send("info", fields.pop("message") if "message" in fields else None, fields, _SIGNAL)
    return correlation_id


def _heartbeat_method(self: _EventLogger, /, *args: Any, **fields: Any) -> None:
    self._typed(CATALOGUE["HEARTBEAT"], args, {**state.health(), **fields})


def _lifecycle_method(self: _EventLogger, /, *args: Any, **fields: Any) -> None:
    if args:
        fields, args = named_fields(CATALOGUE["LIFECYCLE"], args, fields), ()
    phase = fields.get("phase")
    if (
        issubclass(type(phase), str) and phase == "startup"
    ):  # an array would compare element by element
        fields = {"phase": phase, **state.startup_fields(), **fields}
    self._typed(CATALOGUE["LIFECYCLE"], args, fields)


def _api_call_method(self: _EventLogger, /, *args: Any, **fields: Any) -> ApiCall:
    return ApiCall(
        self._api_call, named_fields(CATALOGUE["API_CALL"], args, fields) if args else fields
    )


def _event_method(self: _EventLogger, /, *args: Any, **fields: Any) -> Any:
    """Write an event by its name: one of the catalogue, or one of the bot's own.

    The first argument is the name; values of the positional fields may follow, and the fields are
    keywords. It returns what the event's own method returns, such as the id of a SIGNAL.

    Example:
        >>> log.event("WS", "connected", ws_connections=1, exchange="binance")
    """
    name, *values = args or ("",)
    event = CATALOGUE.get(name) if isinstance(name, str) else None
    if event is None:
        return self._unknown_event(name, fields)
    if event.name == "ERROR":
        return self.error(fields.pop("message", None) or fields.get("error"), **fields)
    if event.name in BUILT_IN:
        return getattr(self, event.method)(*values, **fields)
    return self._typed(event, tuple(values), fields)


def add_event_methods(logger_class: type[Any]) -> None:
    """Give the logger class a method for each event of the catalogue, and `event`.

    Args:
        logger_class: The class, which has no such methods yet.
    """
    _event_method.__name__ = "event"
    _event_method.__qualname__ = "BotLogger.event"
    logger_class.event = _event_method

    own: dict[str, Callable[..., Any]] = {
        "SIGNAL": _signal_method,
        "HEARTBEAT": _heartbeat_method,
        "LIFECYCLE": _lifecycle_method,
        "API_CALL": _api_call_method,
    }
    for event in CATALOGUE.values():
        if event.name == "ERROR":
            continue
        method = own.get(event.name) or _method(event)
        method.__name__ = event.method
        method.__qualname__ = f"BotLogger.{event.method}"
        method.__doc__ = (
            f"{event.doc}\n\nWrites the event {event.name}; its fields are in docs/events.md."
        )
        vars(method)["__signature__"] = signature(event)
        setattr(logger_class, event.method, method)
