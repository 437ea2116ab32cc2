"""The command `logging-kit stack`: start, show and stop the servers and the demo bot together."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ..exceptions import StackError
from . import agents, servers
from .agents import Agent
from .output import echo
from .processes import Program, RunFile, Supervisor
from .servers import StackPaths

app = typer.Typer(
    help="Start, show and stop Loki, Promtail, Grafana and a demo bot.", no_args_is_help=True
)

GET_STACK = (
    "For Loki and the Grafana dashboards: install Docker (https://docs.docker.com/engine/install/) "
    "and start this again; "
    "or put loki, promtail and grafana on PATH (monitoring/README.md)."
)
GET_GRAFANA = (
    "For the dashboards: install Grafana (https://grafana.com/grafana/download) so that grafana is "
    "on PATH, and start this again."
)

OPEN_TO_LOCAL_USERS = (
    "Warning   Loki and its agent have no password. Every user of this machine can read, change "
    "and stop them on 127.0.0.1; on a machine with other users run them in Docker."
)

LogDir = Annotated[
    Path, typer.Option(help="Directory of the bot's logs.", envvar="LOGGING_KIT_LOG_DIR")
]
StateDir = Annotated[
    Path, typer.Option(help="Directory of generated files and of the servers' data.")
]


@app.command()
def up(
    log_dir: LogDir = Path("logs"),
    state_dir: StateDir = Path(".logging-kit"),
    seconds: Annotated[
        float | None,
        typer.Option(min=0, help="Stop by itself after so many seconds.", show_default="never"),
    ] = None,
    demo: Annotated[
        bool, typer.Option(help="Run a demo bot; without it the servers wait for yours.")
    ] = True,
    agent: Annotated[
        Agent,
        typer.Option(
            help="What brings the lines to Loki: promtail (at its end of life), ship (this "
            "package's own, recommended) or alloy."
        ),
    ] = Agent.PROMTAIL,
    monitoring: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Dashboards, alerts and configuration that `logging-kit grafana write` wrote.",
            show_default="those of the package",
        ),
    ] = None,
) -> None:
    """Start everything and run until Ctrl-C or `stack down`.

    With a Docker engine: the full stack of monitoring/docker-compose.yml. Without one, but with
    loki and the agent (and grafana) on PATH: the same from there. Without both: a demo bot, and the
    dashboards in the terminal.
    """
    if os.name != "posix":
        echo(
            "logging-kit stack runs on Linux and macOS; on Windows use Docker Desktop with "
            "monitoring/docker-compose.yml.",
            err=True,
        )
        raise typer.Exit(1)
    paths = StackPaths(state_dir.absolute(), log_dir.absolute(), _monitoring(monitoring))
    try:
        paths.prepare()
        with closing(RunFile(paths.state / "stack.json")) as run:
            if not run.acquire():
                echo("Already running.")
                _print_status(run.holder() or {})
                return
            _run(paths, run, agent, seconds=seconds, demo=demo)
    except StackError as error:
        echo(f"start failed: {error}", err=True)
        raise typer.Exit(1) from None


def _monitoring(given: Path | None) -> Path:
    """Return the directory of configuration; one that is not complete ends the command with 2."""
    if given is None:
        directory = servers.MONITORING
    else:
        directory = given.absolute()
    needed = ("docker-compose.yml", "loki/loki-config.yml", "grafana/provisioning")
    missing = [name for name in needed if not (directory / name).exists()]
    if missing:
        echo(
            f"{directory} has no {' and no '.join(missing)}: make such a directory with "
            f"`logging-kit grafana write {given}`.",
            err=True,
        )
        raise typer.Exit(2)
    return directory


def _run(
    paths: StackPaths, run: RunFile, agent: Agent, *, seconds: float | None, demo: bool
) -> None:
    start_servers = _choose_backend(paths, agent)
    supervisor = Supervisor(paths.state)
    with supervisor.signals():
        if demo:
            supervisor.start(servers.demo(paths))
            _wait_for_logs(supervisor, paths)
        state = {**start_servers(supervisor), "logs": str(paths.logs)}
        run.write(**state)
        if supervisor.stopping:
            return
        _print_status(state)
        if "grafana" not in state:
            supervisor.start(servers.view(paths))
        supervisor.wait(seconds)


def _choose_backend(paths: StackPaths, agent: Agent) -> Callable[[Supervisor], dict[str, str]]:
    """Return the function that starts the servers on this machine; their ports are free."""
    if servers.docker_answers():
        if " Up " in servers.containers():  # not ours to end
            return lambda _: _grafana(paths, int(os.environ.get("GRAFANA_PORT") or 3000))
        services = agents.compose_services(agent)
        return partial(_start_compose, paths, servers.port("GRAFANA_PORT", 3000), services)
    loki = servers.find_grafana_program("loki")
    if loki is None:
        return lambda _: {"hint": GET_STACK}
    loki_port = servers.port("LOKI_PORT", 3100)
    program = _agent_program(paths, agent, loki_port)
    if program is None:
        return lambda _: {"hint": GET_STACK}
    grafana = servers.find_grafana_program("grafana", "grafana-server")
    return partial(
        _start_native,
        paths,
        loki,
        loki_port,
        program,
        (grafana, servers.port("GRAFANA_PORT", 3000)) if grafana else None,
    )


def _agent_program(paths: StackPaths, agent: Agent, loki_port: int) -> Callable[[], Program] | None:
    """Return a function that makes the agent's program; `None` if it is not on PATH."""
    if agent is Agent.SHIP:
        if find_spec("requests") is None:
            raise StackError("the shipper needs requests: pip install 'logging-kit[loki]'")
        return partial(agents.shipper, paths, loki_port, servers.port("SHIPPER_PORT", 9081))
    found = servers.find_grafana_program(agent.value)
    if found is None:
        return None
    if agent is Agent.ALLOY:
        return partial(agents.alloy, found, paths, loki_port, servers.port("ALLOY_PORT", 12345))
    port = servers.port("PROMTAIL_PORT", 9080)
    return partial(agents.promtail, found, paths, loki_port, port)


def _wait_for_logs(supervisor: Supervisor, paths: StackPaths) -> None:
    """Wait until the bot has written its first line.

    Promtail is healthy only if it finds a file.
    """
    end = time.monotonic() + 30
    while not (paths.logs / "bot.log").exists():
        supervisor.wait(0.1)
        if supervisor.stopping:
            return
        if time.monotonic() > end:
            raise StackError(f"the demo bot wrote nothing to {paths.logs} in 30 s")


def _start_compose(
    paths: StackPaths, port: int, services: list[str], supervisor: Supervisor
) -> dict[str, str]:
    state = _grafana(paths, port)
    fetched = [name for name in services if name != "shipper"]  # which is built
    if supervisor.run(servers.compose(paths, "pull", "--policy", "missing", *fetched)) > 0:
        raise StackError("docker compose could not fetch the images; what it said is above")
    supervisor.start(servers.compose_up(paths, port, services), timeout_s=600)
    return state


def _start_native(
    paths: StackPaths,
    loki: str,
    loki_port: int,
    agent: Callable[[], Program],
    grafana: tuple[str, int] | None,
    supervisor: Supervisor,
) -> dict[str, str]:
    supervisor.start(servers.loki(loki, paths, loki_port))
    supervisor.start(agent())
    state = {"loki": f"http://127.0.0.1:{loki_port}", "warning": OPEN_TO_LOCAL_USERS}
    if grafana is None:
        return {**state, "hint": GET_GRAFANA}
    state |= _grafana(paths, grafana[1])
    supervisor.start(servers.grafana(grafana[0], paths, loki_port, grafana[1]), timeout_s=120)
    return state


def _grafana(paths: StackPaths, port: int) -> dict[str, str]:
    paths.make_password()
    return {"grafana": f"http://127.0.0.1:{port}", "password_file": str(paths.password_file)}


@app.command()
def down(state_dir: StateDir = Path(".logging-kit"), log_dir: LogDir = Path("logs")) -> None:
    """Stop everything that `stack up` started. Logs, Loki's data and Grafana's data stay."""
    paths = StackPaths(state_dir.absolute(), log_dir.absolute())
    paths.prepare()
    run = RunFile(paths.state / "stack.json")
    stopped = False
    if state := run.holder():
        os.kill(int(state["pid"]), signal.SIGTERM)
        end = time.monotonic() + 180
        while run.holder() is not None:
            if time.monotonic() > end:
                echo(f"process {state['pid']} does not end", err=True)
                raise typer.Exit(1)
            time.sleep(0.1)
        stopped = True
    run.close()
    if servers.containers():
        supervisor = Supervisor(paths.state)
        with supervisor.signals():
            if supervisor.run(servers.compose(paths, "down")) != 0:
                raise typer.Exit(1)
        stopped = True
    echo("Stopped." if stopped else "Nothing was running.")


@app.command()
def status(state_dir: StateDir = Path(".logging-kit")) -> None:
    """Show what runs and where it listens; the exit code is 3 if nothing runs."""
    path = state_dir.absolute() / "stack.json"
    state = None
    if path.exists():
        run = RunFile(path)
        state = run.holder()
        run.close()
    if state is not None:
        echo(f"Running, process {state.get('pid', 'unknown')}.")
        _print_status(state)
    if lines := servers.containers():
        echo(lines)
    if state is None and not lines:
        echo(f"Not running. Start it with: {servers.stack_command()}")
        raise typer.Exit(3)


def _print_status(state: Mapping[str, str]) -> None:
    if "grafana" in state:
        echo(f"Grafana   {state['grafana']}  user admin, password in {state['password_file']}")
    if "loki" in state:
        echo(f"Loki      {state['loki']}")
    if "logs" in state:
        echo(f"Logs      {state['logs']}")
    if "warning" in state:
        echo(state["warning"])
    if "hint" in state:
        echo(state["hint"])
    echo(f"Stop      Ctrl-C, or {servers.stack_command('down')} from another terminal")
