"""Lines around the wanted ones, as `grep -C` shows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from ..store.line_order import Line


def with_context(
    lines: Iterable[Line], is_wanted: Callable[[bytes], bool], size: int, most: int | None = None
) -> Iterator[Line | None]:
    """Yield the wanted lines with those before and after them, and None for each gap.

    Args:
        lines: All lines, in either order.
        is_wanted: Tells the wanted lines.
        size: Lines to show on each side.
        most: Highest number of wanted lines; None for all.
    """
    before: deque[Line] = deque(maxlen=size)
    left = 0
    found = 0
    skipped = False
    for line in lines:
        more = most is None or found < most
        if more and is_wanted(line.data):
            if skipped and found:
                yield None
            yield from before
            before.clear()
            yield line
            found += 1
            left, skipped = size, False
        elif left:
            yield line
            left -= 1
        elif not more:
            return
        else:
            skipped = skipped or len(before) == size
            before.append(line)
