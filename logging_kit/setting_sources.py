"""Sources of the settings: the environment, and the nearest TOML file that can be trusted.

Only a file that the user or root owns, and that no other user can write, is obeyed. The search goes
up from the working directory to the root of the repository or the home of the user, never above.
A folder or a file that cannot be read is skipped: a bot must start without it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from .diagnostics import warn_once
from .exceptions import SettingsError

PREFIX: Final = "LOGGING_KIT_"
PROGRAMS: Final = frozenset({"loki", "promtail", "logcli", "lokitool", "grafana", "bin"})
"""Names under our prefix that say where a program is; they are not settings."""

_REPOSITORY: Final = (".git", ".hg", ".svn", ".jj")
_SERVICE_LINK: Final = re.compile(r"(.*_)?(service_(host|port(_.+)?)|port(_\d+_(tcp|udp|sctp).*)?)")
_SERVICE_ADDRESS: Final = re.compile(r"(tcp|udp|sctp)://\S+:\d+")
_SHARED_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_READ_ONLY: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
)


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with the prefix, by setting, without those of programs."""
    found = {
        key.removeprefix(PREFIX).lower(): value
        for key, value in environ.items()
        if key.startswith(PREFIX) and key != PREFIX
    }
    return {
        name: value
        for name, value in found.items()
        if name not in PROGRAMS and not _is_service_address(name, value)
    }


def _is_service_address(name: str, value: str) -> bool:
    """Return True for what Kubernetes says of a service `logging-kit-metrics`, not a bot's port."""
    return is_service_link(name) and _SERVICE_ADDRESS.fullmatch(value) is not None


def is_service_link(name: str) -> bool:
    """Return True for a variable that Kubernetes sets in each pod for a service of that name."""
    return _SERVICE_LINK.fullmatch(name) is not None


def working_directory() -> Path | None:
    """Return the working directory, or `None` if it was deleted or cannot be read."""
    try:
        return Path.cwd()
    except OSError:
        return None


def absolute(path: Path) -> Path:
    """Make a path absolute, also without a working directory.

    If the working directory was deleted, the path is taken relative to the folder that `PWD` names,
    which a deployment may have made again, else to the home of the user.
    """
    with suppress(OSError):
        return path.absolute()
    base = Path(os.environ.get("PWD", ""))
    if not base.is_absolute():
        base = home() or Path("/")
    warn_once("cwd", f"the working directory does not exist; '{path}' is taken to be in '{base}'")
    return base / path


def home() -> Path | None:
    """Return the home of the user, or `None` if there is none."""
    try:
        return Path.home()
    except (RuntimeError, OSError):
        return None


def project_folders(start: Path | None) -> Iterator[Path]:
    """Yield a folder and those above it, up to the root of the repository or the home."""
    if start is None:
        return
    last = home()
    for folder in (start, *start.parents):
        yield folder
        if folder == last or any(_exists(folder / name) for name in _REPOSITORY):
            return


def find_table(start: Path | None) -> tuple[Path | None, Mapping[str, Any]]:
    """Find the nearest table of settings.

    Args:
        start: Where the search begins.

    Returns:
        The file and its table; `None` and an empty table if there is no file.

    Raises:
        SettingsError: When the file is not valid TOML.
    """
    for folder in project_folders(start):
        own, project = folder / "logging_kit.toml", folder / "pyproject.toml"
        data = read_trusted(own)
        if data is not None:
            return own, parse_toml(own, data)
        data = read_trusted(project, b"[tool.logging_kit")
        if data is not None:
            table = parse_toml(project, data).get("tool", {}).get("logging_kit", {})
            return project, table
    return None, {}


def read_trusted(path: Path, containing: bytes = b"") -> bytes | None:
    """Read a file that the user or root owns and that no other user can write.

    A file that cannot be read or trusted is reported once on stderr.

    Args:
        path: The file.
        containing: A file without these bytes is of no interest, and is not reported.

    Returns:
        The content; `None` if there is no such file, or if it cannot be read or trusted.
    """
    try:
        link = os.lstat(path)
        descriptor = os.open(path, _READ_ONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        _report(path, f"it cannot be read ({_reason(error)})")
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read()
    except OSError as error:
        _report(path, f"it cannot be read ({_reason(error)})")
        return None
    finally:
        os.close(descriptor)
    if containing not in data:
        return None
    problem = why_untrusted(link) or why_untrusted(status)
    if problem:
        _report(path, problem)
        return None
    return data


def why_untrusted(status: os.stat_result) -> str:
    """Return why a file is not obeyed, or an empty text if it can be trusted."""
    if not hasattr(os, "geteuid"):
        return ""
    if status.st_uid not in (0, os.geteuid()):
        return f"it belongs to another user (uid {status.st_uid})"
    if stat.S_ISLNK(status.st_mode) or not status.st_mode & _SHARED_WRITE:
        return ""
    if status.st_mode & stat.S_IWOTH or not _is_private_group(status.st_gid, status.st_uid):
        return "other users can write it"
    return ""


def _is_private_group(gid: int, uid: int) -> bool:
    """Return True if a user has this group alone, as on systems whose files are writable for it."""
    import grp
    import pwd

    try:
        group, owner = grp.getgrgid(gid), pwd.getpwuid(uid)
    except KeyError:
        return False
    return (
        owner.pw_gid == gid
        and group.gr_name == owner.pw_name
        and {*group.gr_mem} <= {owner.pw_name}
    )


def parse_toml(path: Path, data: bytes) -> dict[str, Any]:
    """Parse a TOML file.

    Raises:
        SettingsError: When it is not valid.
    """
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def _exists(path: Path) -> bool:
    try:
        os.lstat(path)
    except (OSError, ValueError):
        return False
    return True


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _report(path: Path, problem: str) -> None:
    warn_once(f"ignored {path}", f"'{path}' is ignored: {problem}", once=True)
