"""The wrapped logger of a `BotLogger`."""

from __future__ import annotations

from typing import Any

from ..events.model import LEVELS, level_name
from ..masking import mask
from .state import state


class Output:
    """Wrapped logger of a `BotLogger`.

    It has the logger's name, and prints without `setup()`, as structlog does.
    """

    __slots__ = ("name",)

    disabled = False  # read by structlog.stdlib.filter_by_level

    def __init__(self, name: str = "", *_: Any) -> None:
        self.name = name if isinstance(name, str) else ""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - as a logger of `logging` has it
        """Return True if a plain line of this level is written.

        For `structlog.stdlib.filter_by_level`.
        """
        return LEVELS[level_name(level)] >= state.threshold(self.name)

    def msg(self, message: Any = "", *args: Any, **_kw: Any) -> None:
        """Print a line that a structlog chain has rendered, without its secrets."""
        print(*mask([message, *args]))

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg
