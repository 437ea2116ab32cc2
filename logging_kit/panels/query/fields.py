"""What a query reads: the lines of an event, their fields, and tests on them.

``TRADE`` stands for the lines of that event, ``TRADE.pnl`` for one of its fields and ``TRADE.action == "exit"`` for a
test; all of them come from :data:`~logging_kit.events.catalogue.CATALOGUE`, so that a panel which names a field that
the event does not have, or a value that the field never takes, fails when its module is imported.

Rules of a test, the same for every engine:

* Tests are joined by ``&`` only. There is no ``|``: a numeric test on a line without the number sets ``__error__`` in
  Loki, and ``__error__=""`` then drops the line even if the other side of the ``or`` holds. ``among`` is the exception:
  one field, several texts.
* Missing, ``null`` and ``""`` are one and the same. For ``==`` and ``!=`` on text it is ``""`` (``status != "filled"``
  keeps lines without a status); in a numeric test it is false.
* A number is a JSON number, or a string such as ``"60000.10"``; anything else is missing.
* Booleans are the texts ``true`` and ``false``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NoReturn

from logging_kit.events.catalogue import CATALOGUE
from logging_kit.events.model import JOBS, LABELS, LEVELS, SIGNALS, STRUCTURED_METADATA, Field
from logging_kit.exceptions import QueryError
from logging_kit.suggestions import did_you_mean

Op = Literal["==", "!=", ">", ">=", "<", "<="]
Home = Literal["label", "metadata", "line"]

_COMMON: Final = (
    Field("app", "text", "name of the program", low_cardinality=True),
    Field("env", "text", "where it trades, such as testnet", low_cardinality=True),
    Field(
        "job",
        "choice",
        "the file that the line is in",
        choices=tuple(JOBS.values()),
        low_cardinality=True,
    ),
    Field("level", "choice", "severity", choices=tuple(LEVELS), low_cardinality=True),
    Field("event", "choice", "kind of the event", choices=tuple(CATALOGUE), low_cardinality=True),
    Field("bot_name", "text", "name of the bot", low_cardinality=True),
    Field("logger", "text", "name of the logger", low_cardinality=True),
    Field("message", "text", "the line in words"),
    Field("run_id", "id", "one start of a process"),
)
_ALL_LINES: Final = (
    Field(
        "signal", "choice", "the decision, on SIGNAL lines", choices=SIGNALS, low_cardinality=True
    ),
    Field("symbol", "text", "market, on the lines that have one", low_cardinality=True),
    Field("exchange", "text", "exchange, on the lines that have one", low_cardinality=True),
    Field("strategy", "text", "strategy, on the lines that have one", low_cardinality=True),
    Field("correlation_id", "id", "ties a signal to what follows from it"),
    Field("order_id", "id", "the exchange's id of the order"),
    Field("trade_id", "id", "id of the round trip"),
)


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a field with a value.

    A number as ``value`` makes it numeric, a text textual, and a tuple of texts means "one of them".
    """

    __test__ = False  # not one of pytest's

    field: str
    op: Op
    value: str | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """Tests that must all hold, on the lines of ``event`` (``None``: of all lines)."""

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
        """Whether the field is one of these texts.

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
    """The lines of one kind of event; with ``None``, all lines.

    Example:
        >>> EventLines("TRADE").action == "exit"
        Where(event='TRADE', tests=(Test(field='action', op='==', value='exit'),))
        >>> EventLines("TRADE").pln
        Traceback (most recent call last):
        AttributeError: TRADE has no field 'pln'; did you mean 'pnl'?
    """

    __slots__ = ("fields", "name")

    def __init__(self, name: str | None) -> None:
        own = CATALOGUE[name].fields if name else {field.name: field for field in _ALL_LINES}
        self.name = name
        self.fields: Mapping[str, Field] = MappingProxyType(
            {field.name: field for field in _COMMON} | dict(own)
        )

    def __repr__(self) -> str:
        return self.name or "LINES"

    def __getattr__(self, name: str) -> FieldRef:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self.fields:
            raise AttributeError(f"{self!r} has no field {name!r}{_suggestion(name, self.fields)}")
        return FieldRef(self, self.fields[name])


def loki_location(field: str) -> Home:
    """Where Loki keeps a field: in the labels, in the structured metadata, or in the line itself."""
    if field in LABELS:
        return "label"
    return "metadata" if field in STRUCTURED_METADATA else "line"


def _suggestion(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    return did_you_mean(word, known) or f"; it has {', '.join(sorted(known))}"


LINES: Final = EventLines(None)
"""All lines, of events and of plain messages, and those that are no JSON."""

UNPARSEABLE: Final = Where(None, (Test("__error__", "==", "JSONParserErr"),))
"""The lines that are no JSON: ``count(LINES, where=UNPARSEABLE)``. They have no bot, so no bot filter applies."""

KEY_SHAPED: Final = Where(
    None,
    (
        Test(
            "__line__",
            "==",
            r'(?i)"[a-z0-9_-]*(?:secret|password|passphrase|private_?key|api_?key|access_?token)":"[^"*]{8,}"'
            r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."
            r"|/api/webhooks/[0-9]{10,}/[\w-]{20,}|\b[0-9]{8,10}:[\w-]{35}\b",
        ),
    ),
)
"""The lines that hold what looks like a key, which masking should have taken out: ``count(LINES, where=KEY_SHAPED)``.

For Loki alone: a regular expression of RE2 on the whole line.
"""

SIGNAL: Final = EventLines("SIGNAL")
ORDER: Final = EventLines("ORDER")
TRADE: Final = EventLines("TRADE")
POSITION: Final = EventLines("POSITION")
EQUITY: Final = EventLines("EQUITY")
HEARTBEAT: Final = EventLines("HEARTBEAT")
API_CALL: Final = EventLines("API_CALL")
NOTIFICATION: Final = EventLines("NOTIFICATION")
INDICATOR: Final = EventLines("INDICATOR")
CANDLE: Final = EventLines("CANDLE")
ERROR: Final = EventLines("ERROR")
RATE_LIMIT: Final = EventLines("RATE_LIMIT")
WS: Final = EventLines("WS")
RISK: Final = EventLines("RISK")
LIFECYCLE: Final = EventLines("LIFECYCLE")
AI_CALL: Final = EventLines("AI_CALL")
