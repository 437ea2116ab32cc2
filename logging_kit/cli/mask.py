"""`logging-kit mask`.

Which rule hides what, and whether there are secrets in logs that exist already.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..masking import Masker
from ..setting_sources import absolute, working_directory
from .output import echo, echo_json

if TYPE_CHECKING:
    from ..masking.baseline import Baseline
    from ..masking.scan import Finding

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

    masker = Masker(**_options(env=True))
    found = 0
    for number, line in enumerate(sys.stdin, 1):
        for field, layer, rule, start, end in scan_line(line.rstrip("\r\n"), masker):
            found += 1
            typer.echo(
                f"line {number}, {f'field {field}, ' if field else ''}characters {start} to {end}: "
                f"{layer}: {rule}"
            )
    if not found:
        typer.echo("nothing in it is masked")


@app.command()
def scan(
    paths: Annotated[
        list[Path], typer.Argument(help="Log files, gzipped or not, or folders of them.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each finding.")
    ] = False,
    as_sarif: Annotated[
        bool, typer.Option("--sarif", help="One SARIF document, for code scanning.")
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Report only findings that are not in this file; create it if missing."),
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option(help="Write all present findings into the baseline.")
    ] = False,
    env: Annotated[
        bool, typer.Option(help="Look for the values of secret names in the environment too.")
    ] = True,
) -> None:
    """Look for secrets in existing logs: file, line, field and rule of each, never its value.

    A named link is followed, and keys and blocks over several lines are found. A file that cannot
    be read does not stop the scan. A baseline holds keyed hashes, no values.

    Exit code: 0 when there are none, 1 when there are some, 2 when something could not be read.

    Examples: logging-kit mask scan logs · logging-kit mask scan old.log.gz --json | jq .rule ·
    logging-kit mask scan logs --baseline known.json · logging-kit mask scan logs --sarif
    """
    from ..masking.baseline import Baseline, fingerprint, sarif
    from ..masking.scan import scan_in_parallel

    problems: list[str] = []

    def on_error(path: str, error: Exception) -> None:
        problems.append(path)
        echo(f"cannot read {path}: {getattr(error, 'strerror', None) or error}", err=True)

    options = _options(env=env)
    known = _read_baseline(baseline, Baseline)
    is_new_baseline = known is not None and (update_baseline or not known.path.exists())
    root = working_directory() or Path("/")
    seen: list[str] = []
    reported: list[Finding] = []
    found = 0
    for path in paths:
        named = absolute(path)
        for finding in scan_in_parallel(path, options, on_error=on_error, processes=_processes()):
            if known is not None:
                print_of = fingerprint(_absolute(finding, named, path), root, known.salt)
                seen.append(print_of)
                if is_new_baseline or print_of in known.known:
                    continue
            found += 1
            if as_sarif:
                reported.append(_absolute(finding, named, path))
            elif as_json:
                echo_json(json.dumps(_shown(finding), ensure_ascii=False))
            else:
                echo(_sentence(finding))
    if as_sarif:
        from .._version import __version__

        echo_json(json.dumps(sarif(reported, root, __version__), ensure_ascii=False, indent=1))
    if known is not None and is_new_baseline:
        known.write(seen)
        echo(f"{len(set(seen))} findings written to {known.path}", err=True)
    elif not as_json and not as_sarif:
        echo(_summary(found, known is not None), err=True)
    if problems:
        echo(f"{len(problems)} paths could not be read", err=True)
        raise typer.Exit(2)
    if found:
        raise typer.Exit(1)


@app.command()
def redact(
    path: Annotated[Path, typer.Argument(help="A log file, gzipped or not.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new file; standard output without it.")
    ] = None,
    env: Annotated[
        bool, typer.Option(help="Hide the values of secret names in the environment too.")
    ] = True,
) -> None:
    """Write a copy of a log without its secrets, to paste into an issue.

    Exit code: 0, or 2 when the file cannot be read or the output exists.

    Examples: logging-kit mask redact logs/bot.log > clean.log · logging-kit mask redact bot.log.gz
    -o clean.log
    """
    import zlib

    from ..masking.scan import redact as clean_text

    masker = Masker(**_options(env=env))
    try:
        if output is None:
            for text in clean_text(path, masker):
                sys.stdout.write(text)
            return
        with output.open("x", encoding="utf-8", errors="replace", newline="") as file:
            for text in clean_text(path, masker):
                file.write(text)
    except FileExistsError:
        echo(f"{output} exists already", err=True)
        raise typer.Exit(2) from None
    except (FileNotFoundError, IsADirectoryError, PermissionError, EOFError, zlib.error) as error:
        echo(f"cannot read {path}: {getattr(error, 'strerror', None) or error}", err=True)
        raise typer.Exit(2) from None


def _read_baseline(path: Path | None, kind: type[Baseline]) -> Baseline | None:
    if path is None:
        return None
    try:
        return kind(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        echo(f"cannot use the baseline {path}: {error}", err=True)
        raise typer.Exit(2) from None


def _absolute(finding: Finding, absolute: Path, path: Path) -> Finding:
    """Return a finding whose file name does not depend on how the folder was named."""
    file = Path(finding.file)
    if file == path:
        return finding._replace(file=str(absolute))
    return finding._replace(file=str(absolute / file.relative_to(path)))


def _shown(finding: Finding) -> dict[str, object]:
    shown = finding._asdict()
    del shown["secret"]
    return shown


def _sentence(finding: Finding) -> str:
    where = f"{finding.file}:{finding.line}"
    if finding.field:
        where += f" {finding.field}"
    row = f"{where} [{finding.start}:{finding.end}] {finding.layer}: {finding.rule}"
    return row.replace("\n", "\\n")


def _summary(found: int, has_baseline: bool) -> str:
    if found:
        return f"{found} secrets found; change those keys, then delete the files"
    if has_baseline:
        return "no new secrets found"
    return "no secrets found"


def _processes() -> int:
    return min(4, os.cpu_count() or 1)


def _options(*, env: bool) -> dict[str, Any]:
    """Return the arguments of the masker that the settings ask for."""
    from .common import settings, wrong_settings

    known = settings()
    options: dict[str, Any] = {
        "mask_names": known.mask_names,
        "allow_names": known.allow_names,
        "mask_formats": known.mask_formats,
        "mask_env": env,
    }
    try:
        Masker(**options)
    except ValueError as error:
        wrong_settings(error)
    return options
