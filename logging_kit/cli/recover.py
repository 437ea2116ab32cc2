"""`logging-kit recover`: move the lines that a killed bot left in its journal to the log files."""

from __future__ import annotations

from json import dumps
from typing import Annotated

import typer

from ..store.journal import JOURNALS
from ..store.recovery import damaged_journals, living
from ..store.recovery import recover as bring_in
from .common import Folder, FolderOption, one_folder, settings

app = typer.Typer(add_completion=False)


@app.command()
def recover(
    directory: Folder = None,
    log_dir: FolderOption = None,
    json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Move the lines that killed bots left in their journals to the log files.

    A bot that starts does this by itself. Running bots are not touched.
    """
    known = settings()
    folder = one_folder(directory, log_dir) or known.log_dir
    if not folder.is_dir():
        typer.echo(
            f"There is no folder {folder}: name the log folder, as in 'logging-kit recover logs'.",
            err=True,
        )
        raise typer.Exit(2)
    damaged_before = damaged_journals(folder)
    try:
        brought = bring_in(folder.absolute(), known.segment_size)
    except OSError as error:
        typer.echo(
            f"Cannot recover all lines that killed bots left in {folder}: "
            f"{error.strerror or error}. "
            "Nothing is lost; try again when this is fixed.",
            err=True,
        )
        raise typer.Exit(1) from None
    alive = living(folder)
    damaged = sorted(path.name for path in damaged_journals(folder) - damaged_before)
    if json:
        result: dict[str, object] = {"recovered": brought, "alive": alive}
        if damaged:
            result["damaged"] = damaged
        typer.echo(dumps(result))
        raise typer.Exit(bool(damaged))
    if brought == 1:
        bots = "bot"
    else:
        bots = "bots"
    typer.echo(
        f"Brought in what {brought} killed {bots} left."
        if brought
        else "No killed bot has left anything."
    )
    if alive:
        typer.echo(f"Still running, and not touched: {alive}.")
    if damaged:
        typer.echo(
            f"Damaged, and kept in {folder / JOURNALS}: {', '.join(damaged)}. "
            "The lines outside of the damage are in the log files.",
            err=True,
        )
        raise typer.Exit(1)
