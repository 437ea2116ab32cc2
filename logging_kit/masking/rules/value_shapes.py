"""Shapes of values: opaque as a credential, or an address, a path, a date, a plain name."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_NUMBER = re.compile(r"[-+]?[0-9][0-9_,.]*(?:[eE][-+]?\d+)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")
_LOWER_PATH = re.compile(r"(?:~|\.{1,2})?(?:/[a-z_.][a-z_.\-]*\d{0,4}[a-z_.\-]*){1,16}/?")
_FILE_PATH = re.compile(
    r"(?:(?:~|\.{1,2})?/|[A-Za-z]:\\)[^\s\"'<>|=+]{1,200}\.(?:pem|key|json|txt|env|p12|pfx|crt|toml|ya?ml|ini|cfg|enc|gpg|asc)"
)
_CHANGE = re.compile(r"[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|[0-9](?=[A-Za-z])")
_SEPARATORS = re.compile(r"[-_./:,@]+")
_KEYISH = re.compile(r"[A-Za-z0-9]{32,512}")
_LETTER = re.compile(r"[A-Za-z]")
_DIGIT = re.compile(r"[0-9]")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]+")
_MASKED = re.compile(
    r"\*+|[•x]{3,}|\[?<?(?:redacted|hidden|masked|removed|filtered|secret)>?\]?", re.IGNORECASE
)
_NOTHING = frozenset({"none", "null", "nil", "true", "false", "undefined", "nan"})


def is_path(value: str) -> bool:
    """Return True if a value is a path: segments in lower case, or the ending of a file."""
    return (
        value[:1] in "/~." and _LOWER_PATH.fullmatch(value) is not None
    ) or _FILE_PATH.fullmatch(value) is not None


def is_nothing(value: str) -> bool:
    """Return True if a value stands for none, or was masked already."""
    return len(value) < 64 and (
        not value.strip() or value.lower() in _NOTHING or _MASKED.fullmatch(value) is not None
    )


def is_keyish(value: str) -> bool:
    """Return True if a value is 32 or more letters of both cases and digits, as no hash is."""
    return (
        _KEYISH.fullmatch(value) is not None
        and _DIGIT.search(value) is not None
        and value.lower() != value
        and value.upper() != value
    )


def is_base58(value: str) -> bool:
    """Return True if it could be an address or a transaction of Solana or Bitcoin."""
    return _BASE58.fullmatch(value) is not None


def is_solana_transaction(value: str) -> bool:
    """Return True if a value has the form of a transaction of Solana: 64 bytes in base58."""
    return 86 <= len(value) <= 88 and is_base58(value)


def is_opaque(value: str) -> bool:
    """Return True if a value looks like a credential: 16 or more letters and digits, mixed."""
    size = len(value)
    if size < 16 or _LETTER.search(value) is None or _DIGIT.search(value) is None:
        return False
    head = value[:256]
    if len(head.split(None, 1)) != 1 or head[:1].isspace():
        return False
    if _UUID.fullmatch(value):
        return True
    if (
        _ADDRESS.fullmatch(value)
        or _NUMBER.fullmatch(value)
        or _DATE.fullmatch(value)
        or "://" in head
        or is_path(value)
    ):
        return False
    changes = len(_CHANGE.findall(head))
    if changes * 5 < len(head) and not (
        size >= 32 and head.isalnum() and (changes + 1) * 6 >= len(head)
    ):
        return False
    parts = _SEPARATORS.split(head)
    return not (
        len(parts) >= 3
        and all(len(part) <= 8 and len(_CHANGE.findall(part)) <= 2 for part in parts)
    )


def is_dense(value: str) -> bool:
    """Return True if cases and digits alternate as fast as in random characters."""
    return len(_CHANGE.findall(value)) * 4 >= len(value)


def has_digit(value: str) -> bool:
    """Return True if there is an ASCII digit in it."""
    return _DIGIT.search(value) is not None


def has_letter(value: str) -> bool:
    """Return True if there is an ASCII letter in it."""
    return _LETTER.search(value) is not None
