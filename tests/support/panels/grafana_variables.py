"""Grafana's interpolation of variables, as its dashboards do it.

Written after `sceneInterpolator`, `formatRegistry` and `MultiValueVariable` of `@grafana/scenes`
and `interpolateQueryExpr` of Grafana's Loki data source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Value = str | Sequence[str]
ALL = "$__all"

_VARIABLE = re.compile(
    r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}", re.ASCII
)


@dataclass(frozen=True)
class Chosen:
    """A variable of a dashboard, and what the viewer chose: a text, several, or `ALL`."""

    value: Value
    multi: bool = False
    all_value: str = ""

    def interpolated(self, form: str | None) -> str:
        if self.value == ALL or (not isinstance(self.value, str) and [*self.value] == [ALL]):
            return encode(self.all_value) if form == "percentencode" else self.all_value
        if form is None:
            return self._by_the_data_source()
        return _FORMATS[form](self.value)

    def _by_the_data_source(self) -> str:
        if not self.multi:
            return str(self.value).replace("'", r"\\'")
        return "|".join(
            re.sub(r"[$^*{}\[\]+?.()|]", r"\\\\\g<0>", one.replace("\\", "\\\\\\\\"))
            for one in _listed(self.value)
        )


def encode(text: str) -> str:
    """Return a text as `encodeURIComponentStrict` does."""
    return quote(text, safe="-_.~")


def escape_regex(text: str) -> str:
    """Return a text as `escapeRegex` of `@grafana/data` does."""
    return re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", text)


def _listed(value: Value) -> list[str]:
    return [value] if isinstance(value, str) else [*value]


def _regex(value: Value) -> str:
    escaped = [escape_regex(one) for one in _listed(value)]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _percent_encode(value: Value) -> str:
    return encode(value if isinstance(value, str) else f"{{{','.join(value)}}}")


_FORMATS = {
    "regex": _regex,
    "percentencode": _percent_encode,
    "raw": lambda value: ",".join(_listed(value)),
}


def interpolate(text: str, chosen: Mapping[str, Chosen]) -> str:
    """Return a query with the variables of `chosen` replaced; others, such as `$__auto`, stay."""

    def one(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[4]
        return chosen[name].interpolated(match[6] or match[3]) if name in chosen else match[0]

    return _VARIABLE.sub(one, text)


def variables(dashboard: Mapping[str, Any], **values: Value) -> dict[str, Chosen]:
    """Return the variables of a dashboard's JSON, with its own values where none is given."""
    return {
        variable["name"]: Chosen(
            values.get(variable["name"], variable["current"]["value"]),
            variable.get("multi", False),
            variable.get("allValue") or "",
        )
        for variable in dashboard["templating"]["list"]
    }


def queries(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Return every query of a dashboard's JSON: of panels, annotations and variables."""
    found = {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    }
    found = {key: expr for key, expr in found.items() if not expr.startswith("vector(")}
    found |= {mark["name"]: mark["expr"] for mark in dashboard["annotations"]["list"]}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        asked = variable["query"]
        if "query" in asked:
            inner = re.fullmatch(r"(?:query_result|label_values)\((.+)\)", asked["query"])
            assert inner is not None
            found[f"variable {variable['name']}"] = inner[1]
        elif asked["stream"]:
            found[f"variable {variable['name']}"] = asked["stream"]
    return found


_TOKEN = re.compile(r'"(?:[^"\\\n]|\\[abfnrtv\\"\'xuU0-7])*"|`[^`]*`|[^"`]')


def literals(query: str) -> tuple[str, list[str]]:
    """Return a query of LogQL with its strings taken out, and the strings.

    Raises:
        ValueError: If a string does not end, or has an escape that Go does not know.
    """
    outside, strings, at = [], [], 0
    while at < len(query):
        token = _TOKEN.match(query, at)
        if token is None:
            raise ValueError(f"not a string of LogQL: {query[at : at + 60]}")
        at = token.end()
        if token[0][0] in '"`':
            strings.append(token[0][1:-1] if token[0][0] == "`" else json.loads(token[0]))
            outside.append("<text>")
        else:
            outside.append(token[0])
    return "".join(outside), strings
