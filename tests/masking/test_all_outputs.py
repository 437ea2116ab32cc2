"""Whatever is registered, wherever it stands: no output holds it."""

from __future__ import annotations

import base64
import json
import string
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logging_kit.masking import Masker, forget_secret, register_secret
from logging_kit.masking.walk import masked
from tests.support.masking.corpus import ASSIGNMENTS, FORMATS, LONG_CONTEXTS, PROSE
from tests.support.masking.leaks import undone
from tests.support.masking.maker import Maker

pytestmark = pytest.mark.slow

MASKER = Masker(mask_env=False)

secrets = st.integers(0, 10**9).flatmap(
    lambda seed: st.sampled_from(
        [
            Maker(seed).b62(40),
            Maker(seed).hex(64),
            Maker(seed).b64(33),
            Maker(seed).uuid(),
            f"pä\"s\\w' {Maker(seed).b62(12)}\n{Maker(seed).b62(9)}",
        ]
    )
)
encoders = st.sampled_from(
    [
        str, repr, json.dumps, lambda v: json.dumps(json.dumps(v)), lambda v: quote(v, safe=""), lambda v: v.encode().hex(),
        lambda v: base64.b64encode(b"ab" + v.encode() + b"c").decode(), lambda v: base64.urlsafe_b64encode(v.encode()).decode(),
        lambda v: f"x {v[:20]}..." if len(v) > 30 and v.isalnum() else v, lambda v: repr(v.encode()),
    ]
)  # fmt: skip
plain = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
)
names = st.text(string.ascii_letters + "_", min_size=1, max_size=12)


def nests(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The leaf somewhere in a nest of Python values."""
    return st.recursive(
        leaf,
        lambda inner: (
            st.tuples(plain, inner, plain).map(list)
            | st.tuples(inner, plain)
            | st.builds(
                lambda name, value, other: {name: value, "other": other}, names, inner, plain
            )
            | inner.map(
                lambda value: {"k": {str(value): 1}} if isinstance(value, str) else {"k": value}
            )
        ),
        max_leaves=3,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), secrets, encoders, st.text(max_size=20), st.text(max_size=20))
def test_no_encoding_of_a_registered_value_is_left_in_any_nest(
    data: st.DataObject, secret: str, encode: Any, before: str, after: str
) -> None:
    form = encode(secret)
    value = data.draw(nests(st.just(f"{before}{form}{after}")))
    register_secret(secret)
    try:
        out = masked(value, MASKER)
        line = json.dumps(out, ensure_ascii=False, default=str)
        views = [str(out), line, MASKER.recheck_line(line.encode()).decode(), *undone(line)]
        assert not any(secret in view or form in view for view in views)
        assert json.loads(line) is not Ellipsis
        again = masked(out, MASKER)
        assert again == out
    finally:
        forget_secret(secret)


templates = st.sampled_from([*ASSIGNMENTS, *LONG_CONTEXTS, *PROSE]).map(
    lambda text: text.replace("{{", "{").replace("}}", "}")
)
pieces = st.one_of(
    templates.map(lambda text: text.replace("{v}", "")),
    st.sampled_from([form(Maker(1)) for _, form in FORMATS]),
    secrets,
    st.text(max_size=12),
    st.sampled_from(
        [
            *"\"'\\=:{}[]<>@/ \n,;&%|`*",
            "***",
            "api_key",
            "secret=",
            "token: ",
            '\\"',
            "%22",
            "-----END",
            "***'",
        ]
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=6).map("".join))
def test_masking_twice_is_masking_once_and_never_fails(text: str) -> None:
    once = MASKER.text(text)
    assert once != "<mask-failed>"
    assert MASKER.text(once) == once
    for layer, rule, start, end in MASKER.explain(text):
        assert layer in ("registered", "context", "format")
        assert rule
        assert 0 <= start < end <= len(text)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        plain,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(names.map(lambda n: "x_" + n + "_y"), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_harmless_values_come_out_as_they_are(value: Any) -> None:
    assert masked(value, MASKER) == value
