"""Discovery of secrets in the environment, in settings objects and in ccxt clients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from .acceptance import ignore_discovered
from .rules.names import HARMLESS, KEYISH, STRONG, Names, words
from .rules.token_formats import find_formats

_STRONG_TAILS: Final = frozenset(
    [
        "pass",
        "passwd",
        "password",
        "pwd",
        "passphrase",
        "secret",
        "token",
        "credential",
        "credentials",
        "mnemonic",
        "pin",
        "pat",
        "pgpassword",
        "mnemonics",
    ]
)
_SECRET_TAILS: Final = frozenset(
    [
        "key",
        "sk",
        "pk",
        "priv",
        "private",
        "seed",
        "auth",
        "api",
        "jwt",
        "hmac",
        "totp",
        "otp",
        "cookie",
        "session",
        "signature",
        "license",
        "dsn",
        "wif",
        "xprv",
        "keypair",
        "privkey",
        "pvk",
        "prv",
    ]
)
"""Last words of names under which an opaque value is a secret."""

_PUBLIC: Final = frozenset(
    [
        "public",
        "pub",
        "publishable",
        "address",
        "addr",
        "id",
        "ids",
        "name",
        "user",
        "username",
        "login",
        "host",
        "hostname",
        "url",
        "uri",
        "path",
        "file",
        "dir",
        "version",
        "hash",
        "sha",
        "commit",
        "branch",
        "fingerprint",
    ]
)
_FINGERPRINTS: Final = frozenset(("gpg", "pgp", "signing"))
_HEX_FINGERPRINT: Final = re.compile(
    r"(?:0x)?(?:[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{40})", re.IGNORECASE
)
_FOLDERS: Final = frozenset(("PWD", "OLDPWD"))
"""Folders of the shell, no passwords:
https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html."""

_DSN_NAME = re.compile(r"(?:URL|URI|DSN|PROXY)(?:_?\d+)?\Z")
_USERINFO = re.compile(r"://[^\s/@:]*:([^\s/]{1,256})@")
_LOGIN_PAIR: Final = re.compile(r"[^\s:@/]{1,64}:([^\s@/][^\s]{3,255})")
_MNEMONIC: Final = re.compile(r"[^\W\d_]+(?:\s+[^\W\d_]+){11,24}")
_MAX_DEPTH: Final = 6
_MAX_ITEMS: Final = 5_000


def from_environment(environment: Mapping[str, str], names: Names) -> Iterator[tuple[str, str]]:
    """Yield value and name of each secret in the environment.

    A value is a secret by its name, or if it holds a token of a known format, or as the password
    in an address.

    Args:
        environment: Names and values.
        names: Rules about names.
    """
    for name, value in environment.items():
        if name.upper() in _FOLDERS or not value.strip():
            continue
        if "://" in value:
            yield from _passwords(name, value)
        for start, end, _ in find_formats(value):
            if end - start >= 16:
                yield value[start:end], name
        yield from _by_name(name, value, names)


def _by_name(name: str, value: str, names: Names) -> Iterator[tuple[str, str]]:
    parts = words(name)
    name_class = _class_in_environment(name, parts, names)
    stripped = value.strip()
    if name_class == HARMLESS:
        return
    if _FINGERPRINTS.intersection(parts) and _HEX_FINGERPRINT.fullmatch(stripped):
        return
    if parts[-1] == "auth" and (pair := _LOGIN_PAIR.fullmatch(stripped)) is not None:
        if not ignore_discovered(pair[1], STRONG):
            yield pair[1], name
        return
    if parts[-1] == "seed" and _MNEMONIC.fullmatch(stripped):
        yield stripped, name
        return
    if not ignore_discovered(value, name_class) and not _is_path(value):
        yield stripped, name


def _class_in_environment(name: str, parts: list[str], names: Names) -> int:
    """Return the class of a variable's name; short names such as `OKX_PASS` count only here."""
    name_class: int = names.classify(name)
    if not parts or _PUBLIC.intersection(parts):
        return name_class
    tails = parts[-2:]
    if tails == ["rediscli", "auth"] or _STRONG_TAILS.intersection(parts[-1:]):
        return STRONG
    if name_class != HARMLESS:
        return name_class
    if _STRONG_TAILS.intersection(tails):
        return STRONG
    joined = "".join(parts)
    if joined.endswith(("password", "passwd", "pwd", "secret", "token", "passphrase", "pass")):
        return STRONG
    if _SECRET_TAILS.intersection(tails) or joined.endswith(("key", "auth")):
        return KEYISH
    return HARMLESS


def _is_path(value: str) -> bool:
    """Return True if a value names something on this machine, such as a file with the secret."""
    try:
        return Path(value).is_absolute() and Path(value).exists()
    except (OSError, ValueError):
        return False


def _passwords(name: str, value: str) -> Iterator[tuple[str, str]]:
    for match in _USERINFO.finditer(value):
        if not ignore_discovered(match[1], STRONG):
            yield match[1], name


def from_object(source: object, names: Names) -> list[tuple[str, str]]:
    """Return value and name of each secret in a mapping, settings object or ccxt client.

    Args:
        source: The object. Only its data is read: attributes, items and `get_secret_value`. No
            other method of it is called.
        names: What is a secret's name here.
    """
    found: dict[str, str] = {}
    seen: set[int] = set()
    budget = [_MAX_ITEMS]

    def visit(value: object, name: str, name_class: int, depth: int) -> None:
        budget[0] -= 1
        if depth > _MAX_DEPTH or budget[0] < 0 or value is None or isinstance(value, bool):
            return
        reveal = getattr(type(value), "get_secret_value", None) or getattr(
            type(value), "reveal", None
        )
        if callable(reveal):
            visit(reveal(value), name, STRONG, depth + 1)
        elif isinstance(value, (bytes, bytearray)):
            visit(bytes(value).decode("utf-8", "replace"), name, name_class, depth)
        elif isinstance(value, str):
            if _DSN_NAME.search(name.upper()) or "://" in value:
                found.update(_passwords(name, value))
            if name_class != HARMLESS and not ignore_discovered(value, name_class):
                found.setdefault(value.strip(), name)
        elif isinstance(value, (int, float)):
            if name_class == STRONG:
                visit(str(value), name, name_class, depth)
        elif id(value) not in seen:
            seen.add(id(value))
            for key, item in _items(value, depth):
                if key:
                    child = names.classify(key)
                else:
                    child = HARMLESS
                visit(item, key or name, STRONG if name_class == STRONG else child, depth + 1)

    visit(source, "", HARMLESS, 0)
    return list(found.items())


def _items(value: object, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from (
            (key if isinstance(key, str) else str(key), item) for key, item in list(value.items())
        )
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from (("", item) for item in value)
    elif (
        depth == 0
        or hasattr(value, "__dataclass_fields__")
        or hasattr(value, "__pydantic_fields__")
    ):
        held = dict(getattr(value, "__dict__", None) or {})
        for cls in type(value).__mro__ if not isinstance(value, type) else ():
            slots = cls.__dict__.get("__slots__", ())
            for slot in (slots,) if isinstance(slots, str) else slots:
                if hasattr(value, slot):
                    held[slot] = getattr(value, slot)
        yield from ((str(key), item) for key, item in held.items() if not callable(item))
