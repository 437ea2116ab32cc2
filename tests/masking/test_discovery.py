"""Discovery of secrets in the environment."""

from __future__ import annotations

import pytest

from logging_kit.masking.discovery import from_environment
from logging_kit.masking.rules.names import Names
from tests.support.masking.maker import Maker

MAKE = Maker(17)
WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
SECRETS = {
    "PK": f"0x{MAKE.hex(64)}",
    "EVM_PK": MAKE.hex(64),
    "WALLET_PK": MAKE.b58(88),
    "HOT_WALLET_SK": MAKE.b58(88),
    "SEED": WORDS,
    "WALLET_SEED": MAKE.hex(64),
    "OKX_PASS": "Tr4ding!x",
    "SMTP_PASS": "pa55!word",
    "PGPASSWORD": "hunter42x",
    "MYSQL_PWD": "hunter42x",
    "TG_BOT": f"{MAKE.of('123456789', 10)}:AA{MAKE.b64url(33)}",
    "REDISCLI_AUTH": f"hunt{MAKE.b62(9)}3",
    "BINANCE_API": MAKE.b62(64),
    "BYBIT_APIKEY": MAKE.b62(18),
    "ETH_PRIVATE": MAKE.hex(64),
    "GH_PAT": MAKE.b62(40),
    "OTP_SEED": MAKE.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32),
    "JWT": MAKE.jwt(),
    "API": MAKE.b62(40),
    "HMAC": MAKE.hex(64),
    "AWS_SECRET_ACCESS_KEY": MAKE.b64(30),
    "KUCOIN_PASSPHRASE": "Blue-Tulip-42",
}
PARTS = {
    "BASIC_AUTH": ("bot:{}", MAKE.b62(12)),
    "MONGO": ("mongodb://bot:{}@db.example.com/x", MAKE.b62(12)),
    "HTTPS_PROXY": ("http://kim:{}@proxy.example.com:8080", MAKE.b62(12)),
}
HARMLESS = {
    "SIGNING_KEY": "ed25519",
    "SESSION_KEY": "asia-2026-11-21",
    "PUBLIC_KEY": MAKE.b58(44),
    "WALLET_PUBLIC_KEY": f"0x{MAKE.hex(40)}",
    "GPG_KEY": MAKE.hex(40).upper(),
    "API_SECRET": "your_api_secret_here",
    "API_KEY": "<your-api-key>",
    "API_KEY_2": "${API_KEY}",
    "API_KEY_3": "xxxxxxxxxxxxxxxx",
    "API_KEY_4": "INSERT_KEY_HERE",
    "TOKEN": "changeme",
    "JWT_ALGORITHM": "HS256",
    "ENCRYPTION_KEY": "aes-256-gcm",
    "SORT_KEY": "volume_desc",
    "CACHE_KEY": "btc:1h:ema",
    "SEED": "42",
    "AUTH": "enabled",
    "COOKIE": "true",
    "SSH_AUTH_SOCK": "/tmp/ssh-abc123/agent.77",
    "PRIVATE_KEY": "./keys/bot.pem",
    "TOKEN_ADDRESS": f"0x{MAKE.hex(40)}",
    "SECRET_NAME": "prod/bot/binance-1",
    "SESSION_TOKEN": "london-2026-11",
    "BASIC_AUTH": "user:password",
    "SECRET_KEY": "test-secret-key",
    "GIT_COMMIT": MAKE.hex(40),
    "HOSTNAME": MAKE.hex(12),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_discovered(name: str) -> None:
    assert (SECRETS[name], name) in from_environment({name: SECRETS[name]}, Names())


@pytest.mark.parametrize("name", PARTS)
def test_the_password_in_a_value_is_discovered(name: str) -> None:
    frame, password = PARTS[name]
    assert list(from_environment({name: frame.format(password)}, Names())) == [(password, name)]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_value_that_is_no_secret_is_left_alone(name: str) -> None:
    assert list(from_environment({name: HARMLESS[name]}, Names())) == []
