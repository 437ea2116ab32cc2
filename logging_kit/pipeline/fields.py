"""Validate, rename, mask and normalise the fields of a call in one loop.

The meaning of a key is worked out once and kept as a `FieldPlan`. A value of an expected type then
costs a look-up and a comparison or two.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ..events.identities import IDENTITIES
from ..events.model import ENVELOPE, Event
from ..events.validation import fill_derived, validate_value
from ..masking import HARMLESS, KEYISH, MASK, STRONG
from .fast_path import FastPath, build_fast_path
from .field_plan import HIGHEST, SHORT, FieldPlan
from .normalise import MAX_ITEMS, Normaliser

if TYPE_CHECKING:
    from ..masking import Masker

_MOST_PLANS: Final = 5_000
_MOST_FAST_PATHS: Final = 500
_LONGEST_NAME: Final = 256  # of a name that is remembered: the caches are bounded in bytes too
_MOST_ITEMS: Final = 50
_RECORD_NAMES: Final = frozenset(("key", "name", "value", "field", "header", "param", "id"))
"""Names of the parts of a record such as `{"name": "api_key", "value": …}`, which masking reads as
a whole."""

_ENVELOPE: Final = frozenset(ENVELOPE)
_STRINGS: Final = frozenset((str,))


class FieldNormaliser:
    """Validate, rename, mask and normalise the fields of all calls.

    Args:
        masker: Finds secrets in names and values.
    """

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._plain_names: set[str]
        self._plans: dict[str, dict[str, FieldPlan]]
        self._fast_paths: dict[str, dict[tuple[str, ...], FastPath | None]]
        self._forget()

    def fast_path(self, event: Event | None, fields: dict[str, Any]) -> FastPath | None:
        """Return the fast path for a call with these fields.

        `None` if there is none, or none yet.
        """
        if self._masker.generation != self._generation:
            self._forget()
        kind = event.name if event is not None else ""
        fast_paths = self._fast_paths.get(kind)
        if fast_paths is None:
            fast_paths = self._fast_paths.setdefault(kind, {})
        return fast_paths.get(tuple(fields)) or self._build(event, kind, fields)

    def _build(self, event: Event | None, kind: str, fields: dict[str, Any]) -> FastPath | None:
        names = tuple(fields)
        built, plans = self._fast_paths[kind], self._plans.get(kind, {})
        if names in built:
            return built[names]
        # Names of other types are equal to a plain string, and still are no keys of JSON or of
        # Python's source.
        if len(built) >= _MOST_FAST_PATHS or not _STRINGS.issuperset(map(type, names)):
            return None
        if not all(name in plans for name in names):  # a line without the fast path comes first
            return None
        built[names] = build_fast_path(event, fields, plans, self._masker, self._is_plain)
        return built[names]

    def normalise(
        self, event: Event | None, fields: dict[str, Any], normaliser: Normaliser
    ) -> tuple[dict[str, Any], list[str]]:
        """Turn a call's fields into the line's values.

        Args:
            event: The catalogue's entry of a typed event.
            fields: The caller's fields; their values are replaced in place.
            normaliser: Converts and masks the values that need it.

        Returns:
            The values by their keys in the line, and one sentence for each field that is wrong.
        """
        masker = self._masker
        if masker.generation != self._generation:
            self._forget()
        kind_of_event = event.name if event is not None else ""
        try:
            plans = self._plans[kind_of_event]
        except KeyError:
            plans = self._plans.setdefault(kind_of_event, {})
        mask, clean = masker.searched, masker.clean
        problems: list[str] = []
        keys: dict[str, str] = {}
        if len(fields) > MAX_ITEMS:
            fields = dict(islice(fields.items(), MAX_ITEMS))
            normaliser.cut = True
        for name in fields:
            if type(name) is not str:
                fields = _with_plain_names(fields, normaliser)
                break
        missing: list[str] = []
        if event is not None and (event.required_when or not fields.keys() >= event.needed):
            missing = fill_derived(event, fields)
        for name, value in fields.items():
            plan = plans.get(name)
            if plan is None:
                plan = self._plan(plans, event, name, normaliser)
            kind = type(value)
            if kind is str:
                if plan.text and value in clean:
                    continue
                if plan.text and len(value) <= SHORT:
                    masked = mask(value)
                    if masked is not value:
                        normaliser.count_masked(value, HARMLESS)
                        normaliser.field = normaliser.field or plan.key
                        fields[name] = masked
                    continue
                if value in plan.choices:
                    continue
                if plan.is_secret and masker.is_secret_value(value):
                    normaliser.count_masked(value, STRONG)
                    normaliser.field = normaliser.field or name
                    fields[name] = MASK
                    continue
            elif kind is int or (kind is float and not plan.whole):
                if plan.low <= value <= plan.high:
                    continue
            elif (
                (plan.flag and kind is bool)
                or (plan.none and value is None)
                or (kind is dict and plan.mapping and self._is_plain(value))
            ):
                continue
            key = plan.key
            if plan.spec is not None:
                value, problem = validate_value(plan.spec, value)
                if problem and event is not None and name in event.fields:
                    problems.append(f"{name} {problem}")
                    if name == "signal":  # a label in Loki: another value would open a new stream
                        key = "signal_"
            name_class = plan.name_class
            if name_class == KEYISH:  # beside a signature, a key is that of an API
                name_class = masker.child_class(masker.item_class(fields, HARMLESS), name)
            if kind is dict and len(value) <= _MOST_ITEMS:
                self._remember_clean(value)
            fields[name] = normaliser.plain(value, name_class)
            if normaliser.masked and not normaliser.field:
                normaliser.field = key
            if key != name:
                keys[name] = key
        problems += missing
        return (_renamed(fields, keys) if keys else fields), problems

    def _is_plain(self, value: dict[Any, Any]) -> bool:
        """Return True for a small dict of numbers and clean texts under harmless names."""
        if len(value) > _MOST_ITEMS:
            return False
        clean, mask, names = self._masker.clean, self._masker.searched, self._plain_names
        for name, item in value.items():
            if type(name) is not str or name not in names:
                return False
            kind = type(item)
            if kind is float or kind is bool:
                continue
            if kind is str:
                if item not in clean and (len(item) > SHORT or mask(item) is not item):
                    return False
            elif kind is not int or not -HIGHEST <= item <= HIGHEST:
                return False
        return True

    def _remember_clean(self, names: Iterable[Any]) -> None:
        """Remember the names of a dict that are harmless and hold no secret themselves."""
        classify, mask = self._masker.classify, self._masker.text
        for name in names:
            if (
                type(name) is str
                and len(name) <= _LONGEST_NAME
                and name.lower() not in _RECORD_NAMES
                and classify(name) == HARMLESS
                and mask(name) is name
            ):
                self._plain_names.add(name)
        if len(self._plain_names) > _MOST_PLANS:
            self._plain_names.clear()

    def _forget(self) -> None:
        """Drop all plans and fast paths: a name may hold a secret that was registered since."""
        generation = self._masker.generation
        # New objects, since another thread may still put what it made of the old values into the
        # old ones.
        self._plain_names = set()
        self._plans = {}
        self._fast_paths = {}
        self._generation = generation

    def _plan(
        self, plans: dict[str, FieldPlan], event: Event | None, name: str, normaliser: Normaliser
    ) -> FieldPlan:
        spec = (event.fields.get(name) if event is not None else None) or IDENTITIES.get(name)
        key = normaliser.text(name)
        if key in _ENVELOPE or (key == "signal" and (event is None or event.name != "SIGNAL")):
            key += "_"  # `signal` is a label in Loki: on another line it would open a new stream
        name_class = self._masker.classify(name) if self._masker.enabled else HARMLESS
        plan = FieldPlan(key, name_class, spec, renamed=key != name)
        if len(name) <= _LONGEST_NAME and len(plans) < _MOST_PLANS:
            plans[name] = plan
        return plan


def _with_plain_names(fields: dict[Any, Any], normaliser: Normaliser) -> dict[str, Any]:
    """Give fields names that are exactly strings: a subclass may compare and hash as it likes."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        text = normaliser.key(name)
        while text in out:
            text += "_"
        out[text] = value
    return out


def _renamed(fields: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    """Give fields their keys of the line, and keep equal ones apart."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        key = keys.get(name, name)
        while key in out or (key != name and key in fields):
            key += "_"
        out[key] = value
    return out
