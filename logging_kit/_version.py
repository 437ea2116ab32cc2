"""The version of the package, in a module that every layer may import."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
