"""The command line `logging-kit`: the list of its commands.

A command `name` is the `typer.Typer` that `cli/name.py` calls `app`. Its module is imported when
the command is run or its help is shown, so that one command does not pay for the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from ..suggestions import did_you_mean
from .output import guarded_output, prepare_streams

COMMANDS: Final = (
    "demo",
    "watch",
    "tail",
    "sql",
    "report",
    "mask",
    "stack",
    "grafana",
    "ship",
    "recover",
    "config",
)
"""The commands in the order of the help text."""


class _Commands(TyperGroup):
    """A group that imports a command when it is asked for."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        prepare_streams()
        with guarded_output():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with guarded_output():
            return super().invoke(ctx)

    def get_params(self, ctx: Any) -> Any:
        return _without_flag_types(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = get_command(import_module(f"{__package__}.{cmd_name}").app)
        command.name = cmd_name
        for each in (command, *getattr(command, "commands", {}).values()):
            _without_flag_types(each.get_params(ctx))
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            suggestion = did_you_mean(args[0], COMMANDS)
            if suggestion:
                ctx.fail(f"there is no command {args[0]!r}{suggestion}")
        return super().resolve_command(ctx, args)


def _without_flag_types(params: list[Any]) -> list[Any]:
    """Drop the type that the help shows beside options that take no value."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start here: logging-kit demo",
)


def _version(wanted: bool) -> None:
    if wanted:
        from .._version import __version__

        typer.echo(f"logging-kit {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Read the logs of trading bots, try a simulated bot, run the servers."""
