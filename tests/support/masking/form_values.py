"""Words and makers of values for the forms of secrets."""

# ruff: noqa: SIM905 - tables of words
from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from tests.support.masking.maker import Maker

ENGLISH = (
    "abandon ability able about above absent absorb abstract absurd abuse access "
    "accident account accuse achieve acid acoustic acquire across act action actor "
    "actress actual adapt add addict address adjust admit adult advance advice "
    "aerobic affair afford afraid again age agent agree ahead aim air airport aisle "
    "alarm album alcohol alert alien all alley allow almost alone alpha already also "
    "alter always amateur amazing among amount amused analyst anchor ancient anger "
    "angle angry animal ankle "
).split()
SPANISH = (
    "ábaco abdomen abeja abierto abogado abono aborto abrazo abrir abuelo abuso "
    "acabar academia acceso acción aceite acelga acento aceptar ácido aclarar acné "
    "acoger acoso activo acto actriz actuar acudir acuerdo acusar adicto admitir "
    "adoptar adorno aduana "
).split()
JAPANESE = (
    "あいこくしん あいさつ あいだ あおぞら あかちゃん あきる あけがた あける あこがれる あさい あさひ あしあと あじわう あずかる あずき あそぶ "
).split()
KOREAN = (
    "가격 가끔 가난 가능 가득 가르침 가뭄 가방 가상 가슴 가운데 가을 가이드 가입 가장 가정 가족 가죽 각오 각자 "
).split()
CHINESE = ("的 一 是 在 不 了 有 和 人 这 中 大 为 上 个 国 我 以 要 他 ").split()


def words_of(words: list[str]) -> Callable[[Maker], str]:
    return lambda make: " ".join(make.random.sample(words, 12))


def hex_key(make: Maker) -> str:
    return make.hex(64)


def api_key(make: Maker) -> str:
    return make.random.choice([make.b62(40), make.hex(64), make.b64url(43), make.b62(64)])


def password(make: Maker) -> str:
    return (
        make.of("abcdefghijkmnpqrstuvwxyz", 6)
        + make.of("23456789", 3)
        + make.random.choice(["", "x", "K"])
    )


def checked(prefix: bytes, size: int) -> Callable[[Maker], str]:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

    def made(make: Maker) -> str:
        raw = prefix + make.random.randbytes(size)
        raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
        number, text = int.from_bytes(raw, "big"), ""
        while number:
            number, rest = divmod(number, 58)
            text = alphabet[rest] + text
        return text

    return made


def byte_list(make: Maker) -> str:
    return ", ".join(str(byte) for byte in make.random.randbytes(64))


def bech32(make: Maker) -> str:
    return make.of("023456789acdefghjklmnpqrstuvwxyz", 58)


def base64_lines(make: Maker) -> str:
    return base64.b64encode(make.pem().encode()).decode()
