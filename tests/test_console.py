"""Layout of a line for a person."""

from __future__ import annotations

import io
import re
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logging_kit.console import Renderer, use_colour
from logging_kit.escaping import escape
from logging_kit.time_zones import ReaderClock, parse_time_zone

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
_KEYS = st.sampled_from(
    [
        "timestamp",
        "level",
        "event",
        "message",
        "logger",
        "bot_name",
        "correlation_id",
        "exception",
        "stack",
        "pnl",
        "side",
        "candle_ts",
        "x",
    ]
)


UTC = ReaderClock()


def render(data: Any, colour: bool) -> str:
    return Renderer(colour, UTC)(data)


def line(**fields: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-11-21T02:00:00.123456Z",
        "level": "info",
        "app": "trading",
        "env": "testnet",
        "bot_name": "trading",
        "logger": "trading",
        "message": "hello",
        **fields,
        "run_id": "01M7W8JSQJMFPCE517JDHKRQTC",
        "seq": 7,
        "v": 1,
    }


def shown(*, colour: bool = False, **fields: Any) -> str:
    return render(orjson.dumps(line(**fields)) + b"\n", colour)


def signal(**fields: Any) -> dict[str, Any]:
    return {
        "event": "SIGNAL",
        "message": "LONG BTC/USDT 0.91",
        "signal": "LONG",
        "symbol": "BTC/USDT",
        "confidence": 0.91,
        **fields,
    }


def test_shows_time_level_event_and_message_first() -> None:
    """The columns that a reader looks for come first."""
    assert shown(**signal()).startswith(
        "2026-11-21 02:00:00.123Z INFO  SIGNAL       ▲ LONG BTC/USDT 0.91"
    )


def test_shows_fields_that_the_message_does_not_say() -> None:
    text = shown(**signal(price=64000, reason="ema 12 crossed 26"))
    assert text.endswith('▲ LONG BTC/USDT 0.91  price=64,000 reason="ema 12 crossed 26"')
    assert "symbol=" not in text
    assert "confidence=" not in text


def test_shows_all_fields_beside_a_message_of_the_callers() -> None:
    text = shown(**signal() | {"message": "going in"})
    assert "symbol=BTC/USDT confidence=0.91" in text


def test_leaves_out_what_only_machines_need() -> None:
    text = shown()
    assert text == "2026-11-21 02:00:00.123Z INFO               hello"


def test_ends_with_bot_and_short_correlation_id() -> None:
    text = shown(
        logger="strategy.ema", bot_name="btc-grid", correlation_id="9e3779b97f4a7c15", price=1
    )
    assert text.endswith("INFO  strategy.ema hello  price=1 [btc-grid] #7f4a7c15")


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("message", ["rate limit 3", "strategy.ema", "a=b c=d"])
def test_the_message_and_its_logger_stand_apart(message: str, colour: bool) -> None:
    """Of a plain line in columns of their own, of an event the logger is in parentheses."""
    text = _ANSI.sub("", shown(colour=colour, logger="ccxt.base", message=message))
    assert text == f"2026-11-21 02:00:00.123Z INFO  ccxt.base    {message}"
    text = _ANSI.sub("", shown(colour=colour, logger="ccxt.base", message=message, event="RISK"))
    assert text == f"2026-11-21 02:00:00.123Z INFO  RISK         {message}  (ccxt.base)"


@pytest.mark.parametrize(
    ("fields", "arrow", "colour"),
    [
        ({"event": "SIGNAL", "signal": "LONG"}, "▲", "32"),
        ({"event": "SIGNAL", "signal": "SHORT"}, "▼", "31"),
        ({"event": "ORDER", "side": "buy"}, "▲", "32"),
        ({"event": "ORDER", "side": "sell"}, "▼", "31"),
        ({"event": "TRADE", "position_side": "SHORT"}, "▼", "31"),
        ({"event": "TRADE", "position_side": "SHORT", "result": "win"}, "▲", "32"),
        ({"event": "TRADE", "position_side": "LONG", "result": "loss"}, "▼", "31"),
        ({"result": "win"}, "▲", "32"),
        ({"result": "loss"}, "▼", "31"),
    ],
)
def test_up_is_green_and_down_is_red_and_both_have_an_arrow(
    fields: dict[str, Any], arrow: str, colour: str
) -> None:
    assert f"\x1b[{colour}m{arrow} hello\x1b[0m" in shown(colour=True, **fields)
    assert f" {arrow} hello" in shown(**fields)


def test_wait_has_no_direction() -> None:
    text = shown(event="SIGNAL", signal="WAIT")
    assert "▲" not in text
    assert "▼" not in text


@pytest.mark.parametrize(
    ("level", "code"), [("debug", "2"), ("warning", "33"), ("error", "31"), ("critical", "1;37;41")]
)
def test_levels_have_colours(level: str, code: str) -> None:
    assert f"\x1b[{code}m" in shown(colour=True, level=level).replace("\x1b[2m2026", "")


@pytest.mark.parametrize(("pnl", "code"), [(12.5, "32"), (-3, "31"), ("-0.25", "31")])
def test_profit_is_green_and_loss_red(pnl: object, code: str) -> None:
    assert f"pnl=\x1b[0m\x1b[{code}m{pnl}\x1b[0m" in shown(colour=True, pnl=pnl)


def test_colour_changes_nothing_but_colour() -> None:
    fields = signal(
        price=1, reason="a b", schema_error="x is missing", logger="a.b", correlation_id="12345678x"
    )
    assert _ANSI.sub("", shown(colour=True, **fields)) == shown(**fields)


def test_escapes_control_characters_and_ansi_everywhere() -> None:
    evil = "x\x1b[2J\x1b]0;pwned\x07\r\nfake\u2028line\u202e\x9b31m\x00"
    text = shown(
        message=evil, field=evil, logger=evil, bot_name=evil, correlation_id=evil, **{evil: evil}
    )
    rows = text.split("\n")
    assert all(row.isprintable() for row in rows)
    assert all(row.startswith("    ") for row in rows[1:])
    assert r"fake\u2028line\u202e\x9b31m\x00" in rows[1]
    assert rows[0].count(r"x\x1b[2J\x1b]0;pwned\x07") == 4


def test_keeps_text_of_any_language() -> None:
    assert "롱 신호 🚀 é" in shown(message="롱 신호 🚀 é")


@pytest.mark.parametrize("data", [b"plain text\n", b'{"torn": "li', b"[1,2]\n", b"17", b""])
def test_shows_what_is_no_json_object_as_it_is(data: bytes) -> None:
    assert render(data, True) == data.decode().rstrip("\n")


def test_escapes_text_that_is_no_json() -> None:
    assert render(b"\x1b[31mred \xff\r\n", False) == r"\x1b[31mred \xff"


def test_takes_a_parsed_line() -> None:
    assert render(line(), False) == shown()


def exception(**fields: Any) -> dict[str, Any]:
    frame = {"file": "bot.py", "line": 12, "function": "place", "code": "send(order)"}
    return {
        "type": "KeyError",
        "module": "builtins",
        "message": "'USDT'",
        "frames": [frame],
        **fields,
    }


def test_shows_an_exception_as_a_traceback() -> None:
    text = shown(
        level="error",
        event="ERROR",
        message="order failed",
        error_type="KeyError",
        error="'USDT'",
        exception=exception(notes=["no money"]),
    )
    assert text.splitlines() == [
        "2026-11-21 02:00:00.123Z ERROR              order failed",
        "    Traceback (most recent call last):",
        '      File "bot.py", line 12, in place',
        "        send(order)",
        "    KeyError: 'USDT'",
        "    no money",
    ]


def test_shows_cause_context_and_group() -> None:
    inner = exception(type="Timeout", module="ccxt", message="")
    rows = shown(exception=exception(cause=inner)).splitlines()
    assert rows.index("    ccxt.Timeout") < rows.index(
        "    The above exception was the direct cause of the following exception:"
    )
    assert "    During handling of the above exception, another exception occurred:" in shown(
        exception=exception(context=inner)
    )
    assert "      | ccxt.Timeout" in shown(exception=exception(exceptions=[inner])).splitlines()


def test_an_exception_cannot_break_out_of_its_indentation() -> None:
    text = shown(
        exception=exception(message="a\n2026-11-21 02:00:00.000Z INFO fake\x1b[2J", notes=["b\nc"])
    )
    assert all(row.startswith("    ") and row.isprintable() for row in text.splitlines()[1:])


def test_shows_a_stack_in_rows() -> None:
    text = shown(stack='  File "a.py", line 1, in f\n    g()\n')
    assert text.splitlines()[1:] == ['      File "a.py", line 1, in f', "        g()"]


def test_a_chain_without_end_is_cut() -> None:
    data: dict[str, Any] = {}
    for _ in range(500):
        data = exception(cause=data)
    assert len(render(line(exception=data), False)) < 5_000


def test_shows_an_error_without_exception_once() -> None:
    text = shown(
        level="error", event="ERROR", message="no price", error_type="message", error="no price"
    )
    assert text.endswith("ERROR              no price")


def test_cuts_long_values() -> None:
    assert (
        len(shown(message="m" * 60_000, blob="b" * 60_000, text="\n".join("ab" * 30_000))) < 25_000
    )


def test_shows_a_time_in_milliseconds_as_a_time() -> None:
    assert "last_candle_ts=2026-11-20T10:34:42Z" in shown(
        event="HEARTBEAT", last_candle_ts=1_795_170_882_139
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(st.dictionaries(_KEYS, _JSON), st.booleans())
def test_renders_any_object_without_raising(fields: dict[str, Any], colour: bool) -> None:
    """The thread that writes to the terminal must not end because of a line."""
    text = _ANSI.sub("", render(orjson.dumps(fields), colour))
    assert escape(text.replace("\n", "")) == text.replace("\n", "")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colours_are_for_terminals_unless_the_environment_says_otherwise(
    environment: dict[str, str], terminal: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert use_colour(_Terminal() if terminal else io.StringIO()) is expected


def test_a_closed_stream_has_no_colours() -> None:
    stream = io.StringIO()
    stream.close()
    assert use_colour(stream) is False


def test_does_not_repeat_the_kind_of_event_as_message() -> None:
    assert shown(event="HEARTBEAT", message="HEARTBEAT", uptime_s=60.0).endswith(
        "INFO  HEARTBEAT     uptime_s=1m"
    )


def test_shows_a_time_that_is_none_as_it_is() -> None:
    assert 'last_candle_ts="at noon"' in shown(event="HEARTBEAT", last_candle_ts="at noon")


def test_shows_an_exception_that_is_only_text() -> None:
    assert shown(exception="ValueError: x").splitlines()[1:] == ['    exception="ValueError: x"']


def test_shows_a_value_that_json_has_not_by_its_type() -> None:
    assert "x=<dict>" in render(line(x={(1, 2): 3}, pnl=10**400), False)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"event": "SIGNAL", "confidence": 0.5926409106271656}, "confidence=0.5926"),
        ({"event": "SIGNAL", "price": 64000.123456}, "price=64,000.12"),
        ({"event": "SIGNAL", "price": 0.0000123456}, "price=0.00001235"),
        ({"event": "SIGNAL", "price": "60000.10"}, "price=60,000.1"),
        ({"event": "TRADE", "pnl": 12.3456, "quote": "USDT"}, "pnl=+12.35 USDT"),
        ({"event": "TRADE", "pnl": -0.5, "symbol": "BTC/USDT:USDT"}, "pnl=-0.50 USDT"),
        ({"event": "TRADE", "pnl": 0.00012, "symbol": "ETH/BTC"}, "pnl=+0.00012 BTC"),
        ({"event": "TRADE", "pnl": 3}, "pnl=+3.00"),
        ({"event": "TRADE", "pnl_pct": 1.23456}, "pnl_pct=+1.2346%"),
        ({"event": "TRADE", "duration_s": 3921.1}, "duration_s=1h5m"),
        ({"event": "TRADE", "duration_s": 0.25}, "duration_s=0.25s"),
        ({"event": "TRADE", "duration_s": -90}, "duration_s=-1m30s"),
        ({"event": "TRADE", "fee": 0.0241, "fee_currency": "BNB"}, "fee=0.0241 BNB"),
        ({"event": "API_CALL", "latency_ms": 132.54321}, "latency_ms=132.5432ms"),
        ({"event": "AI_CALL", "cost_usd": 0.0123}, "cost_usd=0.0123 USD"),
        ({"event": "POSITION", "leverage": 3}, "leverage=3x"),
        ({"event": "SIGNAL", "price": float("1e300")}, "price=1e+300"),
        ({"event": "SIGNAL", "price": True}, "price=true"),
        ({"x": 0.1 + 0.2}, "x=0.3"),
        ({"user_id": 123456789}, "user_id=123456789"),
    ],
)
def test_numbers_have_sensible_digits_and_units(fields: dict[str, Any], expected: str) -> None:
    words = shown(**fields)
    assert f" {expected}" in words
    assert words.partition(expected)[2][:1] in ("", " ")


def test_a_summary_of_the_package_has_sensible_digits() -> None:
    text = shown(
        event="SIGNAL", signal="LONG", symbol="BTC/USDT", confidence=0.5926409106271656,
        message="LONG BTC/USDT 0.5926409106271656",
    )  # fmt: skip
    assert text.endswith("▲ LONG BTC/USDT 0.5926")
    trade = shown(
        event="TRADE", action="exit", position_side="LONG", qty=0.01, symbol="BTC/USDT",
        price=64100.0, pnl=-12.3456789, message="exit LONG 0.01 BTC/USDT 64100.0 pnl -12.3456789",
    )  # fmt: skip
    assert trade.endswith("▼ exit LONG 0.01 BTC/USDT 64,100 pnl -12.35 USDT".replace("▼", "▲"))


def test_text_of_several_rows_is_shown_as_such() -> None:
    text = shown(message="first\r\nsecond\n  third\n", prompt="buy?\nsell?", x=1)
    assert text.split("\n") == [
        "2026-11-21 02:00:00.123Z INFO               first  x=1",
        "    second",
        "      third",
        "    prompt:",
        "      buy?",
        "      sell?",
    ]


def test_a_row_of_a_text_cannot_pass_for_a_line() -> None:
    forged = "x\n2026-11-21 02:00:00.123Z INFO  TRADE   fake"
    for fields in (
        {"message": forged},
        {"reason": forged},
        {"exception": exception(message=forged)},
    ):
        rows = shown(**fields).split("\n")
        assert all(row.startswith("    ") for row in rows[1:])


def test_times_are_those_of_the_reader() -> None:
    data = orjson.dumps(line(event="HEARTBEAT", last_candle_ts=1_795_170_882_139))
    text = Renderer(clock=ReaderClock(parse_time_zone("Asia/Seoul")))(data)
    assert text.startswith("2026-11-21 11:00:00.123+09:00 INFO")
    assert "last_candle_ts=2026-11-20T19:34:42+09:00" in text


def test_a_traceback_marks_the_part_that_raised() -> None:
    frame = {"file": "bot.py", "line": 12, "function": "place", "code": "send(order) + 1"}
    rows = shown(exception=exception(frames=[{**frame, "marks": [0, 11]}])).split("\n")
    assert rows[3:5] == ["        send(order) + 1", "        ^^^^^^^^^^^"]
    for marks in ([0], [3, 1], [0, 99], ["0", 2], "01", [-1, 2]):
        rows = shown(exception=exception(frames=[{**frame, "marks": marks}])).split("\n")
        assert not any("^" in row for row in rows)


def test_a_folded_traceback_is_one_row() -> None:
    data = exception(cause=exception(), frames=exception()["frames"] * 3)
    fold = Renderer(clock=UTC, full=False)
    assert fold(line(message="failed", exception=data)).split("\n")[1:] == [
        "    KeyError: 'USDT'  (bot.py:12 in place, 3 frames; --full opens it)"
    ]
    assert fold(line(exception=exception(frames=[]))).split("\n")[1:] == ["    KeyError: 'USDT'"]
    assert "1 frames" not in fold(line(exception=exception()))


def test_only_the_chosen_fields_are_shown() -> None:
    only = Renderer(clock=UTC, fields=("seq", "env", "none"))
    assert only(line(x=1)).endswith("hello  seq=7 env=testnet")


def test_values_that_nearly_all_lines_have_are_left_out() -> None:
    text = shown(event="LIFECYCLE", message="startup", version="unknown", settings_hash="ab")
    assert text.endswith("LIFECYCLE    startup")
    text = shown(event="HEARTBEAT", message="HEARTBEAT", dropped_logs=2, queue_depth=0)
    assert text.endswith("dropped_logs=2")
    assert shown(version="unknown").endswith("version=unknown")


def test_an_amount_in_a_summary_names_its_currency_once() -> None:
    text = shown(event="EQUITY", message="64549.58 USDT", equity=64_549.58, quote="USDT")
    assert "64,549.58 USDT" in text
    assert text.count("USDT") == 1
