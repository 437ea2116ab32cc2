"""Masking of secrets by name, by registered value, by the text around them and by format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .rules.names import HARMLESS, HEADERS, KEYISH, STRONG, WEAK, NameClass
from .secret import MASK, Secret

if TYPE_CHECKING:
    from ..settings import Settings
    from .masker import Masker

__all__ = [
    "HARMLESS",
    "HEADERS",
    "KEYISH",
    "MASK",
    "STRONG",
    "WEAK",
    "Masker",
    "NameClass",
    "Secret",
    "configure",
    "forget_secret",
    "mask",
    "masker_of",
    "process_masker",
    "register_from",
    "register_secret",
]


class _ProcessMasking:
    """The masking of this process.

    The masker in use, and the secrets whose refusal was reported.
    """

    def __init__(self) -> None:
        self.masker: Masker | None = None
        self.warned: Final[set[int]] = set()


PROCESS: Final = _ProcessMasking()


def __getattr__(name: str) -> Any:
    # The rules are many regular expressions: the first use compiles them, not the import.
    if name == "Masker":
        from .masker import Masker

        return Masker
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def process_masker() -> Masker:
    """Return the masker that the process uses."""
    if PROCESS.masker is None:
        from .masker import Masker

        PROCESS.masker = Masker(mask_env=False)
    return PROCESS.masker


def masker_of(settings: Settings) -> Masker:
    """Return a new masker with the rules that the settings ask for."""
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
    PROCESS.masker = masker


def mask(value: Any) -> Any:
    """Return a text or an object without its secrets; everything else keeps its value and type.

    Args:
        value: A text, or any nest of mappings, sequences, dataclasses and plain values. It is
            never changed.

    Example:
        >>> from logging_kit import mask
        >>> mask({"symbol": "BTC/USDT", "api_key": "".join(["ab12"] * 8)})
        {'symbol': 'BTC/USDT', 'api_key': '***'}
    """
    from .walk import masked

    return masked(value, process_masker())


def register_secret(value: str | bytes | Secret, name: str | None = None) -> bool:
    """Register a value that no line may ever hold, in any of its encodings.

    Args:
        value: The secret.
        name: A label for the warnings about it. The name of a secret allows values of 4 and 5
            characters. A name that looks like a secret is never printed but registered too, since
            the arguments seem swapped.

    Returns:
        Whether the value is registered now. Empty, short and common values are refused with one
        warning.
    """
    from . import registration

    return registration.register_secret(value, name)


def register_from(source: object) -> int:
    """Register every secret in a settings object, mapping, dataclass, model or ccxt client.

    Args:
        source: The object. Values under names of secrets are registered, and every `SecretStr` or
            `Secret`.

    Returns:
        The number of values that were new.
    """
    from . import registration

    return registration.register_from(source)


def forget_secret(value: str | bytes | Secret) -> bool:
    """Forget a registered value; return whether it was known."""
    from . import registration

    return registration.forget_secret(value)
