"""How the same panels are worded and coloured: language, time zone, and which colour means up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from logging_kit.line import parse_time_zone
from logging_kit.panels.colours import PALETTES, Direction, Palette
from logging_kit.panels.locale.ko import KOREAN

Language = Literal["en", "ko"]
Say = Callable[[str], str]
"""Puts an English text of the panels into the language of the reader."""


class OwnText(str):
    """A text of a bot's own panel; it stands in every language as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Presentation:
    """The options of the files for Grafana.

    Args:
        language: Language of titles, descriptions and messages.
        time_zone: ``browser``, ``utc`` or a name such as ``Asia/Seoul``.
        palette: ``red-up`` shows up in red and down in blue, as Korean and Japanese exchanges do. Alarms stay red.

    Raises:
        ValueError: If there is no such language, time zone or palette.
    """

    language: Language = "en"
    time_zone: str = "browser"
    palette: Palette = "green-up"

    def __post_init__(self) -> None:
        if self.language not in get_args(Language):
            raise ValueError(f"language is one of {get_args(Language)}, not {self.language!r}")
        if self.palette not in PALETTES:
            raise ValueError(f"palette is one of {(*PALETTES,)}, not {self.palette!r}")
        if self.time_zone not in ("browser", "utc"):
            try:
                parse_time_zone(self.time_zone)
            except ValueError:
                raise ValueError(
                    f"time_zone is 'browser', 'utc' or a name such as 'Asia/Seoul', not {self.time_zone!r}"
                ) from None

    def say(self, text: str) -> str:
        """The text in the style's language.

        Raises:
            KeyError: If it has no translation.
        """
        if isinstance(text, OwnText):
            return text
        return text if self.language == "en" or not text else KOREAN[text]

    def colour(self, name: str) -> str:
        """The colour as the palette shows it."""
        return PALETTES[self.palette][name] if isinstance(name, Direction) else name


ENGLISH: Final = Presentation()
"""The style of the files in the repository."""
