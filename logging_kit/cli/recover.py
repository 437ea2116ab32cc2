"""``logging-kit recover``: bring what a killed bot left in its journal to the log files, where the bot does not come back."""

from __future__ import annotations

from json import dumps
from typing import Annotated

import typer

from ..store.recovery import living
from ..store.recovery import recover as bring_in
from .common import Folder, FolderOption, one_folder, settings

app = typer.Typer(add_completion=False)


@app.command()
def recover(
    directory: Folder = None,
    log_dir: FolderOption = None,
    json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Bring the lines that killed bots left behind to the log files; bots that run are not touched.

    A bot that starts does this by itself.
    """
    known = settings()
    folder = one_folder(directory, log_dir) or known.log_dir
    if not folder.is_dir():
        typer.echo(
            f"There is no folder {folder}: name the log folder, as in 'logging-kit recover logs'.",
            err=True,
        )
        raise typer.Exit(2)
    try:
        brought = bring_in(folder.absolute(), known.segment_size)
    except OSError as error:
        typer.echo(
            f"Cannot bring in all that killed bots left in {folder}: {error.strerror or error}. "
            "Nothing is lost; try again when that is mended.",
            err=True,
        )
        raise typer.Exit(1) from None
    alive = living(folder)
    if json:
        typer.echo(dumps({"recovered": brought, "alive": alive}))
        return
    bots = "bot" if brought == 1 else "bots"
    typer.echo(
        f"Brought in what {brought} killed {bots} left."
        if brought
        else "No killed bot has left anything."
    )
    if alive:
        typer.echo(f"Still running, and not touched: {alive}.")
