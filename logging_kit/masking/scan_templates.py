"""Log lines that `mask scan` need not search again, because they differ in numbers only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .masker import Masker

_LOG_LINE: Final = re.compile(r"\[?(?:\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|(?:DEBUG|INFO|WARN|ERROR)\b)")
_UUID: Final = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_NO_UUID: Final = "00000000-0000-0000-0000-000000000000"
_SAME_DIGIT: Final = str.maketrans("123456789", "000000000")
_MIXED_TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9_+])(?=[A-Za-z_+]*\d)(?=[\d_+]*[A-Za-z])[A-Za-z0-9_+]{12,}"
)
_MOST_TEMPLATES: Final = 20_000


class Templates:
    """Log lines that are clean whatever the numbers and UUIDs in them are.

    Args:
        masker: The rules; `None` for none of them.
    """

    def __init__(self, masker: Masker | None) -> None:
        self._masker = masker
        self._known: dict[str, bool] = {}

    def is_known(self, line: str) -> bool:
        """Return True if a line with a time in front differs from a clean one in numbers only."""
        masker = self._masker
        if masker is None or masker.has_values or _LOG_LINE.match(line) is None:
            return False
        template = _UUID.sub(_NO_UUID, line).translate(_SAME_DIGIT)
        known = self._known.get(template)
        if known is None:
            known = len(line) < 2048 and _MIXED_TOKEN.search(template) is None
            known = known and not masker.explain(line) and not masker.explain(template)
            if len(self._known) >= _MOST_TEMPLATES:
                self._known.clear()
            self._known[template] = known
        return known
