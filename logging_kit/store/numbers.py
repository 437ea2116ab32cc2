"""What a store says of itself in numbers, and the reasons for which lines are lost."""

from __future__ import annotations

import errno
from typing import Final

_REASONS: Final = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "no_permission",
    errno.EMFILE: "too_many_files",
    errno.ENFILE: "too_many_files",
}


def reason_of(error: OSError) -> str:
    """The reason that a line is counted as lost for, when this has kept it from being written."""
    return _REASONS.get(error.errno or 0, "write_failed")
