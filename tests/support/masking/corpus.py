"""A generated corpus of secrets that must disappear and of values that must survive.

Every value is made at run time from a seed. A case is a name with a value, or a text; each is wrapped in every way in
which it may reach a log.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from logging_kit.events.catalogue import CATALOGUE
from tests.support.masking.field_names import (
    DESCRIBING_NAMES,
    KEYISH_NAMES,
    STRONG_NAMES,
    WEAK_NAMES,
)
from tests.support.masking.maker import Maker, secret_values


class Case(NamedTuple):
    """A logged value, with the texts that must be hidden and those that must be kept."""

    rule: str
    hide: bool
    name: str
    value: Any
    text: str
    secrets: tuple[str, ...]
    kept: tuple[str, ...]


class Entry(NamedTuple):
    """A case in one wrapping: the message, the fields and perhaps an exception of one call."""

    case: Case
    wrapping: str
    message: str
    fields: dict[str, Any]
    error: BaseException | None = None


def harmless_values(make: Maker) -> list[Any]:
    """A value of each kind that a bot logs and that must survive."""
    return [
        make.uuid(), make.hex(64), "0x" + make.hex(64), "0x" + make.hex(40), make.hex(40), make.hex(7), make.b58(44), make.b58(88),
        make.b64(24), make.symbol(), make.of(string.digits, 19), "x-" + make.b62(8) + make.of(string.digits, 12), make.upper(26),
        f"grid-btc-{make.of(string.digits, 13)}", "2026-11-21T02:00:00.123456Z", "/api/v3/order", "https://api.binance.com/api/v3/order",
        "bc1q" + make.of("023456789acdefghjklmnpqrstuvwxyz", 38), "OUF4EM-FRGI2-MQMWZD", "ema 12 crossed 26 at 64010.5",
        make.b62(22), "v1.2.3-rc.4+" + make.hex(7), "wss://stream.binance.com:9443/ws/btcusdt@trade", 64010.5, 42, -1, True, None, "",
    ]  # fmt: skip


def _field(rule: str, hide: bool, name: str, value: Any) -> Case:
    shown = value if isinstance(value, str) else json.dumps(value)
    return Case(rule, hide, name, value, "", (shown,) if hide else (), () if hide else (shown,))


def field_cases(make: Maker) -> Iterator[Case]:
    """Names with values, for the layer of names."""
    for name in STRONG_NAMES:
        values = secret_values(make)
        for value in make.random.sample(values, 2):
            yield _field("strong name", True, name, value)
    for name in ("password", "pin", "otp", "api_secret"):
        yield _field("number under a strong name", True, name, int(make.of("123456789", 8)))
        for value in (None, True, False, ""):
            yield _field("nothing under a strong name", False, name, value)
    yield _field("container under a strong name", True, "credentials", make.b62(24))
    for name in WEAK_NAMES:
        for value in (make.hex(64), make.b62(40), make.b64(64), make.uuid(), make.jwt()):
            yield _field("weak name", True, name, value)
        for value in (
            "BTC",
            1234,
            -1,
            "asia",
            "0x" + make.hex(40),
            "london-open-2026-11-21",
            "/api/v3/order",
            "https://x.example/a1b2c3d4e5",
        ):
            yield _field("weak name", False, name, value)
    for name in KEYISH_NAMES:
        yield _field("keyish name", True, name, make.b62(64))
        for value in (make.hex(64), make.uuid(), "btc:1h:ema", "BTC/USDT", 7):
            yield _field("keyish name", False, name, value)
    for name in DESCRIBING_NAMES:
        for value in make.random.sample(harmless_values(make), 3):
            yield _field("describing name", False, name, value)
    for event in CATALOGUE.values():
        for field in event.fields.values():
            choices = list(field.choices) or harmless_values(make)[:20]
            yield _field(f"field of {event.name}", False, field.name, make.random.choice(choices))
    for value in harmless_values(make):
        yield _field(
            "harmless value",
            False,
            make.random.choice(["order_id", "reason", "note", "cursor", "hash", "tx", "id"]),
            value,
        )
    for path in (
        "/run/secrets/binance",
        "~/.ssh/id.pem",
        "./config/secrets.toml",
        "/etc/ssl/private/bot.key",
    ):
        yield _field(
            "path under a strong name",
            False,
            make.random.choice(["private_key", "api_secret", "password"]),
            path,
        )


Text = tuple[str, Callable[[Maker], str]]


def _any(make: Maker) -> str:
    return make.random.choice(secret_values(make))


def _long(make: Maker) -> str:
    return make.random.choice(
        [make.b62(64), make.hex(64), make.b64url(43), make.hex(32), make.b62(40)]
    )


ASSIGNMENTS: tuple[str, ...] = (
    "api_key={v}", "api_key = {v}", "api_key: {v}", 'api_key="{v}"', "api_key='{v}'", "'api_key': '{v}'", '"api_key": "{v}"',
    '"api_key":"{v}"', "apiKey => '{v}'", "'apiKey' => \"{v}\"", "api_key := {v}", "API_KEY ?= {v}", "export API_SECRET={v}",
    "set API_SECRET={v}", "$env:API_SECRET = \"{v}\"", "--api-key {v}", "--api-key={v}", "--secret '{v}'", "-password {v}",
    "('api_key', '{v}')", '["X-MBX-APIKEY", "{v}"]', "(b'X-MBX-APIKEY', b'{v}')", "<apiKey>{v}</apiKey>",
    '<password encrypted="false">{v}</password>', '<add key="ApiKey" value="{v}"/>', "{{\\\"api_key\\\": \\\"{v}\\\"}}",
    "{{\\\\\\\"secret\\\\\\\":\\\\\\\"{v}\\\\\\\"}}", "X-MBX-APIKEY: {v}", "X-BAPI-API-KEY: {v}\r\nHost: api.bybit.com",
    "Authorization: Bearer {v}", '"Authorization": "Bearer {v}"', "authorization=Token {v}", "password={v};Server=db1",
    "host=db user=bot password={v} dbname=trades", "?apiKey={v}&symbol=BTCUSDT", "&secret={v}", "api_key%3D{v}%26symbol%3DBTC",
    "%22api_key%22%3A%22{v}%22", "Config(api_key='{v}', symbol='BTC/USDT')", "{{APIKey:{v} Symbol:BTC}}", "api_key -> {v}",
    "API Key: {v}", "API key = {v}", "Secret Key: {v}", "API 키: {v}", "API키={v}", "비밀번호: {v}", "시크릿키 : {v}",
    "password:{v}", "SecretStr('{v}')", "secret=SecretStr('{v}')", "\x1b[36mapi_key\x1b[0m=\x1b[35m{v}\x1b[0m", "config.api_key = '{v}'",
    "headers['X-MBX-APIKEY'] = '{v}'", 'os.environ["API_SECRET"] = "{v}"', "api_key: str = '{v}'", "machine x login bot password {v}",
    "access_token={v}", "refresh_token: '{v}'", "listenKey={v}", "passphrase={v}", "client_secret={v}", "{{'password': '{v}'}}",
    "**API Key**: `{v}`", 'name="api_key"\r\n\r\n{v}\r\n--x', '{{"name": "api_key", "value": "{v}"}}', "api_key:\n  '{v}'",
    "dict(apiKey='{v}', secret='{v}')", "'apiKey', '{v}'", ":api_key => '{v}'", "api_key <- \"{v}\"", "private_key=0x{v}",
)  # fmt: skip
"""Syntaxes of a value after its name."""

LONG_CONTEXTS: tuple[str, ...] = (
    "invalid api key {v}", "using api key {v} for testnet", "the access token is {v}", "secret key is {v}", "Bearer {v}",
    "bot token {v} rejected", "api key '{v}' is invalid", "API key ({v}) expired", "?symbol=BTCUSDT&signature={v}",
    "signature={v}", "X-BAPI-SIGN: {v}", "'sign': '{v}'", "token={v}", '"token": "{v}"', "Cookie: session={v}; theme=dark",
    "Set-Cookie: sid={v}; Path=/; HttpOnly", '{{"op":"auth","args":["{v}",1662350400000,"{v}"]}}',
    '{{"op": "login", "args": [{{"apiKey": "{v}", "timestamp": "1"}}]}}',
)  # fmt: skip

PASSWORD_CONTEXTS: tuple[str, ...] = (
    "postgres://bot:{v}@db.example.com:5432/trades", "redis://:{v}@cache:6379/0", "https://user:{v}@proxy.example.com/x",
    "mongodb+srv://bot:{v}@cluster0.example.net/?retryWrites=true", "curl -u bot:{v} https://x.example/api", "password is {v}",
    "curl --user 'bot:{v}' https://x.example", "IDENTIFIED BY '{v}'", "sshpass -p {v} ssh bot@host", "proxy bot:{v}@10.0.0.1:8080",
)  # fmt: skip

FORMATS: tuple[Text, ...] = (
    ("openai", lambda m: "sk-" + m.b62(48)),
    ("openai", lambda m: "sk-proj-" + m.b64url(120)),
    ("anthropic", lambda m: "sk-ant-api03-" + m.b64url(93) + "AA"),
    ("google", lambda m: "AIza" + m.b64url(35)),
    ("aws", lambda m: "AKIA" + m.of(string.ascii_uppercase + "234567", 16)),
    ("github", lambda m: "ghp_" + m.b62(36)),
    ("github", lambda m: "github_pat_" + m.b62(22) + "_" + m.b62(59)),
    ("slack", lambda m: f"xoxb-{m.of(string.digits, 12)}-{m.of(string.digits, 12)}-{m.b62(24)}"),
    (
        "slack webhook",
        lambda m: f"https://hooks.slack.com/services/T{m.upper(8)}/B{m.upper(8)}/{m.b62(24)}",
    ),
    ("stripe", lambda m: "sk_live_" + m.b62(24)),
    ("hugging face", lambda m: "hf_" + m.of(string.ascii_letters, 34)),
    ("telegram", lambda m: f"{m.of('123456789', 10)}:AA{m.b64url(33)}"),
    (
        "telegram url",
        lambda m: (
            f"https://api.telegram.org/bot{m.of('123456789', 10)}:AA{m.b64url(33)}/sendMessage"
        ),
    ),
    ("gitlab", lambda m: "glpat-" + m.b64url(20)),
    ("npm", lambda m: "npm_" + m.b62(36)),
    ("pypi", lambda m: "pypi-AgEIcHlwaS5vcmc" + m.b64url(80)),
    ("sendgrid", lambda m: f"SG.{m.b64url(22)}.{m.b64url(43)}"),
    ("grafana", lambda m: f"glsa_{m.b62(32)}_{m.hex(8)}"),
    ("groq", lambda m: "gsk_" + m.b62(52)),
    ("xai", lambda m: "xai-" + m.b62(80)),
    ("jwt", lambda m: m.jwt()),
    (
        "discord webhook",
        lambda m: f"https://discord.com/api/webhooks/{m.of('123456789', 18)}/{m.b64url(68)}",
    ),
    ("pem", lambda m: m.pem()),
    ("wif", lambda m: m.wif()),
    ("xprv", lambda m: "xprv9" + m.b58(106)),
    ("bitget", lambda m: "bg_" + m.hex(32)),
)

PROSE: tuple[str, ...] = (
    "password: required", "authorization: granted", "auth ok", "token expired", "session=asia", "tokens=1234", "token='BTC'", "sign=-1",
    "api_key=cfg.api_key", "api_key=None", "secret: null", "password reset requested", "the api key is valid", "invalid signature",
    "signal LONG BTC/USDT confidence 0.91", "position opened at 64010.5", "next_page_token=abc", "key: BTC/USDT", "keyboard interrupt",
    "passed 12 of 12 checks", "author: someone", "API key expires 2026-11-21", "secret rotation done", "token 0x{addr}", "tx 0x{hash}",
    "order {uuid} filled", "commit {sha}", "cursor={cursor}", "wss://stream.binance.com:9443/ws/btcusdt@trade", "see https://medium.com/@bot",
    "mail bot@example.com", "GET /api/v3/order?symbol=BTCUSDT&limit=500 200", "client = Client(api_key=API_KEY, secret=self.secret)",
    "raise AuthError('bad key')", "KeyError: 'price'", "api_key=%s", "token={{}}", "암호화폐 시장 개장", "비밀번호 변경 완료", "토큰 가격 상승",
    "pinging api.binance.com", "spin 4", "PINE script 5", "password must be at least 8 characters", "cookie consent given", "bearer of news",
    "Basic plan", "3 api keys loaded", "mint {mint} bought", "block hash {hash}", "wallet {addr}", "swap tx {sig} confirmed",
    "user login ok", "docker run -p 8080:8080 app", "ratio a:b@c", "time 12:30:45", "basic auth enabled", "step 3/7: sign in",
    "public key {mint}", "key={uuid}", "idempotency_key={b62}", "cache key user:42:orders",
)  # fmt: skip


def text_cases(make: Maker) -> Iterator[Case]:
    """Texts, for the layers of contexts and formats."""
    for contexts, value_of in (
        (ASSIGNMENTS, _any),
        (LONG_CONTEXTS, _long),
        (PASSWORD_CONTEXTS, Maker.password),
    ):
        for template in contexts:
            for _ in range(2):
                value = value_of(make)
                if contexts is PASSWORD_CONTEXTS:
                    value = value.replace("%", "x").replace("^", "y")
                secret = value
                if "%3A" in template or "%3D" in template:
                    value = quote(value, safe="")
                symbol = make.symbol()
                text = f"{symbol} {template.format(v=value)}"
                yield Case(
                    f"context {template}",
                    True,
                    "",
                    None,
                    text,
                    (value, secret) if value != secret else (value,),
                    (symbol,),
                )
    for rule, form in FORMATS:
        for frame in ("{v}", "sent {v} to server", "url={v}", "[{v}]", '"{v}"'):
            value = form(make)
            secret = (
                value.rpartition("/")[2]
                if "webhook" in rule
                else value.split("/bot")[-1].split("/")[0]
                if rule == "telegram url"
                else value
            )
            yield Case(
                f"format {rule}",
                True,
                "",
                None,
                "ETH/USDT " + frame.format(v=value),
                (secret,),
                ("ETH/USDT",),
            )
    for prose in PROSE:
        text = prose.format(
            addr=make.hex(40), hash=make.hex(64), uuid=make.uuid(), sha=make.hex(40), cursor=make.b64(24), mint=make.b58(44),
            sig=make.b58(88), b62=make.b62(20),
        )  # fmt: skip
        yield Case(f"prose {prose}", False, "", None, text, (), (text,))
    for value in harmless_values(make):
        if isinstance(value, str) and value:
            yield Case(
                "harmless value in a text",
                False,
                "",
                None,
                f"order {value} done",
                (),
                (f"order {value} done",),
            )


class _Holder:
    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __repr__(self) -> str:
        return f"Holder({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


def wrap(case: Case, make: Maker) -> Iterator[Entry]:
    """Every way in for a case."""
    near = {"symbol": "BTC/USDT", "n": 7}
    if case.text:
        text = case.text
        yield Entry(case, "message", text, dict(near))
        yield Entry(case, "field", "sent", near | {"detail": text})
        yield Entry(case, "json text", "got " + json.dumps({"msg": text, "n": 1}), dict(near))
        yield Entry(
            case,
            "json in json",
            "got",
            near | {"body": json.dumps({"msg": json.dumps({"inner": text})})},
        )
        yield Entry(case, "repr", f"got {text!r}", dict(near))
        yield Entry(case, "exception", "failed", dict(near), ValueError(text))
        yield Entry(
            case, "nested list", "got", near | {"items": [1, ["x", [text, {"deep": text}]]]}
        )
        return
    name, value = case.name, case.value
    if name == "symbol":
        near = {"market": "BTC/USDT", "n": 7}
    fields = near | {name: value}
    yield Entry(case, "field", "sent", fields)
    yield Entry(case, "nested list", "sent", near | {"items": [1, [{"x": 1, name: value}]]})
    yield Entry(
        case,
        "json text",
        "got " + json.dumps({name: value, "n": 1}, ensure_ascii=make.random.random() < 0.5),
        dict(near),
    )
    yield Entry(
        case,
        "json in json",
        "got",
        near | {"body": json.dumps({"a": json.dumps({"b": 1, name: value}, ensure_ascii=False)})},
    )
    yield Entry(case, "repr", f"got { ({'a': 1, name: value, 'b': 2})!r}", dict(near))
    yield Entry(case, "object", "got", near | {"thing": _Holder(**{name: value, "n": 1})})
    yield Entry(case, "exception", "failed", dict(near), RuntimeError({name: value}))
    if isinstance(value, str) and value and "<" not in value:
        yield Entry(
            case, "query", f"GET /x?{urlencode({'n': 1, name: value, 'm': 2})} 200", dict(near)
        )
        if case.hide:
            yield Entry(case, "pairs", "got", near | {"headers": [("Host", "x"), (name, value)]})
            yield Entry(case, "record", "got", near | {"rows": [{"name": name, "value": value}]})


def corpus(seed: int) -> Iterator[Entry]:
    """Every case of one seed in every wrapping."""
    make = Maker(seed)
    for case in (*field_cases(make), *text_cases(make)):
        yield from wrap(case, make)
