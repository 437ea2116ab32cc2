"""Where secrets are found without being named one by one: the environment, settings objects, ccxt clients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from .acceptance import ignore_discovered
from .rules.names import HARMLESS, KEYISH, STRONG, Names

_ENVIRONMENT = re.compile(
    r"(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASS|PWD|PASSPHRASE|CREDENTIALS?|MNEMONIC|PIN)(?:_?\d+|_[A-Z0-9]+)?\Z"
)
_FOLDERS: Final = frozenset(("PWD", "OLDPWD"))
"""Where the shell is, and was: no password (https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html)."""

_DSN_NAME = re.compile(r"(?:URL|URI|DSN|PROXY)(?:_?\d+)?\Z")
_USERINFO = re.compile(r"://[^\s/@:]*:([^\s/]{1,256})@")
_MAX_DEPTH: Final = 6
_MAX_ITEMS: Final = 5_000


def from_environment(environment: Mapping[str, str], names: Names) -> Iterator[tuple[str, str]]:
    """Yield value and name of each secret in the environment, and the password of each address of a database."""
    for name, value in environment.items():
        upper = name.upper()
        if _DSN_NAME.search(upper):
            yield from _passwords(name, value)
        name_class = names.classify(name)
        if name_class == HARMLESS and _ENVIRONMENT.search(upper):
            name_class = KEYISH
        if name_class == HARMLESS or upper in _FOLDERS or ignore_discovered(value, name_class):
            continue
        if not _is_path(value):
            yield value.strip(), name


def _is_path(value: str) -> bool:
    """Whether it names something on this machine, such as the file with the secret."""
    try:
        return Path(value).is_absolute() and Path(value).exists()
    except (OSError, ValueError):
        return False


def _passwords(name: str, value: str) -> Iterator[tuple[str, str]]:
    for match in _USERINFO.finditer(value):
        if not ignore_discovered(match[1], STRONG):
            yield match[1], name


def from_object(source: object, names: Names) -> list[tuple[str, str]]:
    """Return value and name of each secret in a settings object, a mapping, a dataclass, a pydantic model or a ccxt client.

    Args:
        source: The object. Only its data is read: attributes, items and ``get_secret_value``; no method of it is called
            besides.
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
                child = names.classify(key) if key else HARMLESS
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
