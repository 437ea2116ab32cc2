"""Parsers of the settings' values, from the form that a person writes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from . import line
from .events.catalogue import CATALOGUE
from .events.model import LEVELS
from .exceptions import SettingsError
from .suggestions import did_you_mean

HOOKS: Final = (
    "excepthook",
    "threading",
    "unraisable",
    "asyncio",
    "warnings",
    "faulthandler",
    "stdlib",
    "sigterm",
)
"""The hooks; all are on by default."""

_SAME_LEVEL: Final = {"WARN": "WARNING", "FATAL": "CRITICAL"}


def parse_size(value: str | float) -> int:
    """Read a size in bytes.

    Args:
        value: A number of bytes, or a number with a unit, such as `"16 MB"` (10^6) or `"16 MiB"`
            (2^20).

    Raises:
        SettingsError: When it is not a size, or not more than 0.

    Example:
        >>> parse_size("16 MB")
        16000000
    """
    if isinstance(value, str):
        try:
            size = line.parse_size(value)
        except ValueError as error:
            raise SettingsError(str(error)) from None
    else:
        size = int(value)
    if size <= 0:
        raise SettingsError(f"{value!r} is not a size; it must be more than 0")
    return size


def parse_age(value: str | float) -> float:
    """Read a length of time in seconds.

    Args:
        value: A number of seconds, or a number with a unit, such as `"30 days"` or `"90 s"`.

    Raises:
        SettingsError: When it is not a length of time, or negative.

    Example:
        >>> parse_age("30 days")
        2592000.0
    """
    if not isinstance(value, str):
        if not value >= 0:
            raise SettingsError(f"{value!r} is not a length of time; it must be 0 or more")
        return float(value)
    seconds_are_meant = value.strip()[-1:].isdecimal()
    try:
        return line.parse_duration(f"{value} s" if seconds_are_meant else value) / 1_000_000
    except ValueError:
        raise SettingsError(
            f"{value!r} is not a length of time; write it like '30 days' or '12 h'"
        ) from None


def parse_count(value: Any) -> int:
    """Read a whole number that is 0 or more.

    Raises:
        SettingsError: If it is something else.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise SettingsError(f"{value!r} is not a whole number of 0 or more")
    return int(text)


def parse_bool(value: Any) -> bool:
    """Read a truth value: true, 1, yes, on or false, 0, no, off."""
    text = str(value).strip().lower()
    if text in ("true", "1", "yes", "on"):
        return True
    if text in ("false", "0", "no", "off"):
        return False
    raise SettingsError(f"{value!r} is neither true nor false")


def parse_tuple(value: Any) -> tuple[str, ...]:
    """Read a list of texts; in one text they are separated by commas."""
    items = value.split(",") if isinstance(value, str) else value
    return tuple(text for item in items if (text := str(item).strip()))


def parse_level(value: Any) -> str:
    """Read a level: a name in any case, or a number of `logging` such as `logging.DEBUG`."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = next((name for name, number in LEVELS.items() if number == value), value)
    text = str(value).strip().upper()
    text = _SAME_LEVEL.get(text, text)
    if text.lower() not in LEVELS:
        raise SettingsError(f"{value!r} is not a level; use one of {', '.join(LEVELS).upper()}")
    return text


def parse_forward(value: Any) -> str:
    """Read a level, or `off` in any case."""
    if str(value).strip().upper() == "OFF":
        return "OFF"
    return parse_level(value)


def parse_levels(value: Any) -> Mapping[str, str]:
    """Read the levels of loggers: a mapping, or a text such as `urllib3=ERROR,ccxt=DEBUG`."""
    if isinstance(value, str):
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        for name, equals, _ in pairs:
            if not equals:
                raise SettingsError(
                    f"{name.strip()!r} is not a level of a logger; "
                    "write it like 'urllib3=ERROR,ccxt=DEBUG'"
                )
        value = {name: level for name, _, level in pairs}
    return {str(name).strip(): parse_level(level) for name, level in value.items()}


def parse_events(value: Any) -> tuple[str, ...]:
    """Read a list of events: their types, or the definitions of own events."""
    given = value if isinstance(value, str) else [getattr(item, "name", item) for item in value]
    return tuple(_one_of(name.upper(), tuple(CATALOGUE), "an event") for name in parse_tuple(given))


def parse_hooks(value: Any) -> tuple[str, ...]:
    """Read a list of hooks, or a change of the default one; `off` stands for none.

    Raises:
        SettingsError: When a hook is unknown, or a list mixes names with and without a sign.

    Example:
        >>> parse_hooks("excepthook, warnings")
        ('excepthook', 'warnings')
        >>> "sigterm" in parse_hooks("-sigterm"), "sigterm" in parse_hooks("+sigterm")
        (False, True)
    """
    names = parse_tuple(value)
    if names == ("off",):
        return ()
    signs = [name[0] in "+-" for name in names]
    if not any(signs):
        return tuple(_one_of(name, HOOKS, "a hook") for name in names)
    if not all(signs):
        raise SettingsError(
            f"{', '.join(names)}: write all hooks with a sign, as changes of the default ones, "
            "or none"
        )
    chosen = list(HOOKS)
    for sign, name in ((name[0], name[1:].strip()) for name in names):
        name = _one_of(name, HOOKS, "a hook")
        if name in chosen:
            chosen.remove(name)
        if sign == "+":
            chosen.append(name)
    return tuple(name for name in HOOKS if name in chosen)


def parse_stdout(value: Any) -> str:
    """Read the form of standard output."""
    forms = ("auto", "json", "console", "off")
    return _one_of(str(value).strip().lower(), forms, "a form of stdout")


def parse_durability(value: Any) -> str:
    """Read what survives a power cut."""
    return _one_of(str(value).strip().lower(), ("process", "1s", "line"), "a durability")


def parse_folder(value: Any) -> Path:
    """Read the path of a folder; `~` is the home of the user, `~name` that of another."""
    path = Path(value)
    try:
        path = path.expanduser()
        encoded = os.fsencode(path)
    except (RuntimeError, ValueError) as error:  # no such user; not in the system's encoding
        raise SettingsError(f"{str(value)!a} is not a path on this system: {error}") from None
    if b"\0" in encoded:
        raise SettingsError(f"{str(value)!a} is not a path: it contains a NUL character")
    return path


def parse_file(value: Any) -> str:
    """Read the path of a file; `~` is the home of the user."""
    return str(parse_folder(value))


def parse_url(value: Any) -> str:
    """Read the URL of a server."""
    from urllib.parse import urlsplit

    text = str(value).strip()
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if (
        not valid or " " in text or not text.isprintable()
    ):  # it may have a password in it: it is not shown
        raise SettingsError("the URL of a server begins with http:// or https:// and a host")
    return text


def parse_formats(value: Any) -> tuple[Any, ...]:
    """Read a list of token formats: prefixes, or tuples of prefix, alphabet and length."""
    return parse_tuple(value) if isinstance(value, str) else tuple(value)


def parse_label(value: Any) -> str:
    """Read the value of a label: 1 to 64 printable characters."""
    text = str(value).strip()
    if not text or len(text) > 64 or not text.isprintable():
        raise SettingsError(f"{value!r} cannot be a name: 1 to 64 printable characters")
    return text


def parse_port(value: Any) -> str:
    """Read a port: a number, `auto` for any that is free, `mounted` for none, or `off`.

    Raises:
        SettingsError: If it is something else.
    """
    text = str(value).strip().lower()
    if text in ("auto", "mounted"):
        return text
    if text in ("off", "0"):
        return ""
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > 5:
        raise SettingsError(f"{value!r} is not a port; write 1 to 65535, auto, mounted or off")
    if int(text) > 65_535:
        raise SettingsError(f"{value!r} is not a port: the highest is 65535")
    return text.lstrip("0")


def parse_host(value: Any) -> str:
    """Read the address or name of a machine.

    Raises:
        SettingsError: If it has characters that no such name has.
    """
    text = str(value).strip()
    if not text.isascii() or any(c in "/?#@ " or not c.isprintable() for c in text):
        raise SettingsError(f"{value!r} is not an address or a name of a machine")
    return text


def _one_of(value: str, allowed: tuple[str, ...], what: str) -> str:
    if value in allowed:
        return value
    raise SettingsError(
        f"{value!r} is not {what}{did_you_mean(value, allowed)}; there are {', '.join(allowed)}"
    )
