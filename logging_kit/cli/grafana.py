"""`logging-kit grafana`: the dashboards and alerts as files for Grafana."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from ..events.own import recall
from ..exceptions import LoggingKitError
from .common import settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The dashboards and alerts as files for Grafana, in your language and with your limits.",
)

_PACKAGES: Final = ("grafana_foundation_sdk", "yaml")
_MISSING: Final = (
    "`logging-kit grafana write` needs {name}, which is not installed: "
    "pip install 'logging-kit[grafana]'"
)


class Language(StrEnum):
    """Languages of the dashboards."""

    EN = "en"
    KO = "ko"


class Channel(StrEnum):
    """Channels of the alerts."""

    DISCORD = "discord"
    SLACK = "slack"
    TELEGRAM = "telegram"
    EMAIL = "email"
    WEBHOOK = "webhook"


@app.callback()
def _group() -> None:
    """Make `write` a command of its own, although it is the only one."""


@app.command()
def write(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Directory to write; it need not exist yet.")
    ],
    channel: Annotated[
        Channel, typer.Option(help="Where the alerts go; its address is set in the environment.")
    ] = Channel.DISCORD,
    language: Annotated[
        Language, typer.Option(help="Language of titles, descriptions and messages.")
    ] = Language.EN,
    time_zone: Annotated[
        str, typer.Option(help="browser, utc, or a name such as Asia/Seoul.")
    ] = "browser",
    red_up: Annotated[
        bool, typer.Option("--red-up", help="Gains in red and losses in blue, as in Korea.")
    ] = False,
    app_name: Annotated[
        str | None,
        typer.Option(
            "--app",
            help="The app that the dashboards begin with, and the only one with alerts.",
            show_default="of the settings; alerts for every app",
        ),
    ] = None,
    env: Annotated[
        str, typer.Option(help="Label env of the bots with alerts, a regular expression: live.")
    ] = ".*",
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A threshold: drawdown_pct=20. May be repeated."),
    ] = None,
    runbooks: Annotated[
        str, typer.Option(metavar="URL", help="Address of your copy of docs/alerts.md, for links.")
    ] = "",
    grafana_url: Annotated[
        str, typer.Option(metavar="URL", help="Address of Grafana as people open it.")
    ] = "http://localhost:3000",
) -> None:
    """Write the dashboards, the alerts and the configuration of the servers into a directory.

    Start the servers with it: logging-kit stack up --monitoring DIR. Configuration that is there
    already is kept; dashboards and alerts are written again.

    Exit code: 0 when the directory is complete, 1 when it cannot be written, 2 when an option is
    wrong, 3 when a package is missing.

    Example: logging-kit grafana write my-monitoring --channel telegram --language ko --red-up
    """
    try:
        import yaml as _yaml  # noqa: F401
        from grafana_foundation_sdk.models import stat as _stat  # noqa: F401

        from ..panels.alerts.alert import parse_limits
        from ..panels.alerts.routing import Routing
        from ..panels.grafana import generate
        from ..panels.presentation import Presentation
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _PACKAGES:
            raise
        typer.echo(_MISSING.format(name=error.name), err=True)
        raise typer.Exit(3) from None
    known = settings()
    recall(known.log_dir)
    try:
        presentation = Presentation(language.value, time_zone, "red-up" if red_up else "green-up")
        routing = Routing(
            app_name,
            env,
            channel.value,
            runbooks,
            grafana_url.rstrip("/"),
            parse_limits(limit or ()),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        written = generate.write(directory, presentation, routing, app_name or known.app)
    except LoggingKitError as error:
        typer.echo(f"The bot's own panels are wrong: {error}", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(
            f"cannot write {error.filename or directory}: {error.strerror}. "
            "Give a directory that you may write to.",
            err=True,
        )
        raise typer.Exit(1) from None
    for path in written:
        typer.echo(f"wrote {path}")
    if not written:
        typer.echo(f"{directory} is up to date")
