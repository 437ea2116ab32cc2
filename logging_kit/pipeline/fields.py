"""The caller's fields on their way into a line: checked, renamed, masked and made plain in one loop.

What a key means is worked out once and kept as a `Plan`; a value of the expected type then costs a comparison or two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ..events.catalogue import CATALOGUE, IDENTITIES
from ..events.model import ENVELOPE, Event, Field
from ..events.validation import check, complete
from ..masking import HARMLESS, KEYISH, MASK, STRONG
from .fast_path import SHORT, Compiled, compiled
from .normalise import MAX_ITEMS, Walk

if TYPE_CHECKING:
    from ..masking import Masker

_MOST_PLANS: Final = 5_000
_MOST_COMPILED: Final = 500
_FEW: Final = 50
_RECORD_NAMES: Final = frozenset(("key", "name", "value", "field", "header", "param", "id"))
"""Names of the parts of a record such as ``{"name": "api_key", "value": …}``, which masking looks at as a whole."""
_INT64: Final = float(2**63 - 1024)  # the highest float below 2^63
_ENVELOPE: Final = frozenset(ENVELOPE)


class Plan:
    """What is to be done with the values of one key.

    Attributes:
        key: The key in the line. Where it is another than the caller's, no value is fine as it is.
        name_class: What masking says of the name.
        spec: What the catalogue says of the field, or of such an id on any line.
        text: Whether a string goes through masking and is fine.
        choices: Strings that are fine as they are.
        flag: Whether true, false and ``None`` are fine.
        low: Lowest number that is fine as it is.
        high: Highest number that is fine as it is.
        integral: Whether that goes for whole numbers only.
    """

    __slots__ = ("choices", "flag", "high", "integral", "key", "low", "name_class", "spec", "text")

    def __init__(self, key: str, name_class: int, spec: Field | None, *, renamed: bool) -> None:
        harmless = name_class == HARMLESS and not renamed
        kind = spec.kind if spec is not None else None
        self.key = key
        self.name_class = name_class
        self.spec = spec
        self.text = harmless and kind in (None, "text", "id", "object")
        self.choices = frozenset(spec.choices) if spec is not None and harmless else frozenset()
        self.flag = harmless and kind in (None, "boolean", "object")
        self.integral = kind in ("integer", "time")
        self.low, self.high = math.inf, -math.inf
        if harmless and kind in (None, "number", "integer", "time", "object"):
            self.low = -_INT64 if spec is None or spec.low is None else spec.low
            self.high = _INT64 if spec is None or spec.high is None else spec.high


class Fields:
    """Brings the fields of all events into lines.

    Args:
        masker: Says which names and values are secret.
    """

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._plain_names: set[str]
        self._plans: dict[str, dict[str, Plan]]
        self._compiled: dict[str, dict[tuple[str, ...], Compiled | None]]
        self._forget()

    def compiled(self, event: Event | None, fields: dict[str, Any]) -> Compiled | None:
        """What is written out for calls with these fields; ``None`` if there is nothing, or not yet."""
        if self._masker.generation != self._generation:
            self._forget()
        kind = event.name if event is not None else ""
        return self._compiled[kind].get(tuple(fields)) or self._compile(event, kind, fields)

    def _compile(self, event: Event | None, kind: str, fields: dict[str, Any]) -> Compiled | None:
        known, plans, names = self._compiled[kind], self._plans[kind], tuple(fields)
        if (
            names not in known
            and len(known) < _MOST_COMPILED
            and all(name in plans for name in names)
        ):  # each was in a line once
            known[names] = compiled(event, fields, plans, self._masker, self._is_plain)
        return known.get(names)

    def bring(
        self, event: Event | None, fields: dict[str, Any], walk: Walk
    ) -> tuple[dict[str, Any], list[str]]:
        """Make the line's values of the caller's.

        Args:
            event: The catalogue's entry of a typed event.
            fields: The caller's fields; the values are replaced in place.
            walk: Takes the values that are not of a plain type.

        Returns:
            The values by their keys in the line, and what is wrong with them, one sentence each.
        """
        masker = self._masker
        if masker.generation != self._generation:
            self._forget()
        plans = self._plans[event.name if event is not None else ""]
        mask, clean = masker.searched, masker.clean
        problems: list[str] = []
        keys: dict[str, str] = {}
        if len(fields) > MAX_ITEMS:
            fields = dict(islice(fields.items(), MAX_ITEMS))
            walk.cut = True
        lacking = (
            complete(event, fields)
            if event is not None and (event.required_when or not fields.keys() >= event.needed)
            else []
        )
        for name, value in fields.items():
            plan = plans.get(name)
            if plan is None:
                plan = self._plan(plans, event, name, walk)
            kind = type(value)
            if kind is str:
                if plan.text and value in clean:
                    continue
                if plan.text and len(value) <= SHORT:
                    masked = mask(value)
                    if masked is not value:
                        walk.hid(value, HARMLESS)
                        walk.field = walk.field or plan.key
                        fields[name] = masked
                    continue
                if value in plan.choices:
                    continue
                if (
                    plan.name_class == STRONG
                    and plan.spec is None
                    and plan.key == name
                    and self._masker.is_secret_value(value)
                ):
                    walk.hid(value, STRONG)
                    walk.field = walk.field or name
                    fields[name] = MASK
                    continue
            elif kind is int or (kind is float and not plan.integral):
                if plan.low <= value <= plan.high:
                    continue
            elif (plan.flag and (kind is bool or (value is None and plan.spec is None))) or (
                kind is dict and plan.spec is None and plan.text and self._is_plain(value)
            ):
                continue
            key = plan.key
            if plan.spec is not None:
                value, problem = check(plan.spec, value)
                if problem and event is not None and name in event.fields:
                    problems.append(f"{name} {problem}")
                    if name == "signal":  # a label in Loki: any other value would open a new stream
                        key = "signal_"
            name_class = plan.name_class
            if name_class == KEYISH:  # beside a signature a key is that of an API
                name_class = self._masker.child_class(
                    self._masker.item_class(fields, HARMLESS), name
                )
            if kind is dict and len(value) <= _FEW:
                self._learn(value)
            fields[name] = walk.plain(value, name_class)
            if walk.masked and not walk.field:
                walk.field = key
            if key != name:
                keys[name] = key
        problems += lacking
        return (_renamed(fields, keys) if keys else fields), problems

    def _is_plain(self, value: dict[Any, Any]) -> bool:
        """Whether a small dict of numbers and clean texts under harmless names may go into the line as it is."""
        if len(value) > _FEW:
            return False
        clean, mask, names = self._masker.clean, self._masker.searched, self._plain_names
        for name, item in value.items():
            if name not in names:
                return False
            kind = type(item)
            if kind is float or kind is bool:
                continue
            if kind is str:
                if item not in clean and (len(item) > SHORT or mask(item) is not item):
                    return False
            elif kind is not int or not -_INT64 <= item <= _INT64:
                return False
        return True

    def _learn(self, names: Iterable[Any]) -> None:
        """Remember the names of a dict that are harmless and hold no secret themselves."""
        harmless, mask = self._masker.classify, self._masker.text
        for name in names:
            if (
                type(name) is str
                and name.lower() not in _RECORD_NAMES
                and harmless(name) == HARMLESS
                and mask(name) is name
            ):
                self._plain_names.add(name)
        if len(self._plain_names) > _MOST_PLANS:
            self._plain_names.clear()

    def _forget(self) -> None:
        """Work all plans out anew: a key may hold a secret that was registered since."""
        generation = self._masker.generation
        # Bound anew, not emptied: a thread that has begun before still puts what it makes by the old values into the old ones.
        kinds = ("", *CATALOGUE)
        self._plain_names = set()
        self._plans = {kind: {} for kind in kinds}
        self._compiled = {kind: {} for kind in kinds}
        self._generation = generation

    def _plan(self, plans: dict[str, Plan], event: Event | None, name: Any, walk: Walk) -> Plan:
        text = name if type(name) is str else walk.key(name)
        spec = (event.fields.get(text) if event is not None else None) or IDENTITIES.get(text)
        key = walk.text(text)
        if key in _ENVELOPE or (key == "signal" and (event is None or event.name != "SIGNAL")):
            key += "_"  # `signal` is a label in Loki: on other lines, or with other values, it would open new streams
        plan = Plan(
            key,
            self._masker.classify(text) if self._masker.enabled else HARMLESS,
            spec,
            renamed=key != name,
        )
        if type(name) is str and len(plans) < _MOST_PLANS:
            plans[name] = plan
        return plan


def _renamed(fields: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    """Give fields the keys that they have in the line, and keep apart those that became the same."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        key = keys.get(name, name)
        while key in out or (key != name and key in fields):
            key += "_"
        out[key] = value
    return out
