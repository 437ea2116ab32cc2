"""The name around a trigger word in a text.

`binance_api_key`, `X-MBX-APIKEY`, `API Key`, `비밀번호는`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final, NamedTuple

from .name_words import words_of
from .names import HARMLESS, KEYISH, STRONG, WEAK, Names

_NAME: Final = re.compile(r"[\w.\-]{0,64}")
_WORD_BEFORE: Final = re.compile(r"[ '’]([^\W\d_]{1,16})")
_WORD_AFTER: Final = re.compile(r" [^\W\d_]{1,16}(?=[\"'`]?\s?[=:：＝])")
_OF: Final = frozenset(("de", "da", "do", "d", "di", "del"))
_ESCAPE_BEFORE: Final = {
    "\\": re.compile(r"(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nrtbfv])"),
    "%": re.compile(r"(?:25){0,3}[0-9a-fA-F]{2}"),
    "[": re.compile(r"[\d;]{0,12}m"),
}
_PARTICLES: Final = (
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "로",
    "도",
    "와",
    "과",
    "は",
    "を",
    "が",
)
_LABEL_OFF: Final = words_of(
    "public next page tx transaction cache sort primary foreign idempotency base quote pagination continuation partition mint"
)
_TOKEN_NEAR: Final = re.compile(r".{0,48}?[A-Za-z0-9+/=_.~%-]{16}", re.DOTALL)
_SIBLING: Final = re.compile(r"(?<![a-z])(?:sign|signature|secret|passphrase|api_?secret)(?![a-z])")


class Label(NamedTuple):
    """A name in a text and its class."""

    start: int
    end: int
    text: str
    name_class: int
    flag: bool
    """Whether it is an option of a command line: `--api-key`."""

    def ends_with(self, endings: tuple[str, ...]) -> bool:
        """Return True if the name ends with one of these words, in lower case."""
        return self.text.lower().endswith(endings)


class WorkBudget:
    """Number of names that may be judged in one text; the rest of a text with more is masked.

    Args:
        size: Length of the text.
    """

    def __init__(self, size: int) -> None:
        self.left = max(1024, size // 40)
        self._hurried = size // 60

    def spend(self, text: str, label: Label) -> bool:
        """Take one name from the budget.

        `False` says that nothing can stand behind it and that it was not counted.
        """
        if (
            self.left < self._hurried
            and label.name_class != STRONG
            and _TOKEN_NEAR.match(text, label.end) is None
        ):
            return False
        self.left -= 1
        return self.left >= 0


class ScanState:
    """State of the scan of a text, whose names are judged one after the other.

    Args:
        low: The text in lower case.
        budget: How many names may still be judged.
    """

    def __init__(self, low: str, budget: WorkBudget) -> None:
        self._low = low
        self.budget = budget
        self._siblings: list[int] | None = None
        self.read_to = 0
        """Position up to which brackets have been read, so that they are read once."""

    def has_sibling(self, at: int) -> bool:
        """Return True if a signature or a secret is named near a position."""
        if self._siblings is None:
            self._siblings = [match.start() for match in _SIBLING.finditer(self._low)]
        index = bisect_left(self._siblings, at - 400)
        return index < len(self._siblings) and self._siblings[index] < at + 600


def label_around(text: str, start: int, end: int, names: Names, state: ScanState) -> Label:
    """Widen a trigger word to the whole name and classify it.

    Args:
        text: The text.
        start: Start of the trigger word.
        end: End of the trigger word.
        names: What is a secret's name.
        state: What is known about the text.
    """
    if start:
        before = text[start - 1]
    else:
        before = " "
    if before.isalnum() or before in "_.-":
        left = _NAME.match(text[max(0, start - 64) : start][::-1])
        start -= left.end() if left is not None else 0
        if start:
            before = text[start - 1]
        else:
            before = " "
    if end < len(text) and (text[end].isalnum() or text[end] in "_.-"):
        right = _NAME.match(text, end)
        if right is not None:
            end = right.end()
    if before in "\\%[":
        start = _after_escape(text, start, end)
    flag = text[start] == "-"
    while start < end and text[start] in "-.":
        start += 1
    while end > start and text[end - 1] in "-.":
        end -= 1
    name = text[start:end]
    if not name.isascii() and (after := _WORD_AFTER.match(text, end)) is not None:
        longer = text[start : after.end()]
        if names[longer] == STRONG:
            return Label(start, after.end(), longer, STRONG, flag)
    found = names[name]
    if found == HARMLESS and name.endswith(_PARTICLES) and names[name[:-1]] != HARMLESS:
        end -= 1
        name = name[:-1]
        found = names[name]
    if found != STRONG and before in " '’" and start > 1 and text[start - 2].isalpha():
        label = _two_words(text, start, name)
        if label:
            label_class = names[label]
            if label_class == STRONG or (
                label_class == HARMLESS and label.partition(" ")[0].lower() in _LABEL_OFF
            ):
                return Label(start, end, label, label_class, flag)
    if found == HARMLESS:
        return Label(start, end, name, HARMLESS, flag)
    if found == KEYISH and len(name) == 3 and state.has_sibling(start):
        found = WEAK  # beside a signature or a secret, a "key" is that of the API
    return Label(start, end, name, found, flag)


def _after_escape(text: str, start: int, end: int) -> int:
    r"""Leave out what belongs to an escape before the name, not to it.

    The `n` of `\n`, the `22` of `%22`.
    """
    before = text[start - 1]
    if before == "[" and text[start - 2 : start - 1] != "\x1b":
        return start
    escape = _ESCAPE_BEFORE[before].match(text, start, end)
    if escape is None:
        return start
    return escape.end()


def _two_words(text: str, start: int, name: str) -> str:
    """Return a name with the word before it, and one more before "de": "mot de passe"."""
    if len(name) > 24:
        return ""
    before = text[max(0, start - 36) : start][::-1]
    word = _WORD_BEFORE.match(before)
    if word is None:
        return ""
    first = word[1][::-1]
    if first.lower() in _OF and (other := _WORD_BEFORE.match(before, word.end())) is not None:
        return f"{other[1][::-1]} {first} {name}"
    return f"{first} {name}"
