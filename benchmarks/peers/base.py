"""Interface of a peer, and the masking that a typical user writes."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
from typing import Any, ClassVar, Final

import orjson

from benchmarks.events import Fields

MOST_BYTES: Final = 10_000_000
BACKUPS: Final = 9
"""Number of rotated files to keep, so that every line can be checked afterwards."""


class Peer:
    """One way of logging, set up as its documentation says.

    A worker process makes one instance and calls `start`. The process that checks the output uses
    the class methods only.

    Attributes:
        name: Short name, for `--only`.
        title: Name in the tables.
        needs: Distributions that must be installed.
        masked: True if the API key must not be in the output.
        message: Key of the message in its lines.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    masked: ClassVar[bool] = False
    message: ClassVar[str] = "message"

    def start(self, folder: Path, sinks: int) -> None:
        """Configure the peer.

        Args:
            folder: Folder of its files.
            sinks: 1 for one file; 3 for a file of signals, a file of orders, and both on stdout.
        """
        raise NotImplementedError

    def signal(self, fields: Fields) -> None:
        """Log a signal with ten fields."""
        raise NotImplementedError

    def order(self, fields: Fields) -> None:
        """Log an order with ten fields."""
        raise NotImplementedError

    def text(self, number: int) -> None:
        """Log a plain line, `info("text", a=1)`."""
        raise NotImplementedError

    def record(self, number: int) -> None:
        """Log through `logging`, as a third-party library does."""
        raise NotImplementedError

    def silent(self, number: int) -> None:
        """Log a plain line below the level that is written."""
        raise NotImplementedError

    def nothing(self, number: int) -> None:
        """Do nothing; the baseline for the cost of a call."""

    def flush(self) -> None:
        """Return when every line is in its file."""

    @classmethod
    def outputs(cls, folder: Path, sinks: int) -> dict[str, list[Path]]:
        """Return its files: under `signal` and `order` with three sinks, else under `file`."""
        if sinks == 3:
            return {kind: sorted(folder.glob(f"{kind}.log*")) for kind in ("signal", "order")}
        return {"file": sorted(folder.glob("bot.log*"))}

    @classmethod
    def parse(cls, line: bytes) -> Fields:
        """Return the fields of a line; raise ValueError if it is not strict JSON."""
        parsed: Fields = orjson.loads(line)
        return parsed

    @classmethod
    def recover(cls, folder: Path) -> None:
        """Do what the next start does after a kill."""

    @classmethod
    def missing(cls) -> str:
        """Return why the peer cannot run here, or an empty string."""
        absent = [name for name in cls.needs if not _installed(name)]
        return f"{', '.join(absent)} is not installed" if absent else ""

    @classmethod
    def versions(cls) -> dict[str, str]:
        """Return the versions of its distributions."""
        return {name: importlib.metadata.version(name) for name in cls.needs if _installed(name)}


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


_NAMES: Final = frozenset(
    (
        "api_key",
        "apikey",
        "api_secret",
        "secret",
        "password",
        "token",
        "access_token",
        "authorization",
    )
)
_PATTERNS: Final = (
    re.compile(r"(?i)(api[_-]?key|secret|token|password)\s*[=:]\s*\S+"),
    re.compile(r"(?i)bearer\s+[a-z0-9._-]+"),
    re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
    re.compile(r"\b[A-Za-z0-9]{64}\b"),
)


def naively_masked(value: Any) -> Any:
    """Mask as many projects do: secret names at each level, four patterns on each text."""
    if isinstance(value, dict):
        return {
            name: "***" if str(name).lower() in _NAMES else naively_masked(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [naively_masked(item) for item in value]
    if isinstance(value, str):
        for pattern in _PATTERNS:
            value = pattern.sub("***", value)
    return value
