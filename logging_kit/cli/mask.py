"""``logging-kit mask``: which rule hides what, and whether there are secrets in logs that exist already."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..masking import Masker

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Secrets: why a text is masked, and whether logs hold any.",
)


@app.command()
def explain() -> None:
    """Say which rules mask which part of the text on standard input; the values are not shown.

    Example: pbpaste | logging-kit mask explain
    """
    from ..masking.scan import scan_line

    masker = _masker(env=True)
    found = 0
    for number, line in enumerate(sys.stdin, 1):
        for field, layer, rule, start, end in scan_line(line.rstrip("\r\n"), masker):
            found += 1
            typer.echo(
                f"line {number}, {f'field {field}, ' if field else ''}characters {start} to {end}: {layer}: {rule}"
            )
    if not found:
        typer.echo("nothing in it is masked")


@app.command()
def scan(
    path: Annotated[Path, typer.Argument(help="A log file, gzipped or not, or a folder of them.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each finding.")
    ] = False,
    env: Annotated[
        bool, typer.Option(help="Look for the values of secret names in the environment too.")
    ] = True,
) -> None:
    """Look for secrets in logs that exist already: file, line, field and rule of each, never its value.

    Exit code: 0 when there are none, 1 when there are some, 2 when the path cannot be read.

    Examples: logging-kit mask scan logs · logging-kit mask scan old.log.gz --json | jq .rule
    """
    from ..masking.scan import scan as search

    found = 0
    try:
        if not path.exists():
            typer.echo(f"there is no {path}", err=True)
            raise typer.Exit(2)
        for finding in search(path, _masker(env=env)):
            found += 1
            if as_json:
                typer.echo(json.dumps(finding._asdict(), ensure_ascii=False))
            else:
                where = f"{finding.file}:{finding.line}" + (
                    f" {finding.field}" if finding.field else ""
                )
                typer.echo(
                    f"{where} [{finding.start}:{finding.end}] {finding.layer}: {finding.rule}"
                )
    except (OSError, EOFError) as error:
        typer.echo(f"cannot read: {error}", err=True)
        raise typer.Exit(2) from None
    if not as_json:
        typer.echo(
            f"{found} secrets found; change those keys, then delete the files"
            if found
            else "no secrets found",
            err=True,
        )
    if found:
        raise typer.Exit(1)


def _masker(*, env: bool) -> Masker:
    from .common import settings, wrong_settings

    known = settings()
    try:
        return Masker(
            mask_names=known.mask_names,
            allow_names=known.allow_names,
            mask_formats=known.mask_formats,
            mask_env=env,
        )
    except ValueError as error:
        wrong_settings(error)
