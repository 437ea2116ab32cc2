"""Checks of the fields of one call in the code, written out as Python for just these fields.

A bot logs the same fields from the same place millions of times. Going through them in a loop costs more than all the
rest of a line; written out, each field costs a comparison or two, as with the ``__init__`` of attrs and dataclasses. The check
says only whether everything is as expected: whatever is not goes through :class:`~logging_kit.pipeline.fields.Fields`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from ..events.model import Event
from ..masking import MASK, STRONG

if TYPE_CHECKING:
    from .fields import Plan

Check = Callable[[dict[str, Any], Any], str | None]
"""Takes the fields and the message; returns the line's message, or ``None`` when something is not as expected."""

SHORT: Final = 1_024
"""Characters of a string that is not counted."""

_MOST_FIELDS: Final = 50
_NAMES: Final = {str: "str", int: "int", float: "float", bool: "bool", dict: "dict", NoneType: "none"}
_NOT_HERE: Final = frozenset(("exc_info", "stack_info", "bot_name", "masked", "truncated"))
"""Fields that change the line as a whole."""


class Compiled:
    """What is known of calls with the same fields.

    Attributes:
        check: See `Check`; secrets under their names are replaced by it.
        masked: How many those are.
        field: The first of them.
        tail: What the line says of them.
    """

    __slots__ = ("check", "field", "masked", "tail")

    def __init__(self, check: Check, secrets: list[str]) -> None:
        self.check = check
        self.masked = len(secrets)
        self.field = secrets[0] if secrets else ""
        self.tail = b',"masked":%d' % len(secrets) if secrets else b""


def compiled(
    event: Event | None,
    fields: Mapping[str, Any],
    plans: Mapping[str, Plan],
    clean: Mapping[str, None],
    searched: Callable[[str], str],
    hides: Callable[[str], bool],
    is_plain: Callable[[dict[Any, Any]], bool],
) -> Compiled | None:
    """Write the check for these fields; ``None`` if such calls always need more than a check.

    Args:
        event: The catalogue's entry of a typed event.
        fields: The fields of such a call: what they are now is asked first.
        plans: What is to be done with each of them.
        clean: Texts that hold no secret.
        searched: Masks a text that is not among them; the same object if there is nothing to mask.
        hides: Whether a text under a secret's name is masked as a whole.
        is_plain: Whether a dict may go into the line as it is.
    """
    if len(fields) > _MOST_FIELDS or not _NOT_HERE.isdisjoint(fields) or (event is not None and not fields.keys() >= event.needed):
        return None
    namespace: dict[str, Any] = {"none": NoneType, "clean": clean, "searched": searched, "hides": hides, "is_plain": is_plain}
    variables = {name: f"v{n}" for n, name in enumerate(fields)}
    secrets = [name for name in fields if plans[name].name_class == STRONG and plans[name].spec is None and plans[name].key == name]
    source = ["def check(fields, message):"]
    for name, variable in variables.items():
        source.append(f"    {variable} = fields[{name!r}]")
        if name in secrets:
            source.append(f"    if type({variable}) is not str or not hides({variable}): return None")
            continue
        conditions = sorted(
            _conditions(plans[name], variable, namespace), key=lambda condition: type(fields[name]) not in condition[0]
        )
        if not conditions:
            return None
        source.append(f"    kind = type({variable})")
        for n, (kinds, wrong) in enumerate(conditions):
            source.append(f"    {'elif' if n else 'if'} {' or '.join(f'kind is {_NAMES[kind]}' for kind in kinds)}:")
            source.append(f"        if {wrong}: return None" if wrong else "        pass")
        source.append("    else: return None")
        for known, values, needed in event.required_when if event is not None else ():
            if known == name and not fields.keys() >= {*needed}:
                source.append(f"    if {variable} in {values!r}: return None")
    source += _message(event, {name: plans[name] for name in fields}, variables)
    source += [f"    fields[{name!r}] = {MASK!r}" for name in secrets]
    source.append("    return message")
    exec("\n".join(source), namespace)  # noqa: S102 - of names, by repr, and numbers of the catalogue
    return Compiled(namespace["check"], secrets)


def _conditions(plan: Plan, variable: str, namespace: dict[str, Any]) -> Iterator[tuple[tuple[type, ...], str]]:
    """The types that are fine as they are, and when such a value is not."""
    spec = plan.spec
    if plan.choices:
        namespace[f"choices_{variable}"] = plan.choices
        yield (str,), f"{variable} not in choices_{variable}"
    elif plan.text:
        yield (str,), f"{variable} not in clean and (len({variable}) > {SHORT} or searched({variable}) is not {variable})"
    if plan.low <= plan.high:
        integral = spec is not None and spec.kind in ("integer", "time")
        yield (int,) if integral else (float, int), f"not {float(plan.low)!r} <= {variable} <= {float(plan.high)!r}"
    if plan.flag:
        yield (bool,) if spec is not None else (bool, NoneType), ""
    if plan.text and spec is None:
        yield (dict,), f"not is_plain({variable})"


def _message(event: Event | None, plans: Mapping[str, Plan], variables: Mapping[str, str]) -> Iterator[str]:
    """The message that was given, or the event's summary (`logging_kit.events.check.summary`)."""
    given = [
        "    if type(message) is not str: return None",
        f"    if message not in clean and (len(message) > {SHORT} or searched(message) is not message): return None",
    ]
    if event is None:
        yield from given
        return
    words, texts = [], []
    for name in event.summary:
        plan = plans.get(name)
        if plan is None or plan.spec is None:
            continue
        if plan.spec.kind in ("number", "integer") or plan.choices:
            words.append(f"{'pnl ' if name == 'pnl' else ''}{{{variables[name]}}}")
        elif plan.text and plan.spec.kind != "object":
            words.append(f"{{{variables[name]}}}")
            texts.append(variables[name])
        elif plan.spec.kind == "boolean":
            words.append(f"{{'ok' if {variables[name]} else 'failed'}}")
        else:
            yield "    if not message: return None"
            yield from given
            return
    yield "    if not message:"
    if texts:
        yield f"        if not ({' and '.join(texts)}): return None"
    yield f'        message = f"{" ".join(words)}"' if words else f"        message = {event.name!r}"
    yield "    else:"
    yield from ("    " + line for line in given)
