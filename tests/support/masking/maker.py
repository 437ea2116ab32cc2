"""Makes secrets of every usual shape from a seed, so that none of them stands in a file."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import string
import uuid

B62 = string.ascii_letters + string.digits
B64URL = B62 + "-_"
B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
HEX = "0123456789abcdef"


class Maker:
    """Makes values from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def of(self, alphabet: str, size: int) -> str:
        while True:
            text = "".join(self.random.choices(alphabet, k=size))
            digits = sum(char.isdigit() for char in text)
            if size < 8 or (
                0 < digits < size
                or alphabet.isdigit()
                or not any(char.isdigit() for char in alphabet)
            ):
                return text

    def b62(self, size: int = 64) -> str:
        return self.of(B62, size)

    def hex(self, size: int = 64) -> str:
        return self.of(HEX, size)

    def b64url(self, size: int = 43) -> str:
        return self.random.choice(B62) + self.of(B64URL, size - 2) + self.random.choice(B62)

    def b64(self, size: int = 64) -> str:
        return base64.b64encode(self.random.randbytes(size)).decode()

    def b58(self, size: int) -> str:
        return self.of(B58, size)

    def upper(self, size: int) -> str:
        return self.of(string.ascii_uppercase + string.digits, size)

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def password(self) -> str:
        return self.random.choice(
            [
                self.of(string.ascii_letters, 5) + "!" + self.of(string.digits, 4),
                self.of(string.ascii_lowercase, 7) + self.of(string.digits, 3),
                self.of(B62 + "!$%^*+~", 14) + "7",
                "Tr0ub" + self.of(B62, 6),
            ]
        )

    def words(self, count: int = 12) -> str:
        return " ".join(
            "".join(self.random.choices(string.ascii_lowercase, k=self.random.randint(3, 8)))
            for _ in range(count)
        )

    def jwt(self) -> str:
        def part(value: object) -> str:
            return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

        return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': self.b62(12), 'exp': 1795226400})}.{self.b64url(43)}"

    def wif(self) -> str:
        raw = b"\x80" + self.random.randbytes(32) + b"\x01"
        raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
        number, text = int.from_bytes(raw, "big"), ""
        while number:
            number, rest = divmod(number, 58)
            text = B58[rest] + text
        return text

    def pem(self) -> str:
        body = base64.b64encode(self.random.randbytes(144)).decode()
        lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
        kind = self.random.choice(["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "])
        return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"

    def symbol(self) -> str:
        return self.random.choice(
            [
                "BTC/USDT",
                "ETH/USDT:USDT",
                "KRW-BTC",
                "SOLUSDT",
                "1000SHIB/USDT",
                "BTC-27NOV26-90000-C",
                "XBT/USD",
            ]
        )


def secret_values(make: Maker) -> list[str]:
    """A credential of each usual shape."""
    return [
        make.b62(64), make.hex(64), make.hex(32), make.b64(64), make.b64url(43), make.uuid(), make.b62(18), make.upper(20),
        make.password(), make.b62(32),
    ]  # fmt: skip
