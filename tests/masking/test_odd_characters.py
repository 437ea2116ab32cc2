"""Invisible characters, full-width letters and letters in pieces in names and before operators."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest

from logging_kit import mask
from logging_kit.masking import Masker
from tests.support.masking.maker import Maker

V = Maker(41).b62(36)


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "zero-width space": lambda name: f"{name[:3]}\u200b{name[3:]}",
    "zero-width joiner at the end": lambda name: f"{name}\u200d",
    "right-to-left override": lambda name: f"\u202e{name}\u202c",
    "soft hyphen": lambda name: f"{name[:2]}\u00ad{name[2:]}",
    "byte order mark": lambda name: f"\ufeff{name}",
    "variation selector": lambda name: f"{name}\ufe0f",
    "NUL": lambda name: f"{name[:2]}\x00{name[2:]}",
    "control character": lambda name: f"{name}\x08",
    "full width": full_width,
    "NFD": lambda name: unicodedata.normalize("NFD", name),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "name", ["api_key", "password", "contraseña", "비밀번호", "パスワード", "пароль"]
)
def test_a_name_is_recognised_in_every_spelling(spelling: str, name: str) -> None:
    spelled = SPELLINGS[spelling](name)
    assert mask({spelled: V, "symbol": "BTC"}) == {spelled: "***", "symbol": "BTC"}
    for operator in (": ", "=", " \u200b= ", "：", "＝"):
        text = f"ETH {spelled}{operator}{V} end"
        assert mask(text) == f"ETH {spelled}{operator}*** end"


@pytest.mark.parametrize(
    "encoded", [f"api_key={V}".encode("utf-16-le"), f"x: secret={V}".encode("utf-16-be")]
)
def test_utf_16_that_was_read_as_latin_1_is_masked(encoded: bytes) -> None:
    shown = mask(encoded.decode("latin-1")).replace("\x00", "")
    assert V not in shown
    assert V[:8] not in shown


def test_an_environment_keeps_its_other_variables() -> None:
    assert mask(f"A=1\x00API_KEY={V}\x00SYMBOL=X") == "A=1\x00API_KEY=***\x00SYMBOL=X"


@pytest.mark.parametrize(
    "text",
    [
        "BTC\u200b/USDT up",
        "ＢＴＣ 上昇",
        unicodedata.normalize("NFD", "매수 신호 발생"),
        "a\x00b",
        "naïve strategy",
        "\u200e64010.5",
    ],
)
def test_odd_texts_without_secrets_survive(text: str) -> None:
    assert Masker(mask_env=False).text(text) is text


@pytest.mark.parametrize(
    "name",
    [
        "пароль", "секретный ключ", "приватный ключ", "ключ API", "токен доступа", "сид-фраза", "contraseña", "clave secreta",
        "clave privada", "clave de API", "token de acceso", "frase de recuperación", "mot de passe", "clé secrète", "clé privée",
        "clé API", "phrase de récupération", "Passwort", "Kennwort", "geheimer Schlüssel", "privater Schlüssel", "API-Schlüssel",
        "senha", "chave secreta", "chave da API", "パスワード", "秘密鍵", "APIキー", "シークレットキー", "密码", "私钥", "API密钥",
        "助记词", "访问令牌", "비밀번호", "시크릿 키", "복구 문구",
    ],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}: {}", "{}={}", '"{}": "{}"', "{}：{}"])
def test_names_in_other_languages(name: str, frame: str) -> None:
    assert mask("ETH " + frame.format(name, V)) == "ETH " + frame.format(name, "***")
    assert mask({name: V}) == {name: "***"}


@pytest.mark.parametrize(
    "text",
    [
        "Der Schlüssel liegt auf dem Tisch", "Schlüssel: keiner", "le mot clé: bitcoin", "La clave: paciencia", "код ответа: 200",
        "ключ: BTC", "Код ошибки: 10013", "a chave é: disciplina", "подпись неверна", "コード: 200", "错误代码: 10013", "密码错误",
        "パスが見つかりません: /api/v3/order", "слово: да", "clave: BTC/USDT", "code postal: 75001", "비밀번호 변경 완료",
        "Ордер BTC/USDT исполнен по 64010.5", "Order ausgeführt: 0.01 BTC zu 64010.5", "Ordre exécuté à 64010,5 €",
        "Orden ejecutada: comprar 0.01 BTC", "Ordem executada: 0,01 BTC", "注文が約定しました: 0.01 BTC", "订单已成交：0.01 BTC",
        "주문 체결: 0.01 BTC",
    ],
)  # fmt: skip
def test_sentences_in_other_languages_survive(text: str) -> None:
    assert mask(text) is text
