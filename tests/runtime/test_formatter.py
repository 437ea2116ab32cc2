"""Options of python-json-logger: honoured, or refused with the reason."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from logging_kit import JsonFormatter

SECRET = "k" * 30


def record(message: Any = "hello", **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("lib", logging.INFO, "/a/b.py", 7, message, (), None, "work")
    vars(made).update(extra)
    return made


def line(formatter: logging.Formatter, made: logging.LogRecord | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(formatter.format(made or record()))
    return found


def test_fmt_adds_the_attributes_that_it_names() -> None:
    for arguments in (
        {"fmt": "%(asctime)s %(levelname)s %(lineno)d %(funcName)s %(message)s"},
        {"fmt": "{asctime} {levelname} {lineno} {funcName} {message}", "style": "{"},
        {"fmt": "asctime,levelname,lineno,funcName,message", "style": ","},
        {"fmt": ["asctime", "levelname", "lineno", "funcName", "message"]},
    ):
        found = line(JsonFormatter(**arguments, datefmt="%Y!"))
        assert (found["message"], found["levelname"], found["lineno"]) == ("hello", "INFO", 7)
        assert found["funcName"] == "work"
        assert found["asctime"].endswith("!")
        assert found["level"] == "info"


def test_the_prefix_stands_before_the_line() -> None:
    text = JsonFormatter(prefix="@cee: ").format(record())
    assert text.startswith('@cee: {"timestamp":')
    json.loads(text.removeprefix("@cee: "))


def test_reserved_attributes() -> None:
    assert "noise" not in line(JsonFormatter(reserved_attrs=["noise"]), record(noise=1, kept=2))
    found = line(JsonFormatter(reserved_attrs=["noise"]), record(noise=1, kept=2))
    assert (found["kept"], found["lineno"], found["funcName"]) == (2, 7, "work")
    assert {"lineno", "funcName"}.isdisjoint(line(JsonFormatter()))


@pytest.mark.parametrize("key", ["@t", "time", "ts"])
def test_the_time_under_another_name(key: str) -> None:
    found = line(JsonFormatter(timestamp=key))
    assert found[key] == found["timestamp"]


@pytest.mark.parametrize("value", [True, False])
def test_the_time_is_there_anyway(value: bool) -> None:
    assert "timestamp" in line(JsonFormatter(timestamp=value))


def test_tracebacks_and_stacks_as_arrays() -> None:
    try:
        raise ValueError(f"api_key={SECRET}")
    except ValueError:
        made = record(exc_info=sys.exc_info(), stack_info="Stack:\n  one")
    formatter = JsonFormatter(exc_info_as_array=True, stack_info_as_array=True)
    found = line(formatter, made)
    assert found["exc_info"][0] == "Traceback (most recent call last):"
    assert found["stack_info"] == ["Stack:", "  one"]
    assert found["exception"]["type"] == "ValueError"
    assert SECRET not in str(found)
    assert {"exc_info", "stack_info"}.isdisjoint(line(JsonFormatter(), made))


@pytest.mark.parametrize("value", [2**70, -(2**65), 0.1, 1e300, 12345678901234567890123])
def test_renamed_fields_keep_their_digits(value: Any) -> None:
    made = record(value=value, nested={"n": [value]})
    plain = JsonFormatter().format(made)
    renamed = JsonFormatter(rename_fields={"level": "severity"}).format(made)
    assert renamed == plain.replace('"level":', '"severity":')


def test_missing_renamed_fields() -> None:
    rename = {"level": "severity", "absent": "gone"}
    assert "gone" not in line(JsonFormatter(rename_fields=rename))
    found = line(JsonFormatter(rename_fields=rename, rename_fields_keep_missing=True))
    assert found["gone"] is None


def test_static_fields_and_defaults() -> None:
    formatter = JsonFormatter(static_fields={"a": 1, "b": 2}, defaults={"b": 3, "c": 4})
    found = line(formatter, record(a="mine"))
    assert (found["a"], found["b"], found["c"]) == ("mine", 2, 4)


class Adding(JsonFormatter):
    def add_fields(self, log_data: Any, record: Any, message_dict: Any) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data["level"] = record.levelname
        log_data["host"] = "vps-1"
        log_data["api_key"] = SECRET


class Processing(JsonFormatter):
    def process_log_record(self, log_data: Any) -> Any:
        return {**log_data, "host": "vps-1", "api_key": SECRET}


@pytest.mark.parametrize("kind", [Adding, Processing])
def test_overridden_methods_add_fields_which_are_masked(kind: type[JsonFormatter]) -> None:
    for made in (record(user="ann"), record({"message": "hello", "user": "ann"})):
        text = kind().format(made)
        found = json.loads(text)
        assert (found["host"], found["user"], found["message"]) == ("vps-1", "ann", "hello")
        assert found["level"] == "info"
        assert "level_" not in found
        assert SECRET not in text


class Rendering(JsonFormatter):
    def jsonify_log_record(self, log_data: Any) -> str:
        return str(log_data)


@pytest.mark.parametrize(
    "options",
    [{"json_default": str}, {"json_encoder": json.JSONEncoder}, {"json_serializer": json.dumps}, {"json_indent": 2}],
)  # fmt: skip
def test_what_cannot_hold_is_refused_with_the_reason(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(TypeError, match=f"cannot take {name}: "):
        JsonFormatter(**options)
    JsonFormatter(**{name: None})


def test_a_subclass_that_renders_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot override jsonify_log_record"):
        Rendering()


@pytest.mark.parametrize("text", ["\u00e9", "\ud55c\uae00", "\U0001f680", '"\\'])
def test_ascii(text: str) -> None:
    made = record(text)
    assert text.isascii() or text in JsonFormatter().format(made)
    found = JsonFormatter(json_ensure_ascii=True).format(made)
    assert found.isascii()
    assert json.loads(found)["message"] == text
