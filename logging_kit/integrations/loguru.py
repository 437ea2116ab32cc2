"""loguru: its records become lines, masked, with their fields and exceptions."""

from __future__ import annotations

from typing import Any, Final

from ..runtime.setup import get_logger
from .common import safely

_attached: Final[dict[int, int]] = {}
"""The number of our sink in each logger of loguru."""


def attach(logger: Any = None) -> Any:
    """Write every record of loguru through logging_kit.

    `bind`, `contextualize`, `exception`, `opt` and the levels work as before: a bound field is a
    field of the line, and a level without a word of its own is in `level_name`. loguru's other
    sinks stay; they mask nothing, so remove them with `logger.remove()` before. A second call
    changes nothing.

    Args:
        logger: loguru's logger; `loguru.logger` by default.

    Returns:
        The logger.

    Example:
        >>> logger.remove()
        >>> attach(logger)
    """
    logger = detach(logger)
    number = logger.add(_write, level=0, format="{message}", catch=True)
    _attached[id(logger._core)] = number
    return logger


def detach(logger: Any = None) -> Any:
    """Undo `attach`."""
    if logger is None:
        from loguru import logger
    number = _attached.pop(id(logger._core), None)
    if number is not None:
        safely("loguru", _remove, logger, number)
    return logger


def _remove(logger: Any, number: int) -> None:
    try:
        logger.remove(number)
    except ValueError:
        return  # the bot has removed all sinks


def _write(message: Any) -> None:
    safely("loguru", _write_record, message.record)


def _write_record(record: dict[str, Any]) -> None:
    fields = dict(record["extra"])
    exception = record["exception"]
    if exception is not None:
        fields["exc_info"] = exception.value
    level = record["level"].name
    get_logger(record["name"] or "").log(level, record["message"], **fields)
