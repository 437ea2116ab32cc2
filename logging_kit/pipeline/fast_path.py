"""The body of a line whose fields are as expected, written out as Python for just these fields.

A bot logs the same fields from the same place millions of times. Going through them in a loop costs more than all the
rest of a line; written out, each field costs a comparison or two, as with the ``__init__`` of attrs and dataclasses. Whatever
is not as expected goes through :class:`~logging_kit.pipeline.fields.Fields`, with its fields untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from orjson import JSONEncodeError, dumps

from ..events.model import Event
from ..line import BODY_LIMIT
from ..masking import MASK, STRONG

if TYPE_CHECKING:
    from ..masking import Masker
    from .body import Head
    from .fields import Plan

MakeBody = Callable[[dict[str, Any], Any, "Head"], bytes | None]
"""Takes the fields, the message and the line's head; returns the body, or ``None`` when something is not as expected."""

SHORT: Final = 1_024
"""Characters of a string that is not counted."""

_MOST_FIELDS: Final = 50
_NAMES: Final = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    dict: "dict",
    NoneType: "none",
}
_NOT_HERE: Final = frozenset(("exc_info", "stack_info", "bot_name", "masked", "truncated"))
"""Fields that change the line as a whole."""


class Compiled:
    """What is known of calls with the same fields.

    Attributes:
        body: See `MakeBody`.
        masked: How many secrets it replaces, which stand under their names.
        field: The first of them.
    """

    __slots__ = ("body", "field", "masked")

    def __init__(self, body: MakeBody, secrets: list[str]) -> None:
        self.body = body
        self.masked = len(secrets)
        self.field = secrets[0] if secrets else ""


def compiled(
    event: Event | None,
    fields: Mapping[str, Any],
    plans: Mapping[str, Plan],
    masker: Masker,
    is_plain: Callable[[dict[Any, Any]], bool],
) -> Compiled | None:
    """Write the function for these fields; ``None`` if such calls always need more.

    Args:
        event: The catalogue's entry of a typed event.
        fields: The fields of such a call: what they are now is asked first.
        plans: What is to be done with each of them.
        masker: Finds secrets, by the values that are registered now.
        is_plain: Whether a dict may go into the line as it is.
    """
    if (
        len(fields) > _MOST_FIELDS
        or not _NOT_HERE.isdisjoint(fields)
        or (event is not None and not fields.keys() >= event.needed)
    ):
        return None
    namespace: dict[str, Any] = {
        "none": NoneType,
        "clean": masker.clean,
        "searched": masker.searched,
        "is_clean_id": masker.is_clean_id,
        "hides": masker.is_secret_value,
        "is_plain": is_plain,
        "line": masker.recheck_line,
        "dumps": dumps,
        "JSONEncodeError": JSONEncodeError,
    }
    variables = {name: f"v{n}" for n, name in enumerate(fields)}
    secrets = [
        name
        for name in fields
        if plans[name].name_class == STRONG and plans[name].spec is None and plans[name].key == name
    ]
    source = ["def body(fields, message, head):"]
    if fields:
        source.append(f"    {', '.join(variables.values())}, = fields.values()")
    for name, variable in variables.items():
        if name in secrets:
            source.append(
                f"    if type({variable}) is not str or not hides({variable}): return None"
            )
            continue
        conditions = sorted(
            _conditions(plans[name], variable, namespace),
            key=lambda condition: type(fields[name]) not in condition[0],
        )
        if not conditions:
            return None
        if len(conditions) == 1 and len(conditions[0][0]) == 1:
            (((kind,), wrong),) = conditions
            source.append(
                f"    if type({variable}) is not {_NAMES[kind]}{f' or {wrong}' if wrong else ''}: return None"
            )
        else:
            source.append(f"    kind = type({variable})")
            for n, (kinds, wrong) in enumerate(conditions):
                source.append(
                    f"    {'elif' if n else 'if'} {' or '.join(f'kind is {_NAMES[kind]}' for kind in kinds)}:"
                )
                source.append(f"        if {wrong}: return None" if wrong else "        pass")
            source.append("    else: return None")
        for known, values, needed in event.required_when if event is not None else ():
            if known == name and not fields.keys() >= {*needed}:
                source.append(f"    if {variable} in {values!r}: return None")
    source += _message(event, {name: plans[name] for name in fields}, variables)
    source += [f"    fields[{name!r}] = {MASK!r}" for name in secrets]
    masked = b',"masked":%d' % len(secrets) if secrets else b""
    parts = (
        f"head.before, dumps(message), head.after, dumps(fields)[1:-1], {masked!r}"
        if fields
        else "head.alone(message),"
    )
    source.append(f"""\
    try:
        made = b"".join(({parts}))
        if len(made) <= {BODY_LIMIT}:
            return {"line(made)" if masker.needs_recheck else "made"}
    except JSONEncodeError: pass  # a lone surrogate, which has no UTF-8""")
    source += [f"    fields[{name!r}] = {variables[name]}" for name in secrets]
    source.append("    return None")
    exec("\n".join(source), namespace)  # noqa: S102 - of names, by repr, and numbers of the catalogue
    return Compiled(namespace["body"], secrets)


def _conditions(
    plan: Plan, variable: str, namespace: dict[str, Any]
) -> Iterator[tuple[tuple[type, ...], str]]:
    """The types that are fine as they are, and when such a value is not."""
    spec = plan.spec
    if plan.choices:
        namespace[f"choices_{variable}"] = plan.choices
        yield (str,), f"{variable} not in choices_{variable}"
    elif plan.text:
        wrong = f"{variable} not in clean and (len({variable}) > {SHORT} or searched({variable}) is not {variable})"
        yield (
            (str,),
            f"not is_clean_id({variable}) and {wrong}"
            if spec is not None and spec.kind == "id"
            else wrong,
        )
    if plan.low <= plan.high:
        integral = spec is not None and spec.kind in ("integer", "time")
        yield (
            (int,) if integral else (float, int),
            f"not {float(plan.low)!r} <= {variable} <= {float(plan.high)!r}",
        )
    if plan.flag:
        yield (bool,) if spec is not None else (bool, NoneType), ""
    if plan.text and spec is None:
        yield (dict,), f"not is_plain({variable})"


def _message(
    event: Event | None, plans: Mapping[str, Plan], variables: Mapping[str, str]
) -> Iterator[str]:
    """The message that was given, or the event's summary (`logging_kit.events.validation.summary`)."""
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
        if plan.spec.kind == "number":
            # a fraction of the time of repr(), which writes numbers of this size in the same way
            quick = f"dumps({variables[name]}).decode() if 0.001 <= {variables[name]} < 1e15 else {variables[name]}"
            words.append(f"{'pnl ' if name == 'pnl' else ''}{{{quick}}}")
        elif plan.spec.kind == "integer" or plan.choices:
            words.append(f"{{{variables[name]}}}")
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
    yield (
        f'        message = f"{" ".join(words)}"' if words else f"        message = {event.name!r}"
    )
    yield "    else:"
    yield from ("    " + line for line in given)
