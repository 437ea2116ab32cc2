"""Exceptions are data: what, where, why, and never the values of variables."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit import BotLogger

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]
Logged = Callable[[BaseException], dict[str, Any]]


@pytest.fixture
def logged(start: Start, lines: Lines) -> Logged:
    """Return the exception of the line."""

    def logged(error: BaseException) -> dict[str, Any]:
        start().error("failed", exc_info=error)
        (line,) = lines("error")
        assert line["error_type"] == line["exception"]["type"]
        assert logging_kit.stats()["failed"] == 0
        found: dict[str, Any] = line["exception"]
        return found

    return logged


def caught(function: Callable[[], Any]) -> BaseException:
    try:
        function()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def fail(text: str = "bad") -> None:
    raise ValueError(text)


def test_type_message_and_frames(logged: Logged) -> None:
    a_local_value = "".join(["do", "-not-", "show"])

    def outer() -> None:
        fail(text=a_local_value[:2])

    data = logged(caught(outer))
    assert (data["type"], data["module"], data["message"]) == ("ValueError", "builtins", "do")
    assert [frame["function"] for frame in data["frames"]] == ["caught", "outer", "fail"]
    last = data["frames"][-1]
    assert (last["file"], last["code"]) == (__file__, "raise ValueError(text)")
    assert last.keys() == {"file", "line", "function", "code"}
    assert data.keys() == {"type", "module", "message", "frames"}
    assert a_local_value not in str(data)


def test_a_cause_and_a_context(logged: Logged) -> None:
    def with_cause() -> None:
        try:
            fail("first")
        except ValueError as error:
            raise KeyError("second") from error

    def with_context() -> None:
        try:
            with_cause()
        except KeyError:
            raise TypeError("third")  # noqa: B904

    data = logged(caught(with_context))
    assert (data["type"], data["context"]["type"], data["context"]["cause"]["type"]) == (
        "TypeError",
        "KeyError",
        "ValueError",
    )
    assert data["context"]["cause"]["message"] == "first"
    assert data["context"]["cause"]["frames"][-1]["function"] == "fail"
    assert "context" not in data["context"]


def test_a_context_that_was_suppressed_is_not_shown(logged: Logged) -> None:
    def suppressed() -> None:
        try:
            fail()
        except ValueError:
            raise KeyError("x") from None

    assert logged(caught(suppressed)).keys() == {"type", "module", "message", "frames"}


def test_notes(logged: Logged) -> None:
    error = ValueError("bad")
    error.add_note("while closing the position")
    error.add_note("second")
    assert logged(error)["notes"] == ["while closing the position", "second"]


@pytest.mark.parametrize("notes", [5, [object()], "text", None])
def test_notes_of_any_kind_are_harmless(notes: Any, logged: Logged) -> None:
    error = ValueError("bad")
    error.__notes__ = notes
    assert logged(error)["type"] == "ValueError"


def test_a_group_has_its_members(logged: Logged) -> None:
    inner = ExceptionGroup("inner", [caught(fail), OSError(2, "no")])  # type: ignore[list-item]
    group = ExceptionGroup("two failed", [inner, KeyError("k")])
    data = logged(group)
    assert (data["type"], data["message"]) == ("ExceptionGroup", "two failed (2 sub-exceptions)")
    first, second = data["exceptions"]
    assert [member["type"] for member in first["exceptions"]] == ["ValueError", "FileNotFoundError"]
    assert first["exceptions"][0]["frames"][-1]["function"] == "fail"
    assert second["message"] == "'k'"


def test_endless_recursion_keeps_the_way_in_and_the_end(logged: Logged) -> None:
    def recurse() -> None:
        recurse()

    data = logged(caught(recurse))
    assert data["type"] == "RecursionError"
    assert len(data["frames"]) == 50
    assert data["frames"][0]["function"] == "caught"


def test_causes_that_go_in_circles_and_on_and_on_end(logged: Logged) -> None:
    one, two = ValueError("one"), KeyError("two")
    one.__cause__, two.__cause__ = two, one
    assert logged(one)["cause"].keys() == {"type", "module", "message", "frames"}


def test_a_long_chain_is_cut(logged: Logged) -> None:
    first = error = ValueError("0")
    for number in range(1, 100):
        error.__cause__ = error = ValueError(str(number))
    data, depth = logged(first), 0
    while "cause" in data:
        data, depth = data["cause"], depth + 1
    assert depth == 10


def test_a_forest_of_groups_is_cut_and_quickly(logged: Logged) -> None:
    tree: Any = ValueError("leaf")
    for _ in range(4):
        tree = ExceptionGroup(
            "g",
            [
                type(tree)(*tree.args)
                if isinstance(tree, ValueError)
                else tree.derive(tree.exceptions)
                for _ in range(12)
            ],
        )
    began = time.thread_time()
    logged(tree)
    assert time.thread_time() - began < 0.5


class SilentError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("must not be seen")


def test_an_exception_that_cannot_say_what_it_is(start: Start, lines: Lines) -> None:
    start().error("failed", exc_info=SilentError())
    (line,) = lines("error")
    assert line["error"] == line["exception"]["message"] == "<its message raised RuntimeError>"
    assert "must not be seen" not in str(line)


def test_a_nested_class_and_a_module(logged: Logged) -> None:
    class InnerError(Exception):
        pass

    data = logged(InnerError())
    assert data["type"].endswith("<locals>.InnerError")
    assert data["module"] == __name__
    assert data["message"] == ""


def test_code_that_has_no_file(logged: Logged) -> None:
    def run() -> None:
        exec(compile("def f():\n    raise ValueError('x')\nf()", "<generated>", "exec"), {})

    data = logged(caught(run))
    assert [(frame["file"], frame["code"]) for frame in data["frames"][-2:]] == [
        ("<generated>", "")
    ] * 2


@pytest.mark.parametrize("nothing", [None, False, (), (None, None, None), 0, "", "text", 5])
def test_no_exception_at_all(nothing: Any, start: Start, lines: Lines) -> None:
    start().error("failed", exc_info=nothing)
    (line,) = lines("error")
    assert "exception" not in line
    assert line["error_type"] == "message"


def test_the_exception_that_is_being_handled(start: Start, lines: Lines) -> None:
    log = start()
    try:
        fail()
    except ValueError:
        log.error("a", exc_info=True)
        log.error("b", exc_info=sys.exc_info())
        log.error("c", exc_info=1)
    assert [line["exception"]["type"] for line in lines("error")] == ["ValueError"] * 3


PRICES: dict[str, int] = {}


def wide() -> Any:
    return "가" + str(PRICES["USDT"] + 1)


def rows() -> Any:
    return [
        PRICES["USDT"],
        1,
    ]


@pytest.mark.parametrize(
    ("work", "code"),
    [(wide, 'return "가" + str(PRICES["USDT"] + 1)'), (rows, 'PRICES["USDT"],')],
)
def test_the_part_of_the_code_that_raised_is_marked(
    work: Callable[[], Any], code: str, logged: Logged
) -> None:
    last = logged(caught(work))["frames"][-1]
    assert last["code"] == code
    start, end = last["marks"]
    assert code[start:end] == 'PRICES["USDT"]'


def test_code_that_raised_as_a_whole_has_no_mark(logged: Logged) -> None:
    def fail() -> None:
        raise ValueError

    assert "marks" not in logged(caught(fail))["frames"][-1]
