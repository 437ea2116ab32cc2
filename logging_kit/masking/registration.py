"""Registration of secrets: values, whole settings objects, and the check for swapped arguments."""

from __future__ import annotations

import logging
import re
from typing import Final

from . import PROCESS, process_masker
from .acceptance import why_refused
from .discovery import from_object
from .masker import REGISTRY
from .rules.names import HARMLESS
from .rules.token_formats import find_formats
from .rules.value_shapes import has_digit, has_letter, is_opaque
from .secret import Secret

_log: Final = logging.getLogger("logging_kit")
_MOST_WARNINGS: Final = 1_000
_DEFAULT_NAME: Final = "secret"
_LONGEST_NAME: Final = 64
_PLAIN_NAME: Final = re.compile(r"[^\W_]+(?:[ _./:\-]{1,3}[^\W_]+){0,12}")
_NUMBERED_WORD: Final = re.compile(r"[^\W\d_]{1,24}\d{0,3}")
_ACCOUNT_NAME: Final = re.compile(r"[^\W\d_]+[ _.-]?\d{1,2}")
_ONE_WORD: Final = re.compile(r"[a-z]+|[A-Z]+|[A-Z][a-z]+")


def register_secret(value: str | bytes | Secret, name: str | None = None) -> bool:
    """Register a value that no line may ever hold, in any of its encodings.

    Args:
        value: The secret.
        name: A label for the warnings about it. A name that is a secret's own allows values of 4
            and 5 characters. A name that looks like a secret itself is never printed: it is
            registered too, and a warning says that the arguments seem swapped.

    Returns:
        Whether the value is registered now. Empty, short and common values are refused with one
        warning.
    """
    text = _text_of(value)
    label, is_swapped = _checked_name(text, name)
    name_class: int = HARMLESS
    if name and not is_swapped:
        name_class = process_masker().classify(name)
    reason = why_refused(text, name_class)
    if reason is None:
        REGISTRY.add([(text, label)])
    if is_swapped and name:
        if why_refused(name, HARMLESS) is None:
            REGISTRY.add([(name, _DEFAULT_NAME)])
        _warn_once(
            name,
            "the arguments of register_secret seem swapped: the name looks like a secret, so it is"
            " registered too; the value comes first",
        )
    elif reason is not None:
        _warn_once(text, "a secret was not registered because %s (name: %s)", reason, label)
    return reason is None


def register_from(source: object) -> int:
    """Register every secret in a settings object, mapping, dataclass, model or ccxt client.

    Args:
        source: The object. Values under names of secrets are registered, and every `SecretStr` or
            `Secret`.

    Returns:
        The number of values that were new.
    """
    try:
        found = from_object(source, process_masker().names)
        return REGISTRY.add((value, safe_name(name)) for value, name in found)
    except Exception:
        _log.warning("the secrets of a %s could not be registered", type(source).__name__)
        return 0


def forget_secret(value: str | bytes | Secret) -> bool:
    """Forget a registered value; return whether it was known."""
    return REGISTRY.discard(_text_of(value))


def safe_name(name: str) -> str:
    """Return a name as it may be printed, or a default if the name looks like a secret."""
    shown = "".join(char for char in name[:_LONGEST_NAME] if char.isprintable()).strip()
    if not shown or _looks_secret(name):
        return _DEFAULT_NAME
    return shown


def _checked_name(value: str, name: str | None) -> tuple[str, bool]:
    """Return the label of a value, and whether the name seems to be the secret instead."""
    if not name:
        return _DEFAULT_NAME, False
    label = safe_name(name)
    if label == _DEFAULT_NAME != name:
        return label, True
    # A refused value beside a name with a digit: "okx" and a password such as four letters, 1234.
    is_refused = why_refused(value, HARMLESS) and not why_refused(name, HARMLESS)
    is_odd = has_digit(name) and _ACCOUNT_NAME.fullmatch(name) is None
    if is_refused and is_odd and process_masker().classify(name) == HARMLESS:
        return _DEFAULT_NAME, True
    # A plain word beside a name that is none: one is the exchange, the other its passphrase.
    if _ONE_WORD.fullmatch(value) and len(value) < 16 and _PLAIN_NAME.fullmatch(name) is None:
        return _DEFAULT_NAME, True
    return label, False


def _looks_secret(name: str) -> bool:
    if REGISTRY.holds(name) or find_formats(name):
        return True
    words = re.split(r"[ _./:\-]+", name)
    if all(_NUMBERED_WORD.fullmatch(word) or word.isdigit() for word in words if word):
        is_one_token = len(words) == 1 and len(name) > 24
        return is_one_token and has_digit(name)
    if process_masker().classify(name) != HARMLESS and not is_opaque(name):
        return False
    is_long = max(map(len, words)) >= 8
    return is_opaque(name) or (is_long and has_digit(name) and has_letter(name))


def _text_of(value: str | bytes | Secret) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, str):
        return "".join(str.__str__(value))
    return str(value)


def _warn_once(key: str, message: str, *args: object) -> None:
    """Log a warning once for each value; only hashes of the values are kept."""
    warned = PROCESS.warned
    if hash(key) not in warned and len(warned) < _MOST_WARNINGS:
        warned.add(hash(key))
        _log.warning(message, *args)
