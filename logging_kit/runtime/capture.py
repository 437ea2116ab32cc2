"""Capture of the root logger, and of loggers that do not propagate to it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from .state import state
from .stdlib import ForwardedRecord, PipelineHandler, has_level

RETURNED: Final = (
    "another logging configuration had removed the handler that captures other libraries' lines; "
    "it is back"
)


class NonPropagatingCapture:
    """Our handler on loggers that do not propagate but have handlers, such as uvicorn's.

    No configuration of `logging` resets the record factory. So it is ours that finds such a logger
    with its next record.

    Args:
        handler: Writes the records.
    """

    def __init__(self, handler: PipelineHandler) -> None:
        self._root = logging.getLogger()
        self._handler = handler
        self._removed = False
        self._adopted: dict[logging.Logger, list[logging.Handler]] = {}
        self._mask = _MaskRecord()
        self._masked: list[logging.Handler] = []
        self._factory_before = logging.getLogRecordFactory()
        logging.setLogRecordFactory(self._factory)

    def _factory(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        if not self._removed and args:  # another factory may have chained to this one for good
            self._reach(args[0])
        return self._factory_before(*args, **kwargs)

    def _reach(self, name: str) -> None:
        """Add our handler where a logger's records stop before the root logger."""
        logger = logging.Logger.manager.loggerDict.get(name)
        if not isinstance(logger, logging.Logger):
            return
        while logger.propagate:
            logger = logger.parent
            if logger is None:
                return
        if logger is not self._root and self._adopted.get(logger) != logger.handlers:
            self._adopt(logger)

    def _adopt(self, logger: logging.Logger) -> None:
        others = [h for h in logger.handlers if not isinstance(h, PipelineHandler)]
        if not any(_is_real(handler) for handler in others):
            return  # a logger that does not propagate and has no handler was silenced on purpose
        if len(others) == len(logger.handlers):
            # Before the others: they get the record with its secrets masked.
            logger.handlers.insert(0, self._handler)
        for handler in others:
            if self._mask not in handler.filters:
                handler.addFilter(self._mask)
                self._masked.append(handler)
        self._adopted[logger] = list(logger.handlers)

    def remove(self) -> list[logging.Handler] | None:
        """Remove the handler from all loggers; return the handlers that `RootCapture` limited."""
        self._removed = True
        for logger in self._adopted:
            logger.removeHandler(self._handler)
        for handler in self._masked:
            handler.removeFilter(self._mask)
        if logging.getLogRecordFactory() == self._factory:
            logging.setLogRecordFactory(self._factory_before)
        return None


class RootCapture(NonPropagatingCapture):
    """Our handler on the root logger, and the record factory that keeps it there.

    `logging.config.dictConfig` and others remove the handlers of the root logger. No configuration
    resets the record factory, so ours puts the handler back before the next record is handled.

    Args:
        lowest: Number of the lowest level to capture. The root logger's level is lowered to it,
            never raised. Its other handlers keep their effective level.
        root_wins: True if a root level that was set before counts more than the settings.
        report: Writes a warning line.
        limited: The handlers that keep their effective level, or None for all that are there.
    """

    def __init__(
        self,
        lowest: int,
        report: Callable[[str], None],
        limited: Iterable[logging.Handler] | None = None,
        *,
        root_wins: bool = False,
    ) -> None:
        root = logging.getLogger()
        self._lowest = lowest
        self._report = report
        self._reported = False
        self._lowered: _Lowered | None = None
        self._limited: list[logging.Handler] = []
        before = root.level
        if before == logging.NOTSET or before > lowest:
            self._lowered = _Lowered(lowest, before)
            root.setLevel(self._lowered)
            others = root.handlers if limited is None else limited
            self._limited = [h for h in others if not isinstance(h, PipelineHandler)]
        for handler in self._limited:
            handler.addFilter(self._as_before)
        super().__init__(_RootHandler(root, root.level, wins=root_wins))
        self._put_back()

    def _as_before(self, record: logging.LogRecord) -> bool:
        """Return True if an older handler would have seen the record without us."""
        lowered = self._lowered
        if lowered is None or record.levelno >= lowered.before:
            return True
        if isinstance(record, ForwardedRecord):
            return True
        return self._root.level is not lowered or has_level(record.name)

    def _put_back(self) -> bool:
        handlers = self._root.handlers
        for handler in handlers:
            if isinstance(handler, PipelineHandler) or _is_of_a_test(handler):
                return False
        self._root.addHandler(self._handler)
        return True

    def _factory(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        if not self._removed and self._put_back():
            self._warn()
        return super()._factory(*args, **kwargs)

    def _warn(self) -> None:
        """Report once that the handler is back, and which records the new configuration hides."""
        if self._reported:
            return
        self._reported = True
        text = RETURNED
        level = self._root.level
        if level > self._lowest:
            text += (
                f"; it has also set the level of the root logger to {logging.getLevelName(level)}, "
                "so records below that do not get here"
            )
        self._report(text)

    def remove(self) -> list[logging.Handler] | None:
        """Remove the handler and restore the root logger's level, unless it was changed since.

        Returns:
            The handlers whose effective level was kept, if the root level was restored.
        """
        super().remove()
        self._root.removeHandler(self._handler)
        for handler in self._limited:
            handler.removeFilter(self._as_before)
        if self._lowered is None or self._root.level is not self._lowered:
            return None
        self._root.setLevel(self._lowered.before)
        return self._limited


class _RootHandler(PipelineHandler):
    """The handler of `RootCapture`; a root level that a person sets later wins."""

    def __init__(self, root: logging.Logger, level_at_first: int, *, wins: bool) -> None:
        super().__init__()
        self._root = root
        self._level_at_first = level_at_first
        self._wins = wins

    def accepts(self, record: logging.LogRecord) -> bool:
        """Return True if the root logger has a level that a person set."""
        if state.is_capped(record.name) or isinstance(self._root.level, _Lowered):
            return False
        return self._wins or self._root.level is not self._level_at_first


class _Lowered(int):
    """The level that we gave the root logger; an equal number from elsewhere is another object.

    Attributes:
        before: The level it had.
    """

    before: int

    def __new__(cls, level: int, before: int) -> _Lowered:
        self = super().__new__(cls, level)
        self.before = before
        return self


class _MaskRecord(logging.Filter):
    """Filter that masks the texts of a record before a library's own handler prints them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask message, arguments and traceback in place."""
        pipeline = state.pipeline
        if pipeline is None or not pipeline.settings.masking:
            return True
        mask = pipeline.masker.text
        if isinstance(record.args, tuple):
            # One by one: formatters such as uvicorn's take the tuple apart.
            record.args = tuple(mask(arg) if isinstance(arg, str) else arg for arg in record.args)
            if isinstance(record.msg, str):
                record.msg = mask(record.msg)
        else:
            record.msg, record.args = mask(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask(record.exc_text)
        return True


def _is_real(handler: logging.Handler) -> bool:
    return not isinstance(handler, logging.NullHandler)


def _is_of_a_test(handler: logging.Handler) -> bool:
    """Return True for the handler of `assertLogs`, which stands in for all others for a while."""
    return type(handler).__module__ == "unittest._log"
