"""The lines of an event and their fields, as a query names them, and tests on them.

`TRADE` stands for the lines of that event, `TRADE.pnl` for one of its fields and `TRADE.action ==
"exit"` for a test. A panel that names a field that the event does not have, or a value that the
field never takes, fails when its module is imported.

Rules of a test, the same for every engine:

* Tests are joined by `&` only. There is no `|`: a numeric test on a line without the number sets
  `__error__` in Loki, and `__error__=""` then drops the line even if the other side of the `or`
  holds. `among` is the exception: one field, several texts.
* Missing, `null` and `""` are one and the same. For `==` and `!=` on text it is `""` (`status !=
  "filled"` keeps lines without a status); in a numeric test it is false.
* A number is a JSON number, or a string such as `"60000.10"`; anything else is missing.
* Booleans are the texts `true` and `false`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, NoReturn

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.identities import IDENTITIES, LINE_LABELS
from logging_kit.events.model import ENVELOPE_FIELDS, LABELS, STRUCTURED_METADATA, Event, Field
from logging_kit.exceptions import QueryError
from logging_kit.suggestions import did_you_mean

Op = Literal["==", "!=", ">", ">=", "<", "<="]
Home = Literal["label", "metadata", "line"]

_JOB: Final = Field("job", doc="app and stream of the line", low_cardinality=True)
_TEXTS: Final = ("logger", "message")
"""The keys of the envelope that a query may read although Loki keeps them in the line."""

LINE_NOTES: Final = ("dropped", "schema_error")
"""The keys of the envelope that say what is wrong with a line; a query of all lines reads them."""


def common_fields() -> dict[str, Field]:
    """Return the fields that the lines of every event have."""
    found = {field.name: field for field in (_JOB, *ENVELOPE_FIELDS)}
    readable = (*LABELS, *STRUCTURED_METADATA, *_TEXTS)
    return {name: field for name, field in found.items() if name in readable}


def line_fields() -> dict[str, Field]:
    """Return the fields that any line may have: labels, metadata, logger and message."""
    notes = {field.name: field for field in ENVELOPE_FIELDS if field.name in LINE_NOTES}
    some = {
        name: replace(field, doc=f"{field.doc}; on the lines that have one")
        for name, field in {**LINE_LABELS, **IDENTITIES, **notes}.items()
    }
    return common_fields() | some


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a field with a value.

    A number as `value` makes it numeric, a text textual, and a tuple of texts means "one of
    them".
    """

    __test__ = False  # not one of pytest's

    field: str
    op: Op
    value: str | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """Tests that must all hold, on the lines of `event` (`None`: of all lines)."""

    event: str | None
    tests: tuple[Test, ...]

    def __and__(self, other: Where) -> Where:
        if other.event != self.event:
            raise QueryError(
                f"one query reads the lines of one event, not of {self.event} and {other.event}"
            )
        return Where(self.event, self.tests + other.tests)

    def __or__(self, other: object) -> NoReturn:
        raise QueryError(
            "tests are joined by & only; for several texts of one field write field.among(...)"
        )

    def __bool__(self) -> NoReturn:
        raise QueryError("join tests with &, not with `and`, and write two tests for a < x < b")


class FieldRef:
    """A field of an event, to be compared, or to be calculated with."""

    __slots__ = ("field", "lines")
    __hash__ = None  # type: ignore[assignment]  # `==` makes a test

    def __init__(self, lines: EventLines, field: Field) -> None:
        self.lines = lines
        self.field = field

    def __repr__(self) -> str:
        return f"{self.lines!r}.{self.field.name}"

    def __eq__(self, other: object) -> Where:  # type: ignore[override]
        return self._test("==", other)

    def __ne__(self, other: object) -> Where:  # type: ignore[override]
        return self._test("!=", other)

    def __gt__(self, other: float) -> Where:
        return self._test(">", self._number(other))

    def __ge__(self, other: float) -> Where:
        return self._test(">=", self._number(other))

    def __lt__(self, other: float) -> Where:
        return self._test("<", self._number(other))

    def __le__(self, other: float) -> Where:
        return self._test("<=", self._number(other))

    def among(self, *values: str) -> Where:
        """Return True if the field is one of these texts.

        Raises:
            QueryError: If it is no text, if a value is not among its choices, or if none is given.
        """
        if self.field.numeric or not values:
            raise QueryError(f"{self!r}.among() wants one text or more of a text field")
        return Where(
            self.lines.name,
            (Test(self.field.name, "==", tuple(self._text(value) for value in values)),),
        )

    def _test(self, op: Op, value: object) -> Where:
        checked = self._number(value) if self.field.numeric else self._text(value)
        return Where(self.lines.name, (Test(self.field.name, op, checked),))

    def _number(self, value: object) -> float:
        if not self.field.numeric:
            raise QueryError(f"{self!r} is text: it has no order, and is compared with a text")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise QueryError(f"{self!r} is a number: compare it with one, not with {value!r}")
        return value

    def _text(self, value: object) -> str:
        if self.field.kind == "object":
            raise QueryError(f"{self!r} is an object: it cannot be compared")
        if self.field.kind == "boolean" and value in (True, False, "true", "false"):
            return str(value).lower()
        if self.field.kind == "boolean" or not isinstance(value, str):
            wanted = "True or False" if self.field.kind == "boolean" else "a text"
            raise QueryError(f"{self!r} is compared with {wanted}, not with {value!r}")
        if self.field.choices and value and value not in self.field.choices:
            raise QueryError(f"{self!r} is never {value!r}{_suggestion(value, self.field.choices)}")
        return value


class EventLines:
    """The lines of one kind of event; with `None`, all lines.

    Example:
        >>> EventLines("TRADE").action == "exit"
        Where(event='TRADE', tests=(Test(field='action', op='==', value='exit'),))
        >>> EventLines("TRADE").pln
        Traceback (most recent call last):
        AttributeError: TRADE has no field 'pln'; did you mean 'pnl'?
    """

    __slots__ = ("fields", "name")

    def __init__(self, name: str | None) -> None:
        fields = common_fields() | dict(_event(name).fields) if name else line_fields()
        self.name = name
        self.fields: Mapping[str, Field] = MappingProxyType(fields)

    def __repr__(self) -> str:
        return self.name or "LINES"

    def __getattr__(self, name: str) -> FieldRef:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self.fields:
            raise AttributeError(f"{self!r} has no field {name!r}{_suggestion(name, self.fields)}")
        return FieldRef(self, self.fields[name])


def _event(name: str) -> Event:
    if name not in CATALOGUE:
        raise QueryError(f"there is no event {name!r}{_suggestion(name, CATALOGUE)}")
    return CATALOGUE[name]


def loki_location(field: str) -> Home:
    """Return the place where Loki keeps a field: label, structured metadata, or the line itself."""
    if field in LABELS:
        return "label"
    return "metadata" if field in STRUCTURED_METADATA else "line"


def _suggestion(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    return did_you_mean(word, known) or f"; it has {', '.join(sorted(known))}"
