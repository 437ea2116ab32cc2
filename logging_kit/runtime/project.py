"""Which project a bot belongs to: what LIFECYCLE startup says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .._version import __version__
from ..exceptions import SettingsError
from ..settings import Settings, read_toml


def startup_fields(settings: Settings) -> dict[str, Any]:
    """Fields of LIFECYCLE startup: version and commit of the bot, a hash of the settings, our own version."""
    folder = Path.cwd()
    fields = {
        "version": settings.version or project_version(folder) or "unknown",
        "git_sha": git_commit(folder),
        "settings_hash": settings.hash(),
        "logging_kit_version": __version__,
    }
    return {name: value for name, value in fields.items() if value}


def project_version(start: Path) -> str:
    """Version of the project that the folder belongs to, from the nearest ``pyproject.toml``; ``""`` when it has none."""
    for folder in (start, *start.parents):
        project = folder / "pyproject.toml"
        if project.is_file():
            try:
                return str(read_toml(project).get("project", {}).get("version", ""))
            except (SettingsError, OSError, AttributeError):
                return ""
    return ""


def git_commit(start: Path) -> str:
    """Commit that the folder's working tree is at, read from ``.git`` without running git; ``""`` when unknown."""
    for folder in (start, *start.parents):
        git = folder / ".git"
        try:
            if git.is_file():  # a worktree or a submodule: "gitdir: <path>"
                git = (folder / git.read_text("utf-8").removeprefix("gitdir:").strip()).resolve()
            if not (git / "HEAD").is_file():
                continue
            head = (git / "HEAD").read_text("utf-8").strip()
            if not head.startswith("ref: "):
                return head[:12]
            ref, common = head[5:], git
            if (git / "commondir").is_file():
                common = (git / (git / "commondir").read_text("utf-8").strip()).resolve()
            if (common / ref).is_file():
                return (common / ref).read_text("utf-8").strip()[:12]
            packed = (common / "packed-refs").read_text("utf-8").splitlines()
            return next((line[:12] for line in packed if line.endswith(" " + ref)), "")
        except (OSError, ValueError):  # not UTF-8 either
            return ""
    return ""
