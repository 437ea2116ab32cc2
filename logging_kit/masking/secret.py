"""`Secret`: a value that does not show itself."""

from __future__ import annotations

import hmac
import sys
from typing import Final

MASK: Final = "***"


class Secret:
    """A secret text that registers itself and shows itself as `***`.

    It is immutable: a copy is the same object.

    Args:
        value: The secret.
        name: A label for the warnings about it.

    Example:
        >>> from logging_kit import Secret
        >>> key = Secret("".join(["ab12"] * 8))
        >>> f"{key}", key.reveal()[:2]
        ('***', 'ab')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str, name: str | None = None) -> None:
        self._value = str(value)
        from . import register_secret

        register_secret(self._value, name or "secret")

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Secret):
            return hmac.compare_digest(
                self._value.encode("utf-8", "replace"), other._value.encode("utf-8", "replace")
            )
        return NotImplemented

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self  # it cannot change; `dataclasses.asdict` copies each value

    def __reduce__(self) -> tuple[type[Secret], tuple[str, str | None]]:
        """Allow pickling only for a process that `multiprocessing` starts with this value.

        That pickle goes through a pipe. Any other may end in a file or a cache, in clear.
        """
        context = sys.modules.get("multiprocessing.context")
        if context is None or context.get_spawning_popen() is None:
            raise TypeError(
                "a Secret cannot be pickled: reveal() it, and pickle that if you mean to"
            )
        return Secret, (self._value, None)
