"""Fast path: the body of an expected line, made by Python that is written for its fields.

A bot logs the same fields from the same place millions of times. A loop over them costs more than
all the rest of a line; written out, each field costs a comparison or two, as in the `__init__` of
attrs and dataclasses. A call that is not as expected goes through `FieldNormaliser` with its fields
untouched. `log.signal("LONG", symbol=…, confidence=…)` gets a function like this, by the rules of
`events.rules`::

    def body(fields, message, head):
        v0, v1, v2, = fields.values()
        if type(v0) is not str or v0 not in choices_v0: return None
        if type(v1) is not str or v1 not in clean and (
            len(v1) > 1024 or searched(v1) is not v1
        ): return None
        kind = type(v2)
        if kind is float or kind is int:
            if not 0.0 <= v2 <= 1.0: return None
        else: return None
        if not message:
            if not (v1): return None
            message = f"{v0} {v1} {dumps(v2).decode() if 0.001 <= v2 < 1e15 else v2}"
        else:
            …
        try:
            made = b"".join((head.before, dumps(message), head.after, dumps(fields)[1:-1], b""))
            if len(made) <= 65280:
                return made
        except JSONEncodeError: pass  # a lone surrogate, which has no UTF-8
        return None

`FastPath.source` holds the source of each; tracebacks and `pdb` show it, since `linecache` knows
it.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from orjson import JSONEncodeError, dumps

from ..events.model import Event
from ..events.rules import Test
from ..events.validation import BOOLEAN_WORDS, summary_prefix
from ..line import BODY_LIMIT
from ..masking import MASK
from .field_plan import SHORT, FieldPlan

if TYPE_CHECKING:
    from ..masking import Masker
    from .body import Head

MakeBody = Callable[[dict[str, Any], Any, "Head"], bytes | None]
"""Takes the fields, the message and the line's head; returns the body, or `None` when something is
not as expected."""

_MOST_FIELDS: Final = 50
_TYPE_NAMES: Final = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    dict: "dict",
    NoneType: "none",
}
_WHOLE_LINE: Final = frozenset(("exc_info", "stack_info", "bot_name", "masked", "truncated"))
"""Fields that change the line as a whole."""


class FastPath:
    """Compiled function for calls with the same fields.

    Attributes:
        body: Makes the body of such a call's line.
        masked: Number of secrets that it replaces, which stand under their names.
        field: Name of the first of them.
        filename: Name of the code, as tracebacks show it.
        source: Source of the code.
    """

    __slots__ = ("body", "field", "filename", "masked", "source")

    def __init__(
        self, source: str, namespace: dict[str, Any], kind: str, secrets: list[str]
    ) -> None:
        self.source = source
        self.filename = _remember_source(source, kind)
        self.masked = len(secrets)
        self.field = secrets[0] if secrets else ""
        exec(compile(source, self.filename, "exec"), namespace)  # noqa: S102 - names by repr, numbers of the catalogue
        self.body: MakeBody = namespace["body"]

    def __del__(self) -> None:
        """Forget the source.

        A finalizer of `weakref` could not be made at the interpreter's end.
        """
        with suppress(Exception):  # `linecache` may be half taken down by then
            linecache.cache.pop(self.filename, None)


def _remember_source(source: str, kind: str) -> str:
    """Give the source a file name of its own, under which `linecache` finds it."""
    name = f"<logging_kit fast path {kind or 'of plain lines'}>"
    numbers = count(2)
    filename = name
    while filename in linecache.cache:
        filename = f"{name[:-1]} {next(numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    return filename


def build_fast_path(
    event: Event | None,
    fields: Mapping[str, Any],
    plans: Mapping[str, FieldPlan],
    masker: Masker,
    is_plain: Callable[[dict[Any, Any]], bool],
) -> FastPath | None:
    """Write and compile the function for these fields; `None` if such calls always need more.

    Args:
        event: The catalogue's entry of a typed event.
        fields: Fields of such a call; the types that they have now are tested first.
        plans: Plan of each of them.
        masker: Finds secrets, by the values that are registered now.
        is_plain: Tells whether a dict may go into the line as it is.
    """
    if (
        len(fields) > _MOST_FIELDS
        or not _WHOLE_LINE.isdisjoint(fields)
        or (event is not None and not fields.keys() >= event.needed)
        or any(not plans[name].tests and not plans[name].is_secret for name in fields)
    ):
        return None
    namespace: dict[str, Any] = {
        "__name__": __name__,
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
    secrets = [name for name in fields if plans[name].is_secret]
    source = ["def body(fields, message, head):"]
    if fields:
        source.append(f"    {', '.join(variables.values())}, = fields.values()")
    for name, variable in variables.items():
        source += _checks(plans[name], variable, type(fields[name]))
        namespace[f"choices_{variable}"] = plans[name].choices
        for known, values, needed in event.required_when if event is not None else ():
            if known == name and not fields.keys() >= {*needed}:
                source.append(f"    if {variable} in {values!r}: return None")
    source += _message(event, {name: plans[name] for name in fields}, variables)
    source += _rendering(variables, secrets, recheck=masker.needs_recheck)
    kind = event.name if event is not None else ""
    return FastPath("\n".join(source) + "\n", namespace, kind, secrets)


def _checks(plan: FieldPlan, variable: str, likely: type) -> Iterator[str]:
    """Write the tests of one field, that of the likely type first."""
    if plan.is_secret:
        yield f"    if type({variable}) is not str or not hides({variable}): return None"
        return
    types: dict[Test, list[str]] = {}
    for kind in sorted(plan.tests, key=lambda kind: kind is not likely):
        types.setdefault(plan.tests[kind], []).append(_TYPE_NAMES[kind])
    if len(plan.tests) == 1:
        ((test, (name,)),) = types.items()
        failure = _failure(plan, test, variable)
        wrong = f" or {failure}" if failure else ""
        yield f"    if type({variable}) is not {name}{wrong}: return None"
        return
    yield f"    kind = type({variable})"
    word = "if"
    for test, names in types.items():
        failure = _failure(plan, test, variable)
        yield f"    {word} {' or '.join(f'kind is {name}' for name in names)}:"
        yield f"        if {failure}: return None" if failure else "        pass"
        word = "elif"
    yield "    else: return None"


def _failure(plan: FieldPlan, test: Test, variable: str) -> str:
    """Write the condition under which a value fails its test; an empty text if it never does."""
    match test:
        case "choice":
            return f"{variable} not in choices_{variable}"
        case "range":
            return f"not {float(plan.low)!r} <= {variable} <= {float(plan.high)!r}"
        case "mapping":
            return f"not is_plain({variable})"
        case "text":
            unclean = _unclean(variable)
            if plan.spec is not None and plan.spec.kind == "id":
                return f"not is_clean_id({variable}) and {unclean}"
            return unclean
    return ""


def _unclean(variable: str) -> str:
    return (
        f"{variable} not in clean and "
        f"(len({variable}) > {SHORT} or searched({variable}) is not {variable})"
    )


def _message(
    event: Event | None, plans: Mapping[str, FieldPlan], variables: Mapping[str, str]
) -> Iterator[str]:
    """Write the given message, or the event's summary (see `events.validation.summary`)."""
    given = [
        "    if type(message) is not str: return None",
        f"    if {_unclean('message')}: return None",
    ]
    if event is None:
        yield from given
        return
    words, texts = [], []
    for name in event.summary:
        plan, variable = plans.get(name), variables.get(name, "")
        if plan is None or plan.spec is None:
            continue
        match plan.spec.kind:
            case "number":
                # A fraction of the time of repr(), which writes numbers of this size in the same
                # way.
                word = (
                    f"{{dumps({variable}).decode() if 0.001 <= {variable} < 1e15 else {variable}}}"
                )
            case "integer" | "choice":
                word = f"{{{variable}}}"
            case "text" | "id":
                word = f"{{{variable}}}"
                texts.append(variable)
            case "boolean":
                word = f"{{{BOOLEAN_WORDS!r}[{variable}]}}"
            case _:
                yield "    if not message: return None"
                yield from given
                return
        words.append(summary_prefix(name) + word)
    yield "    if not message:"
    if texts:
        yield f"        if not ({' and '.join(texts)}): return None"
    yield (
        f'        message = f"{" ".join(words)}"' if words else f"        message = {event.name!r}"
    )
    yield "    else:"
    yield from ("    " + line for line in given)


def _rendering(variables: Mapping[str, str], secrets: list[str], *, recheck: bool) -> Iterator[str]:
    """Write the rendering, with the secrets replaced; a body that is too long puts them back."""
    yield from (f"    fields[{name!r}] = {MASK!r}" for name in secrets)
    masked = b',"masked":%d' % len(secrets) if secrets else b""
    parts = "head.alone(message),"
    if variables:
        parts = f"head.before, dumps(message), head.after, dumps(fields)[1:-1], {masked!r}"
    yield "    try:"
    yield f'        made = b"".join(({parts}))'
    yield f"        if len(made) <= {BODY_LIMIT}:"
    yield f"            return {'line(made)' if recheck else 'made'}"
    yield "    except JSONEncodeError: pass  # a lone surrogate, which has no UTF-8"
    yield from (f"    fields[{name!r}] = {variables[name]}" for name in secrets)
    yield "    return None"
