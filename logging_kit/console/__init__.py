"""Lines as text for people, on the standard output of a bot and in `logging-kit tail`."""

from __future__ import annotations

from .colours import use_colour
from .line import Renderer, render

__all__ = ["Renderer", "render", "use_colour"]
