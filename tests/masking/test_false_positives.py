"""Values beside a secret are kept in every syntax, and so is text that only resembles an assignment."""

from __future__ import annotations

import base64
import json

import pytest

from logging_kit.masking import Masker
from logging_kit.masking.walk import masked
from tests.support.masking.maker import Maker

MAKE = Maker(31)
V = MAKE.b62(40)
HEX = MAKE.hex(40)
PW = "Hunter" + MAKE.of("123456789", 2) + "x"
B64 = base64.b64encode(MAKE.hex(32).encode()).decode()


@pytest.fixture
def masker() -> Masker:
    return Masker(mask_env=False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"api_key: {V} symbol=BTC/USDT", "api_key: *** symbol=BTC/USDT"),
        (f"X-API-KEY:{V} host=x", "X-API-KEY:*** host=x"),
        (f"password: {PW} user=kim", "password: *** user=kim"),
        (f"api_secret: {B64} side=buy", "api_secret: *** side=buy"),
        (f"api_key: str = '{V}'", "api_key: str = '***'"),
        (f"api_key: Optional[str] = '{V}'", "api_key: Optional[str] = '***'"),
        (f"['curl', '-u', 'user:{PW}', 'https://x']", "['curl', '-u', 'user:***', 'https://x']"),
        (
            f"- name: API_KEY\n  value: {V}\n- name: SYMBOL\n  value: BTC",
            "- name: API_KEY\n  value: ***\n- name: SYMBOL\n  value: BTC",
        ),
        (
            f'Authorization: Digest username="kim", realm="x", response="{MAKE.hex(32)}", uri="/a"',
            'Authorization: Digest username="kim", realm="x", response="***", uri="/a"',
        ),
        (f"텔레그램 토큰은 {MAKE.b62(24)}9a 입니다", "텔레그램 토큰은 *** 입니다"),
        ("비밀번호는 word." + MAKE.b62(8) + "7! 입니다", "비밀번호는 *** 입니다"),
        (f"Incorrect API key provided: {V}.", "Incorrect API key provided: ***."),
        (f"session id: {MAKE.hex(18)}", "session id: ***"),
        (f"{{'headers': {{'X-BM-KEY': '{HEX}'}}}}", "{'headers': {'X-BM-KEY': '***'}}"),
        (f"wss://mainnet.infura.io/ws/v3/{MAKE.hex(32)}", "wss://mainnet.infura.io/ws/v3/***"),
        (f"A=1\0API_KEY={V}\0SYMBOL=X", "A=1\0API_KEY=***\0SYMBOL=X"),
        (f"패스프레이즈: {PW}", "패스프레이즈: ***"),
        (
            f"8=FIX.4.4|35=A|49=BOT|553=kim|554={PW}|10=128|",
            "8=FIX.4.4|35=A|49=BOT|553=kim|554=***|10=128|",
        ),
        (
            f"8=FIX.4.4\x0135=A\x01554={PW}\x0110=128\x01",
            "8=FIX.4.4\x0135=A\x01554=***\x0110=128\x01",
        ),
        (
            f"redis://:{MAKE.b62(6)}9/{MAKE.b62(6)}@db-7.internal:6379/0",
            "redis://:***@db-7.internal:6379/0",
        ),
        (
            f"jdbc:oracle:thin:kim/{PW}@db.internal:1521:xe",
            "jdbc:oracle:thin:kim/***@db.internal:1521:xe",
        ),
        (f"Account.from_key('0x{MAKE.hex(64)}') ready", "Account.from_key('***') ready"),
        (f"netloc='kim:{V}@h.io'", "netloc='kim:***@h.io'"),
        (
            f"wss://x/stream?streams=btcusdt@trade/{MAKE.b62(64)}",
            "wss://x/stream?streams=btcusdt@trade/***",
        ),
        (f"send: 'AUTH PLAIN {B64}'", "send: 'AUTH PLAIN ***'"),
        (f"AUTH kim {V} ok", "AUTH kim *** ok"),
        (f"password_confirm={PW}&user=kim", "password_confirm=***&user=kim"),
    ],
)
def test_the_secret_goes_and_its_neighbours_stay(masker: Masker, text: str, shown: str) -> None:
    assert masker.text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "ValueError('invalid api_key', '-2015')",
        "('token_type=bearer', '77120')",
        "['X-MBX-APIKEY', 'X-MBX-USED-WEIGHT-1M']",
        "usage: bot <api_key> <secret> [--symbol X]",
        "Sets the 'Cookie:' header on request 12",
        "api_key=%(api_key)s",
        "8=FIX.4.4|35=8|37=1000000000000000501|11=a-554=7|55=BTC/USDT|",
        "GET https://api.x.com:443/v1/@kim?at=h.io:80",
        "https://x.com/a:b/c@d.io",
        f"Wallet('0x{MAKE.hex(40)}')",
        "mail to kim:desk1234@h.io is off",
        "AUTH needed for GET /api/v3/account",
        "token rejected: " + MAKE.uuid(),
        f"data='{base64.b64encode((MAKE.hex(24) + 'x').encode()).decode()[:-4]}aPw==', order='12345'",
    ],
)
def test_what_only_looks_like_its_place_survives(masker: Masker, text: str) -> None:
    assert masker.text(text) is text


@pytest.mark.parametrize(
    "line",
    [
        {"PASSWORD": PW, "symbol": "BTC"},
        {"note": json.dumps({"credentials": {"id": V, "x": HEX}, "symbol": "B"})},
        {"note": json.dumps({"api_keys": [V, HEX], "symbol": "B"})},
        {"note": f"시크릿은 {V}", "order_id": "77"},
        {
            "note": json.dumps(
                {
                    "url": f"https://hooks.slack.com/services/T{MAKE.b62(8)}/B{MAKE.b62(8)}/{MAKE.b62(24)}"
                }
            )
        },
        {"note": f"-----BEGIN PRIVATE KEY-----\n{MAKE.b64(48)}", "order_id": "77"},
        {"note": f"<Cookie sessionid={V} for host/>", "order_id": "77"},
    ],
)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_json_stays_json(masker: Masker, line: dict[str, str], times: int) -> None:
    text = json.dumps(line, ensure_ascii=False)
    for _ in range(times - 1):
        text = json.dumps({"inner": text}, ensure_ascii=False)
    out = masker.text(text)
    assert "***" in out
    assert V not in out
    shown = json.loads(out)
    for _ in range(times - 1):
        shown = json.loads(shown["inner"])
    assert shown.keys() == line.keys()
    assert shown.get("order_id") == line.get("order_id")


def test_each_line_of_a_cut_key_is_masked_also_with_quotes_between(masker: Masker) -> None:
    lines = [f"{MAKE.b64(48)[:64]}" for _ in range(3)]
    out = masker.text(repr(["-----BEGIN PRIVATE KEY-----", *lines]))
    assert not any(line in out for line in lines)


def test_masking_what_is_masked_changes_nothing_more(masker: Masker) -> None:
    once = masked({f"api_key={V}": 4022}, masker)
    assert masked(once, masker) == once
    assert list(once.values()) == [4022]


def test_a_mnemonic_over_several_lines_goes_whole(masker: Masker) -> None:
    words = [
        "abandon",
        "ability",
        "able",
        "about",
        "above",
        "absent",
        "absorb",
        "abstract",
        "absurd",
        "abuse",
        "access",
        "accident",
    ]
    text = f"{{'mnemonic': '{' '.join(words[:6])} '\n             '{' '.join(words[6:])}', 'symbol': 'BTC'}}"
    out = masker.text(text)
    assert not any(word in out for word in words)
    assert "'symbol': 'BTC'" in out
