"""Facts about the bot's project for LIFECYCLE startup: its version and its commit."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any, Final

from .._version import __version__
from ..exceptions import SettingsError
from ..setting_sources import (
    parse_toml,
    project_folders,
    read_trusted,
    why_untrusted,
    working_directory,
)
from ..settings import Settings

_COMMIT: Final = re.compile(r"[0-9a-f]{12}[0-9a-f]*")


def startup_fields(settings: Settings) -> dict[str, Any]:
    """Return the fields of LIFECYCLE startup.

    They are the version and the commit of the bot, a hash of the settings and our own version. A
    fact that cannot be found is left out.
    """
    folder = working_directory()
    fields = {
        "version": settings.version or project_version(folder) or "unknown",
        "git_sha": git_commit(folder),
        "settings_hash": settings.hash(),
        "logging_kit_version": __version__,
    }
    return {name: value for name, value in fields.items() if value}


def project_version(start: Path | None) -> str:
    """Return the version in the nearest `pyproject.toml`, or `""` if it has none."""
    for folder in project_folders(start):
        path = folder / "pyproject.toml"
        data = read_trusted(path, b"[project]")
        if data is not None:
            try:
                return str(parse_toml(path, data).get("project", {}).get("version", ""))
            except (SettingsError, AttributeError):
                return ""
        if path.is_file():
            return ""
    return ""


def git_commit(start: Path | None) -> str:
    """Return the commit that the working tree is at, or `""` if it is unknown.

    It is read from `.git` without running git. As with git itself, the repository of another user
    is not read.
    """
    for folder in project_folders(start):
        git = folder / ".git"
        try:
            status = git.stat()
            if why_untrusted(status):
                return ""
            if stat.S_ISREG(status.st_mode):  # a worktree or a submodule: "gitdir: <path>"
                git = folder / _text(git).removeprefix("gitdir:").strip()
            head = _text(git / "HEAD")
            return _resolve(git, head)[:12]
        except FileNotFoundError:
            continue
        except (OSError, ValueError):  # not UTF-8 either
            return ""
    return ""


def _resolve(git: Path, head: str) -> str:
    """Return the commit that the content of HEAD stands for."""
    if not head.startswith("ref: "):
        return _commit(head)
    ref, common = head[5:], git
    if (git / "commondir").is_file():
        common = git / _text(git / "commondir")
    try:
        return _commit(_text(common / ref))
    except FileNotFoundError:
        packed = _text(common / "packed-refs").splitlines()
        return next((_commit(line) for line in packed if line.endswith(" " + ref)), "")


def _commit(text: str) -> str:
    found = _COMMIT.match(text)
    if found is not None:
        return found[0]
    return ""


def _text(path: Path) -> str:
    data = read_trusted(path)
    if data is None:
        raise FileNotFoundError(path)
    return os.fsdecode(data).strip()
