"""Plan for the values of one key: the rules of the catalogue and of masking, worked out once."""

from __future__ import annotations

import math
from types import NoneType
from typing import Final

from ..events.model import Field
from ..events.rules import Test, rules_of
from ..masking import HARMLESS, STRONG

SHORT: Final = 1_024
"""Characters of a string that does not count towards the limits of a line."""

HIGHEST: Final = float(2**63 - 1024)
"""Highest float below 2^63; orjson writes whole numbers up to it as they are."""


class FieldPlan:
    """Cached decision for one key of one kind of event.

    `tests` holds the rules of the field; the attributes after it are the same rules in the form
    that a loop over the fields reads fastest.

    Attributes:
        key: Key in the line. A field that is renamed needs work with each value.
        name_class: Class that masking gives to the name.
        spec: The catalogue's entry of the field, or of an id that any line may have.
        is_secret: True if the name alone makes each string a secret.
        tests: Test by the exact type of the value; a value that passes needs no work.
        text: True if a string needs no work once it is masked.
        choices: Strings that need no work.
        flag: True if true and false need no work.
        none: True if `None` needs no work.
        mapping: True if a small dict of numbers and clean texts needs no work.
        low: Lowest number that needs no work.
        high: Highest number that needs no work.
        whole: True if that holds for whole numbers only.
    """

    __slots__ = (
        "choices", "flag", "high", "is_secret", "key", "low", "mapping", "name_class", "none",
        "spec", "tests", "text",
        "whole",
    )  # fmt: skip

    def __init__(self, key: str, name_class: int, spec: Field | None, *, renamed: bool) -> None:
        self.key = key
        self.name_class = name_class
        self.spec = spec
        self.is_secret = name_class == STRONG and spec is None and not renamed
        self.tests: dict[type, Test] = {}
        if name_class == HARMLESS and not renamed:
            self.tests = {kind: rule.test for rule in rules_of(spec) for kind in rule.types}
        if spec is not None and spec.required:
            self.tests.pop(NoneType, None)
        self.text = self.tests.get(str) == "text"
        self.choices: frozenset[str] = frozenset()
        if spec is not None and self.tests.get(str) == "choice":
            self.choices = frozenset(spec.choices)
        self.flag = bool in self.tests
        self.none = NoneType in self.tests
        self.mapping = dict in self.tests
        self.whole = float not in self.tests
        self.low, self.high = math.inf, -math.inf
        if int in self.tests:
            self.low, self.high = -HIGHEST, HIGHEST
            if spec is not None and spec.low is not None:
                self.low = spec.low
            if spec is not None and spec.high is not None:
                self.high = spec.high
