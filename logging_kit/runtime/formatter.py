"""`JsonFormatter`: only the line, on python-json-logger, for any handler of `logging`."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from pythonjsonlogger.core import BaseJsonFormatter

from ..line import unnumbered_line
from ..masking import masker_of
from ..pipeline.pipeline import Pipeline
from ..settings import Settings
from .state import state
from .stdlib import unpack


class _NoStore:
    def append(self, file: str, body: bytes, *, urgent: bool = False) -> None:
        """Take nothing: a formatter only renders."""

    def count_interrupted(self, error: BaseException) -> None:
        """Count nothing."""


class JsonFormatter(BaseJsonFormatter):
    """Formats a record as the line that logging_kit would write, masked, without ``run_id`` and ``seq``.

    Without a `setup` it is masked by the settings of the environment and of ``pyproject.toml`` or ``logging_kit.toml``.
    It takes python-json-logger's arguments, of which ``rename_fields``, ``static_fields`` and ``defaults`` have their
    meaning there (https://nhairs.github.io/python-json-logger/latest/reference/core/).

    Raises:
        SettingsError: When one of those settings is unknown or makes no sense.

    Example:
        ``{"formatters": {"json": {"()": "logging_kit.JsonFormatter"}}, ...}``
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._settings = Settings.load()
        self._own = self._make() if state.pipeline is None else None

    def format(self, record: logging.LogRecord) -> str:
        """Render one record as one line of JSON, without a newline."""
        level, message, fields = unpack(record)
        for key, value in {**self.defaults, **self.static_fields}.items():
            fields.setdefault(key, value)
        pipeline = self._pipeline()
        name: Any = record.name  # `logging.makeLogRecord` leaves it None
        _, body = pipeline.render(
            level, name if issubclass(type(name), str) else pipeline.app, message, fields
        )
        line = unnumbered_line(body, int(record.created * 1_000_000))
        if not self.rename_fields:
            return line.decode()
        data = orjson.loads(line)
        return orjson.dumps(
            {self.rename_fields.get(key, key): value for key, value in data.items()}
        ).decode()

    def _pipeline(self) -> Pipeline:
        if state.pipeline is not None:
            return state.pipeline
        if self._own is None:
            self._own = self._make()
        return self._own

    def _make(self) -> Pipeline:
        return Pipeline(self._settings, _NoStore(), masker_of(self._settings))
