"""Sentry: our errors go there, masked, and every line has the id of its trace."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

from ..masking import mask
from ..runtime.stdlib import ForwardedRecord
from .common import safely


def before_send(event: Any, _hint: Any) -> Any:
    """Mask an event of Sentry; without its mask it is not sent.

    Example:
        >>> sentry_sdk.init(dsn, before_send=before_send, before_breadcrumb=before_send)
    """
    return safely("sentry", mask, event)


def trace_ids(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Add `trace_id` and `span_id` of Sentry's current trace: a processor for `setup`.

    Example:
        >>> logging_kit.setup(processors_after=[trace_ids])
    """
    safely("sentry", _add, event)
    return event


def _add(event: MutableMapping[str, Any]) -> None:
    import sentry_sdk

    context = sentry_sdk.get_current_scope().get_trace_context()
    if context:
        event.setdefault("trace_id", context["trace_id"])
        event.setdefault("span_id", context["span_id"])


def attach(level: int = logging.ERROR) -> None:
    """Send the lines of logging_kit's loggers to Sentry as events.

    Sentry sees the records of `logging` itself; lines that never were records need this. They are
    masked already. The setting `forward` must let them through, as it does by default for errors. A
    second call changes nothing but the level.

    Args:
        level: Lowest level, as a number of `logging`.

    Example:
        >>> attach()
    """
    detach()
    from sentry_sdk.integrations.logging import EventHandler

    handler = EventHandler(level=level)
    handler.addFilter(_OwnLines())
    logging.getLogger().addHandler(handler)


def detach() -> None:
    """Undo `attach`."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if any(isinstance(each, _OwnLines) for each in handler.filters):
            root.removeHandler(handler)


class _OwnLines(logging.Filter):
    """Filter for the records that are made of our lines: Sentry has seen the others."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True for a record that is one of our lines."""
        return isinstance(record, ForwardedRecord)
