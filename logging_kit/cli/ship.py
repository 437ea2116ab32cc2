"""`logging-kit ship`: push the segments of log folders to Loki, as a service or once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..exceptions import SettingsError
from .common import settings as load_settings
from .common import wrong_settings
from .output import echo

if TYPE_CHECKING:
    from ..loki.shipper import Shipper

app = typer.Typer(add_completion=False)

_END_S: Final = 5.0
_HOST: Final = "127.0.0.1"


@app.command()
def ship(
    directories: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="DIR...", help="The log folders.", show_default="of the settings: logs"
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Loki, as http://127.0.0.1:3100.", metavar="URL")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant of the lines in Loki.")] = None,
    username: Annotated[str | None, typer.Option(help="User for basic authentication.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password of that user.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="File with a bearer token.")] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Certificates that Loki's may be signed with.")
    ] = None,
    proxy: Annotated[str | None, typer.Option(help="Proxy on the way.", metavar="URL")] = None,
    cloud: Annotated[
        bool, typer.Option("--cloud", help="Keep to the limits of Grafana Cloud.")
    ] = False,
    max_age: Annotated[
        str | None,
        typer.Option(
            help="Age of the oldest lines that Loki accepts (reject_old_samples_max_age).",
            show_default="7 days",
        ),
    ] = None,
    app_label: Annotated[
        str | None, typer.Option("--app", help="Label app of lines that have none.")
    ] = None,
    env_label: Annotated[
        str | None, typer.Option("--env", help="Label env of lines that have none.")
    ] = None,
    state_dir: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the offset file; for one log folder only.",
            show_default=".shipper in the log folder",
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Ship what is there now, and end; for cron.")
    ] = False,
    give_up: Annotated[
        float, typer.Option(min=0, help="With --once: seconds without any success to end after.")
    ] = 60.0,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="[HOST:]PORT", help="Answer /health, and /metrics for Prometheus, here."
        ),
    ] = None,
) -> None:
    """Push the log files to Loki, each line once, and go on where Loki stopped.

    A restart, a kill, or a day without Loki costs no line. One process ships a folder at a time;
    others wait. The settings of the bot (LOGGING_KIT_LOKI_URL …) are the defaults of the options.
    """
    settings = load_settings(
        loki_url=url,
        loki_tenant=tenant,
        loki_username=username,
        loki_password_file=password_file,
        loki_token_file=token_file,
        loki_ca_file=ca_file,
        loki_proxy=proxy,
        loki_cloud=cloud or None,
        loki_max_age=max_age,
        app=app_label,
        env=env_label,
    )
    folders = directories or [settings.log_dir]
    if not settings.loki_url:
        _refuse("Name the server: --url http://127.0.0.1:3100, or LOGGING_KIT_LOKI_URL.")
    if state_dir is not None and len(folders) > 1:
        _refuse("--state-dir is for one log folder: each needs an offset file of its own.")
    try:
        from ..loki.server import server_options
        from ..loki.shipper import Shipper, ShipperOptions

        options = ShipperOptions(
            app=settings.app,
            env=settings.env,
            max_age_s=settings.loki_max_age,
            state=state_dir,
            segment_size=settings.segment_size,
        )
        shipper = Shipper([one.absolute() for one in folders], server_options(settings), options)
    except SettingsError as error:
        wrong_settings(error)
    with _ending(shipper), _listening(shipper, listen):
        complete = shipper.run(until_idle=once, give_up_s=give_up)
    if once:
        _report(shipper, complete)


@contextmanager
def _ending(shipper: Shipper) -> Iterator[None]:
    """End the shipper on a signal, within a few seconds."""

    def end(_signum: int, _frame: FrameType | None) -> None:
        shipper.stop(_END_S)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _listening(shipper: Shipper, address: str | None) -> Iterator[None]:
    if address is None:
        yield
        return
    from ..loki.health import HealthServer

    host, _, port = address.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        _refuse(f"--listen {address}: give a port, or an address and a port, as {_HOST}:9081.")
    try:
        server = HealthServer(shipper, host.strip("[]") or _HOST, int(port))
    except OSError as error:
        echo(f"Cannot listen on {address}: {error.strerror or error}.", err=True)
        raise typer.Exit(1) from None
    server.start()
    echo(f"Listening on port {server.port}.", err=True)
    try:
        yield
    finally:
        server.close()


def _report(shipper: Shipper, complete: bool) -> None:
    """Say what was shipped; end with exit code 1 if not everything was."""
    numbers = shipper.counters()
    echo(
        f"Shipped {numbers['shipped']:,} lines; the server had {numbers['confirmed']:,} already, "
        f"refused {numbers['rejected']:,}, and {numbers['too_old']:,} were too old for it."
    )
    waiting = [folder.directory for folder in shipper.folders if not folder.was_shipping]
    for directory in waiting:
        echo(f"Another process ships {directory}, or it has no lines.", err=True)
    if not complete:
        echo(f"Not everything was shipped: {shipper.courier.last_error or 'lines wait'}.", err=True)
        raise typer.Exit(1)


def _refuse(message: str) -> None:
    echo(message, err=True)
    raise typer.Exit(2)
