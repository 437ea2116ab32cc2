"""`JsonFormatter`: the line alone, on python-json-logger, for any handler of `logging`."""

from __future__ import annotations

import json
import logging
import re
from typing import Any, Final

import orjson
from pythonjsonlogger.core import RESERVED_ATTRS, BaseJsonFormatter

from ..line import rfc3339, unnumbered_line
from ..masking import masker_of
from ..pipeline.pipeline import Pipeline
from ..pipeline.unrender import drop_repeated
from ..settings import Settings
from .state import state
from .stdlib import unpack

_REFUSED: Final = {
    "json_default": "the values of a line are converted as docs/line.md says",
    "json_encoder": "the values of a line are converted as docs/line.md says",
    "json_serializer": "a line is rendered by logging_kit, which masks it",
    "json_indent": "a line is one line of text",
}
"""Options of python-json-logger that cannot hold, and the reason."""

_RENDERING: Final = ("jsonify_log_record", "serialize_log_record")
_IN_LINE: Final = frozenset(
    ("args", "asctime", "created", "exc_info", "exc_text", "message", "msecs", "msg", "stack_info")
)
"""Attributes of a record that the line has in another form."""

_EXC_INFO, _STACK_INFO = "exc_info_as_array", "stack_info_as_array"
_ARRAYS: Final = {_EXC_INFO: "exc_info", _STACK_INFO: "stack_info"}
"""Fields until the line is made, and their names in it: the pipeline gives those another meaning.
"""

_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


class _NoStore:
    def append(self, file: str, body: bytes, *, urgent: bool = False) -> None:
        """Take nothing: a formatter only renders."""

    def count_interrupted(self, error: BaseException) -> None:
        """Count nothing."""


class JsonFormatter(BaseJsonFormatter):
    """Format a record as the line that logging_kit would write, masked, without `run_id` and `seq`.

    Without a `setup` it masks by the settings of the environment and of `pyproject.toml` or
    `logging_kit.toml`.

    It takes python-json-logger's arguments
    (https://nhairs.github.io/python-json-logger/latest/reference/core/): `fmt` and `datefmt` add
    the attributes of the record that `fmt` names, `reserved_attrs` leaves fields out or lets
    attributes in, `timestamp="@t"` adds the time under that name, `exc_info_as_array` and
    `stack_info_as_array` add the texts as lists, and `prefix`, `rename_fields`,
    `rename_fields_keep_missing`, `static_fields`, `defaults` and `json_ensure_ascii` mean what they
    mean there. A subclass may override `add_fields` and `process_log_record`; what they add is
    masked. The line keeps its own fields.

    Raises:
        SettingsError: If a setting is unknown or has an impossible value.
        TypeError: If an option cannot hold, with the reason.

    Example:
        `{"formatters": {"json": {"()": "logging_kit.JsonFormatter"}}, ...}`
    """

    def __init__(self, *args: Any, json_ensure_ascii: bool = False, **kwargs: Any) -> None:
        for name, reason in _REFUSED.items():
            if kwargs.pop(name, None) is not None:
                raise TypeError(f"JsonFormatter cannot take {name}: {reason}")
        for name in _RENDERING:
            if getattr(type(self), name) is not getattr(BaseJsonFormatter, name):
                raise TypeError(
                    f"{type(self).__name__} cannot override {name}: {_REFUSED['json_serializer']}"
                )
        super().__init__(*args, **kwargs)
        self.json_ensure_ascii = json_ensure_ascii
        self._settings = Settings.load()
        self._own = self._make() if state.pipeline is None else None

    def format(self, record: logging.LogRecord) -> str:
        """Render one record as one line of JSON, without a newline."""
        level, message, fields = unpack(record)
        pipeline = self._pipeline()
        name: Any = record.name  # `logging.makeLogRecord` leaves it None
        if not issubclass(type(name), str):
            name = pipeline.app
        for key in self.reserved_attrs.intersection(fields).difference(RESERVED_ATTRS):
            del fields[key]
        for key, value in self._added(record).items():
            fields.setdefault(key, value)
        drop_repeated(fields, level, name)
        _, body = pipeline.render(level, name, message, fields)
        line = unnumbered_line(body, int(record.created * 1_000_000)).decode()
        if self.rename_fields or not _ARRAYS.keys().isdisjoint(fields):
            line = self._renamed(line)
        if self.json_ensure_ascii:
            line = _NOT_ASCII.sub(_escaped, line)
        return self.prefix + line

    def _added(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the fields that the options and the methods of a subclass add to the line."""
        added: dict[str, Any] = {**self.defaults, **self.static_fields}
        for name in self._required_fields:
            if name == "asctime":
                added[name] = self.formatTime(record, self.datefmt)
            elif name != "message":
                added[name] = record.__dict__.get(name)
        for name in record.__dict__.keys() & set(RESERVED_ATTRS) - self.reserved_attrs - _IN_LINE:
            added[name] = record.__dict__[name]
        if isinstance(self.timestamp, str):
            added[self.timestamp] = rfc3339(int(record.created * 1_000_000))
        if self.exc_info_as_array and record.exc_info:
            added[_EXC_INFO] = self.formatException(record.exc_info)
        if self.stack_info_as_array and record.stack_info:
            added[_STACK_INFO] = self.formatStack(record.stack_info)
        added.update(self._of_subclass(record))
        return added

    def _of_subclass(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return the fields of overridden methods, without those that the line has."""
        kind = type(self)
        if (
            kind.add_fields is BaseJsonFormatter.add_fields
            and kind.process_log_record is BaseJsonFormatter.process_log_record
        ):
            return {}
        given = record.msg
        message_dict: dict[str, Any] = {}
        if isinstance(given, dict):
            message_dict, record.message = dict(given), ""
        else:
            record.message = record.getMessage()
        if "asctime" in self._required_fields:
            record.asctime = self.formatTime(record, self.datefmt)
        made: dict[str, Any] = {}
        self.add_fields(made, record, message_dict)
        made = dict(self.process_log_record(made))
        renamed = {new: old for old, new in self.rename_fields.items()}
        return {
            renamed.get(key, key): value
            for key, value in made.items()
            if renamed.get(key, key) not in _IN_LINE and key != "timestamp"
        }

    def _renamed(self, line: str) -> str:
        """Rename the fields; numbers keep their digits, whatever their size."""
        data = json.loads(line, parse_int=_digits, parse_float=_digits)
        names = {**_ARRAYS, **self.rename_fields}
        renamed = {names.get(key, key): value for key, value in data.items()}
        if self.rename_fields_keep_missing:
            for key in self.rename_fields.values():
                renamed.setdefault(key, None)
        return orjson.dumps(renamed).decode()

    def _pipeline(self) -> Pipeline:
        if state.pipeline is not None:
            return state.pipeline
        if self._own is None:
            self._own = self._make()
        return self._own

    def _make(self) -> Pipeline:
        return Pipeline(self._settings, _NoStore(), masker_of(self._settings))


def _digits(text: str) -> Any:
    return orjson.Fragment(text)


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
