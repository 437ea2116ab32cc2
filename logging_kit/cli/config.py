"""`logging-kit config`: the settings that a bot in this folder gets, and where each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from ..masking import mask
from ..setting_sources import PREFIX, find_table, working_directory
from .common import settings
from .output import echo

app = typer.Typer(add_completion=False)


@app.callback()
def _config() -> None:
    """Show the settings and where each comes from."""


@app.command()
def show(
    json: Annotated[bool, typer.Option("--json", help="The settings as JSON.")] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only settings that are not at their default.")
    ] = False,
) -> None:
    """Show the settings that a bot started in this folder gets.

    Arguments of setup() come on top; they stand in the bot's own code. Secrets are masked.
    """
    known = settings()
    file, _table = find_table(working_directory())
    rows = {
        name: {"value": mask({name: _plain(value)})[name], "from": known.origins[name]}
        for name, value in known.as_dict().items()
        if not changed or known.origins[name] != "default"
    }
    if json:
        echo(dumps({"file": str(file) if file else None, "settings": rows}, ensure_ascii=False))
        return
    echo(f"Settings file: {file or 'none'}")
    width = max((len(name) for name in rows), default=0)
    for name, row in rows.items():
        echo(f"{name:<{width}}  {_text(row['value'])}{_origin(name, str(row['from']), file)}")


def _plain(value: Any) -> Any:
    """Return a setting's value in the forms that JSON has."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


def _text(value: Any) -> str:
    """Return a value as a person writes it in the environment."""
    if isinstance(value, dict):
        return ",".join(f"{key}={_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ",".join(map(_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or value == "":
        return "-"
    return str(value)


def _origin(name: str, origin: str, file: Path | None) -> str:
    match origin:
        case "environment":
            return f"  ({PREFIX}{name.upper()})"
        case "file":
            return f"  ({file})"
    return ""
