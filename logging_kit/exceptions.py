"""Exceptions of the package, all public as attributes of `logging_kit`.

    LoggingKitError
    ├── SettingsError (also a ValueError)    a setting is unknown or has an impossible value
    ├── SchemaError (also a ValueError)      `strict` is on and an event is wrong
    ├── DefinitionError (also a ValueError)  an own event or panel is defined wrongly
    ├── QueryError (also a ValueError)       a query has no meaning
    ├── NoTwinError (also a ValueError)      a query needs something that no metric carries
    ├── NotAJournalError                     a file is not a journal, or is corrupt
    ├── NotEmptyError                        a demo would write into the folder of another bot
    ├── PostError                            a channel did not accept a report
    ├── PushError                            a log server did not accept lines
    ├── RendererError                        a dashboard cannot be drawn as a picture
    ├── StackError                           a program of the monitoring stack did not start
    └── TransportError                       a log server gave no whole answer

A log call raises none of them, except `SchemaError` with `strict=True`. The simulated exchange of
`logging_kit.demo` has exceptions of its own, which imitate those of ccxt.
"""

from __future__ import annotations

__all__ = [
    "DefinitionError",
    "LoggingKitError",
    "NoTwinError",
    "NotAJournalError",
    "NotEmptyError",
    "PostError",
    "PushError",
    "QueryError",
    "RendererError",
    "SchemaError",
    "SettingsError",
    "StackError",
    "TransportError",
]


class LoggingKitError(Exception):
    """Base class of all exceptions that logging_kit raises."""


class SettingsError(LoggingKitError, ValueError):
    """A setting is unknown or has an impossible value."""


class SchemaError(LoggingKitError, ValueError):
    """An event is wrong, and the setting `strict` is on."""


class DefinitionError(LoggingKitError, ValueError):
    """An event or a panel of the bot's own has an impossible definition."""


class QueryError(LoggingKitError, ValueError):
    """A query has no meaning, such as a sum over a field that is text."""


class NoTwinError(QueryError):
    """A query of the log needs something that no Prometheus metric carries."""


class NotAJournalError(LoggingKitError):
    """A file is not a journal of logging_kit, or it is corrupt."""


class NotEmptyError(LoggingKitError):
    """A demo was asked to write the past into a folder that already has lines."""


class PostError(LoggingKitError):
    """A channel did not accept a report; the text names no address and no token."""


class RendererError(LoggingKitError):
    """Neither a browser nor CairoSVG is installed, or the browser failed."""


class StackError(LoggingKitError):
    """A program of the monitoring stack did not start, or did not become ready."""


class PushError(LoggingKitError):
    """A log server answered, and did not accept lines.

    Attributes:
        status: Status code of the answer.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[PushError], tuple[str, int]]:
        """Make copies and pickles with both arguments."""
        return type(self), (str(self), self.status)


class TransportError(LoggingKitError):
    """A log server was not reached, or gave no whole answer in time."""
