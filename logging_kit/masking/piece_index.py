"""A table of six-character pieces of all registered forms, in which texts are looked up.

Text and forms are sampled so that every twelve characters that they share hold a common piece. A
small table holds every piece of a form, and every seventh piece of a text is looked up; a large
one holds every seventh piece of a form, which bounds the memory, and every piece of a text is
looked up. Neither cost depends on how many forms there are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import itemgetter
from typing import Final

PIECE: Final = 6
SAMPLED: Final = 7
WINDOW: Final = PIECE + SAMPLED - 1
_MOST_PIECES: Final = 64
_MAX_ALIKE: Final = 16


@cache
def _cutter(count: int, step: int) -> Callable[[str], tuple[str, ...]]:
    """Return a function that cuts the first pieces of a text at every step, in one call of C."""
    return itemgetter(*(slice(at * step, at * step + PIECE) for at in range(max(2, count))))


class PieceIndex:
    """Pieces of forms.

    Changes are made in place, one piece after the other: a search at the same time finds every
    form that is not itself being added or removed.

    Args:
        form_step: Distance of the pieces of a form, 1 or `SAMPLED`.
    """

    def __init__(self, form_step: int) -> None:
        self.form_step = form_step
        self.text_step = 1
        if form_step == 1:
            self.text_step = SAMPLED
        self._forms_of: dict[str, str | tuple[str, ...]] = {}
        self._keys = self._forms_of.keys()

    def add(self, form: str) -> None:
        """Add the pieces of a form of at least `WINDOW` characters."""
        forms_of = self._forms_of
        for at in range(0, len(form) - PIECE + 1, self.form_step):
            piece = form[at : at + PIECE]
            known = forms_of.setdefault(piece, form)
            if known is form or known == form:
                continue
            if isinstance(known, str):
                forms_of[piece] = (known, form)
            elif form not in known and len(known) < _MAX_ALIKE:
                forms_of[piece] = (*known, form)

    def discard(self, form: str) -> None:
        """Remove the pieces of a form; those of other forms stay in place all the time."""
        forms_of = self._forms_of
        for at in range(0, len(form) - PIECE + 1, self.form_step):
            piece = form[at : at + PIECE]
            known = forms_of.get(piece)
            if isinstance(known, tuple):
                rest = tuple(other for other in known if other != form)
                if len(rest) == 1:
                    forms_of[piece] = rest[0]
                else:
                    forms_of[piece] = rest
            elif known == form:
                del forms_of[piece]

    def is_clean(self, text: str) -> bool:
        """Return True if a short text shares no piece; `False` also for a long one."""
        step = self.text_step
        count = (len(text) - PIECE) // step + 1
        if count <= 0:
            return True
        return count <= _MOST_PIECES and self._keys.isdisjoint(_cutter(count, step)(text))

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Return start, end and form of each stretch of at least six characters shared with a form.

        Args:
            text: A decoded string.
        """
        step = self.text_step
        count = (len(text) - PIECE) // step + 1
        if count <= 0 or not self._forms_of:
            return []
        forms_of = self._forms_of
        hits = range(0, count * step, step)
        if count <= _MOST_PIECES:
            if self._keys.isdisjoint(_cutter(count, step)(text)):
                return []
        else:
            hits = [at for at in hits if text[at : at + PIECE] in forms_of]  # type: ignore[assignment]
        found: list[tuple[int, int, str]] = []
        read_to: dict[str, int] = {}
        for hit in hits:
            piece = text[hit : hit + PIECE]
            forms = forms_of.get(piece, ())
            for form in (forms,) if isinstance(forms, str) else forms:
                if read_to.get(form, -1) > hit:
                    continue
                start, end = _shared(text, hit, form, piece)
                read_to[form] = end
                found.append((start, end, form))
        return found


def _shared(text: str, at: int, form: str, piece: str) -> tuple[int, int]:
    """Return the longest stretch around a piece at a position that a text shares with a form."""
    best = (at, at)
    offset = form.find(piece)
    while offset >= 0:
        left = 0
        most = min(at, offset)
        while left < most and text[at - left - 1] == form[offset - left - 1]:
            left += 1
        right = PIECE
        most = min(len(text) - at, len(form) - offset)
        while right < most and text[at + right] == form[offset + right]:
            right += 1
        if left + right > best[1] - best[0]:
            best = (at - left, at + right)
        offset = form.find(piece, offset + 1)
    return best
