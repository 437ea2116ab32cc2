"""Conditions on the fields of a line, such as `pnl < 0 and symbol = BTC/USDT`.

A condition compares a field with a value: `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` and `!~` for a
regular expression, `in (a, b)`, and `is null` or `is not null`. `and`, `or`, `not` and parentheses
join conditions. A name with dots, such as `exception.type`, reads a field inside another.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..events.validation import exact_number
from ..line import is_number

Test = Callable[[Mapping[str, Any]], bool]
"""Tells whether a line has what a condition asks for."""

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<sign><=|>=|==|!=|<>|!~|[=<>~(),])
    |(?P<word>[^\s=<>!~(),'"]+))""",
    re.VERBOSE,
)
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUAL: Final = ("=", "==")
_UNEQUAL: Final = ("!=", "<>")
_DEEPEST: Final = 50


class Condition:
    """A condition on the fields of a line.

    Args:
        text: The condition as a person writes it.

    Raises:
        ValueError: If it is not a condition; the message says where.

    Example:
        >>> negative = Condition("pnl < 0")
        >>> negative({"pnl": -1.5}), negative({"pnl": 2}), negative({})
        (True, False, False)
    """

    def __init__(self, text: str) -> None:
        self.needed: set[str] = set()
        """Names of fields without which no line can match; empty if there are none."""
        parser = _Parser(text)
        self._test, self.needed = parser.parse()

    def __call__(self, record: Mapping[str, Any]) -> bool:
        """Return True if a line has what the condition asks for."""
        return self._test(record)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(self._message("this is no part of a condition", at))
            kind = match.lastgroup or ""
            self._tokens.append((kind, match[kind], match.start(kind)))
            at = match.end()
        self._next = 0
        self._depth = 0

    def parse(self) -> tuple[Test, set[str]]:
        test, needed = self._any()
        if self._next < len(self._tokens):
            raise ValueError(self._message("'and' or 'or' is missing", self._tokens[self._next][2]))
        return test, needed

    def _message(self, problem: str, at: int) -> str:
        return f"{problem} at {self._text[at:][:20]!r} in {self._text!r}; write 'pnl < 0'"

    def _peek(self) -> str:
        """Return the next sign or keyword, in lower case; empty for anything else."""
        if self._next == len(self._tokens):
            return ""
        kind, text, _ = self._tokens[self._next]
        if kind == "text":
            return ""
        return text.lower()

    def _take(self, *wanted: str) -> str:
        found = self._peek()
        if found not in wanted:
            return ""
        self._next += 1
        return found

    def _require(self, what: str, *wanted: str) -> str:
        found = self._take(*wanted)
        if not found:
            raise ValueError(self._message(f"{what} is missing", self._place()))
        return found

    def _place(self) -> int:
        if self._next < len(self._tokens):
            return self._tokens[self._next][2]
        return len(self._text)

    def _any(self) -> tuple[Test, set[str]]:
        test, needed = self._all()
        while self._take("or"):
            other, others = self._all()
            test, needed = _either(test, other), needed & others
        return test, needed

    def _all(self) -> tuple[Test, set[str]]:
        test, needed = self._one()
        while self._take("and"):
            other, others = self._one()
            test, needed = _both(test, other), needed | others
        return test, needed

    def _one(self) -> tuple[Test, set[str]]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError(f"the condition is nested more than {_DEEPEST} deep")
        try:
            if self._take("not"):
                test, _ = self._one()
                return (lambda record: not test(record)), set()
            if self._take("("):
                found = self._any()
                self._require("')'", ")")
                return found
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> tuple[Test, set[str]]:
        name = self._value("a field")
        if self._take("is"):
            negated = bool(self._take("not"))
            self._require("'null'", "null")
            if negated:
                return (lambda record: _get(record, name) is not None), {name}
            return (lambda record: _get(record, name) is None), set()
        negated = bool(self._take("not"))
        if negated or self._peek() == "in":
            self._require("'in'", "in")
            self._require("'('", "(")
            values = [self._value("a value")]
            while self._take(","):
                values.append(self._value("a value"))
            self._require("')'", ")")
            return _among(name, values, negated=negated)
        sign = self._require("a comparison", *_ORDERS, *_EQUAL, *_UNEQUAL, "~", "!~")
        at = self._place()
        value = self._value("a value")
        if sign in ("~", "!~"):
            try:
                pattern = re.compile(value)
            except re.error as error:
                raise ValueError(self._message(f"{error}", at)) from None
            if sign == "~":
                return (lambda record: _found(pattern, _get(record, name))), {name}
            return (lambda record: not _found(pattern, _get(record, name))), set()
        if sign in _ORDERS:
            return _ordered(name, _ORDERS[sign], value), {name}
        return _among(name, [value], negated=sign in _UNEQUAL)

    def _value(self, what: str) -> str:
        if self._next == len(self._tokens) or self._tokens[self._next][0] == "sign":
            raise ValueError(self._message(f"{what} is missing", self._place()))
        kind, text, _ = self._tokens[self._next]
        self._next += 1
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        return text


def _either(one: Test, other: Test) -> Test:
    return lambda record: one(record) or other(record)


def _both(one: Test, other: Test) -> Test:
    return lambda record: one(record) and other(record)


def _get(record: Mapping[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _text(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(value)


def _number(value: Any) -> Any:
    """Return a number, or the number that a text is; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if not is_number(value):
            return None
        return float(value)
    if isinstance(value, int | float):
        return exact_number(value)
    return None


def _same(value: Any, wanted: str) -> bool:
    if value is None:
        return False
    if _text(value) == wanted:
        return True
    number, other = _number(value), _number(wanted)
    return number is not None and other is not None and number == other


def _among(name: str, values: list[str], *, negated: bool) -> tuple[Test, set[str]]:
    if negated:
        return (lambda record: not any(_same(_get(record, name), value) for value in values)), set()
    return (lambda record: any(_same(_get(record, name), value) for value in values)), {name}


def _ordered(name: str, order: Callable[[Any, Any], bool], wanted: str) -> Test:
    limit = _number(wanted)

    def test(record: Mapping[str, Any]) -> bool:
        value = _get(record, name)
        if limit is not None:
            number = _number(value)
            return number is not None and order(number, limit)
        return isinstance(value, str) and order(value, wanted)

    return test


def _found(pattern: re.Pattern[str], value: Any) -> bool:
    return value is not None and pattern.search(_text(value)) is not None
