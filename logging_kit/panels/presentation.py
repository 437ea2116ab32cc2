"""The language, the time zone and the colours in which the panels are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from logging_kit.panels.colours import PALETTES, Direction, Palette
from logging_kit.panels.locale import WORDS
from logging_kit.panels.translations import translations
from logging_kit.time_zones import parse_time_zone

Language = Literal["en", "ko"]


class OwnText(str):
    """A text of a bot's own panel; it stands in every language as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Presentation:
    """Options of what a reader sees, in Grafana and in `watch`.

    Args:
        language: Language of titles, descriptions and messages.
        time_zone: `browser`, `utc` or a name such as `Asia/Seoul`.
        palette: `red-up` shows gains in red and losses in blue, as Korean and Japanese exchanges
            do. Alarms stay red.

    Raises:
        ValueError: If there is no such language, time zone or palette.
    """

    language: Language = "en"
    time_zone: str = "browser"
    palette: Palette = "green-up"

    def __post_init__(self) -> None:
        if self.language not in get_args(Language):
            raise ValueError(
                f"language is {' or '.join(get_args(Language))}, not {self.language!r}"
            )
        if self.palette not in PALETTES:
            raise ValueError(f"palette is {' or '.join(PALETTES)}, not {self.palette!r}")
        if self.time_zone not in ("browser", "utc"):
            try:
                parse_time_zone(self.time_zone)
            except ValueError:
                raise ValueError(
                    "time_zone is 'browser', 'utc' or a name such as 'Asia/Seoul', "
                    f"not {self.time_zone!r}"
                ) from None

    def translate(self, text: str) -> str:
        """Return an English text of the package's dashboards in the language of the reader.

        A text that has no translation, such as one of a bot's own panel, stays as it is.
        """
        if self.language == "en" or isinstance(text, OwnText):
            return text
        return translations(self.language).get(text, text)

    def word(self, name: str) -> str:
        """Return a word that belongs to no panel, by its name in `locale/en.toml`."""
        return self.translate(WORDS[name])

    def colour(self, name: str) -> str:
        """Return a colour as the palette shows it."""
        if isinstance(name, Direction):
            return PALETTES[self.palette][name]
        return name


ENGLISH: Final = Presentation()
"""The presentation of the files in the repository."""
