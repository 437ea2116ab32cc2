"""Masking of secrets: by the name of a value, by the value itself, by the text around it, by its format."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from .rules.names import HARMLESS, HEADERS, KEYISH, STRONG, WEAK
from .secret import MASK, Secret

if TYPE_CHECKING:
    from ..settings import Settings
    from .masker import FAILED, Masker
    from .walk import CYCLE, TOO_DEEP

__all__ = [
    "CYCLE", "FAILED", "HARMLESS", "HEADERS", "KEYISH", "MASK", "STRONG", "TOO_DEEP", "WEAK", "Masker", "Secret", "configure",
    "current", "forget_secret", "mask", "masker_of", "register_from", "register_secret",
]  # fmt: skip


class _ProcessMasking:
    """The masking of this process: the masker in use, and the secrets whose refusal was reported."""

    def __init__(self) -> None:
        self.masker: Masker | None = None
        self.warned: Final[set[int]] = set()


_process: Final = _ProcessMasking()


def __getattr__(name: str) -> Any:
    # the rules are many regular expressions: they are compiled by the first who needs them, not by the import
    if name in ("FAILED", "Masker"):
        from . import masker

        return getattr(masker, name)
    if name in ("CYCLE", "TOO_DEEP"):
        from . import walk

        return getattr(walk, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def current() -> Masker:
    """Return the masker that the process uses."""
    if _process.masker is None:
        from .masker import Masker

        _process.masker = Masker(mask_env=False)
    return _process.masker


def masker_of(settings: Settings) -> Masker:
    """Make a masker as the settings want it."""
    from .masker import Masker

    return Masker(
        enabled=settings.masking,
        mask_names=settings.mask_names,
        allow_names=settings.allow_names,
        mask_formats=settings.mask_formats,
        mask_env=settings.mask_env,
    )


def configure(masker: Masker) -> None:
    """Make a masker the one that the process uses."""
    _process.masker = masker


def mask(value: Any) -> Any:
    """Return a text or an object without its secrets; what is not masked keeps its value and type.

    Args:
        value: A text, or any nest of mappings, sequences, dataclasses and plain values. It is never changed.

    Example:
        >>> from logging_kit import mask
        >>> mask({"symbol": "BTC/USDT", "api_key": "".join(["ab12"] * 8)})
        {'symbol': 'BTC/USDT', 'api_key': '***'}
    """
    from .walk import masked

    return masked(value, current())


def register_secret(value: str | bytes | Secret, name: str | None = None) -> bool:
    """Register a value that no line may ever hold, in any of its encodings.

    Args:
        value: The secret.
        name: What it is called; a name of a secret allows values of 4 and 5 characters.

    Returns:
        Whether it is registered now. Empty, short and common values are refused with one warning.
    """
    from .acceptance import refusal
    from .masker import REGISTRY

    if isinstance(value, Secret):
        value = value.reveal()
    text = value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else str(value)
    reason = refusal(text, current().classify(name) if name else HARMLESS)
    if reason is None:
        REGISTRY.add([(text, name or "secret")])
        return True
    warned = _process.warned
    if hash(text) not in warned and len(warned) < 1000:
        warned.add(hash(text))
        logging.getLogger("logging_kit").warning(
            "a secret was not registered because %s (name: %s)", reason, name
        )
    return False


def register_from(source: object) -> int:
    """Register every secret in a settings object, a mapping, a dataclass, a pydantic model or a ccxt client.

    Args:
        source: The object; values under names of secrets are taken, and every ``SecretStr`` or ``Secret``.

    Returns:
        How many values were new.
    """
    from .discovery import from_object
    from .masker import REGISTRY

    try:
        return REGISTRY.add(from_object(source, current().names))
    except Exception:
        logging.getLogger("logging_kit").warning(
            "the secrets of a %s could not be registered", type(source).__name__
        )
        return 0


def forget_secret(value: str | bytes | Secret) -> bool:
    """Forget a registered value; return whether it was known."""
    from .masker import REGISTRY

    if isinstance(value, Secret):
        value = value.reveal()
    return REGISTRY.discard(
        value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else str(value)
    )
