"""The servers of the stack as programs to run: in Docker, or natively from PATH."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ..exceptions import StackError
from ..settings import Settings
from .processes import Program

MONITORING: Final = Path(__file__).resolve().parents[1] / "monitoring"
SOURCE: Final = Path(__file__).resolve().parents[2]
"""The clone of the repository; another folder where the package is installed without it."""

GRAFANA_SETTINGS: Final = {
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_USERS_ALLOW_SIGN_UP": "false",
    "GF_AUTH_ANONYMOUS_ENABLED": "false",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_SNAPSHOTS_EXTERNAL_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_AUTO_UPDATE": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
}
"""Settings of the container too: no sign-up, no reports to Grafana Labs, no updates."""

ALERT_CONTACTS: Final = {
    "ALERT_DISCORD_URL": "http://127.0.0.1:9/not-set",
    "ALERT_SLACK_URL": "http://127.0.0.1:9/not-set",
    "ALERT_TELEGRAM_TOKEN": "not-set",
    "ALERT_TELEGRAM_CHAT": "not-set",
    "ALERT_EMAIL_TO": "not-set@localhost",
    "ALERT_WEBHOOK_URL": "http://127.0.0.1:9/not-set",
}
"""Receivers of alerts that the environment does not name: none. Grafana refuses to start with an
empty one."""

_GRAFANA_UID: Final = 472  # of the image


@dataclass(frozen=True, slots=True)
class StackPaths:
    """The directories of a stack, all absolute.

    Args:
        state: Generated files and data.
        logs: The bot's logs.
        monitoring: Configuration, dashboards and alerts, as `logging-kit grafana write` makes them.
    """

    state: Path
    logs: Path
    monitoring: Path = MONITORING

    def prepare(self) -> None:
        """Make the directories; no other user may look into the generated ones.

        Raises:
            StackError: When one cannot be made.
        """
        generated = (
            self.state,
            *(self.state / name for name in ("loki", "promtail", "alloy", "grafana")),
        )
        for directory, mode in (
            (self.logs, 0o777),
            *((directory, 0o700) for directory in generated),
        ):
            try:
                directory.mkdir(mode=mode, parents=True, exist_ok=True)
            except OSError as error:
                raise StackError(f"cannot make {directory}: {error.strerror}") from error

    @property
    def password_file(self) -> Path:
        """The file with the password of Grafana's user `admin`."""
        return self.state / "grafana-admin-password"

    def make_password(self) -> None:
        """Make a password unless there is one: Grafana keeps the first it was started with."""
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(18))


def stack_command(verb: str = "up") -> str:
    """Return the command of the stack as it exists here.

    In a checkout of the repository, or installed.
    """
    if (SOURCE / "scripts" / "start.sh").exists():
        options = {"up": "", "down": " --stop", "status": " --status"}
        return f"./scripts/start.sh{options[verb]}"
    return f"logging-kit stack {verb}"


def port(name: str, default: int) -> int:
    """Return the port that an environment variable names, if no other program listens on it.

    Raises:
        StackError: When it is no port, or taken.
    """
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StackError(f"{name}={text} is no port; give a number from 1 to 65535")
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise StackError(
                f"port {text} is taken by another program (to see which: ss -ltnp 'sport = "
                f":{text}'). "
                f"End it, or take another port: {name}={int(text) + 1} {stack_command()}"
            ) from error
    return int(text)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _output(*command: str) -> str | None:
    """Return what a command prints; None if it fails."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603  (commands are ours)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if result.returncode == 0:
        return result.stdout + result.stderr
    return None


def docker_answers() -> bool:
    """Return True if a Docker engine is reachable and has compose."""
    return (
        _output("docker", "info") is not None
        and _output("docker", "compose", "version") is not None
    )


def find_grafana_program(*names: str) -> str | None:
    """Return the first of these programs on PATH that is Grafana's.

    Debian's `loki` is about genetics.
    """
    for name in names:
        path = shutil.which(name)
        if path:
            said = _output(path, "--version")
        else:
            said = None
        if (
            path
            and said
            and (
                said.startswith(f"{name}, version")
                or said.lower().startswith(("grafana version", "version "))
            )
        ):
            return path
    return None


# With Docker


def compose(paths: StackPaths, *arguments: str) -> Program:
    """Run `docker compose` for the stack, with its output on the terminal."""
    uid, gid = os.getuid(), os.getgid()
    env = {
        "STACK_STATE_DIR": str(paths.state),
        "LOGGING_KIT_LOG_DIR": str(paths.logs),
        "BOT_USER": f"{uid}:{gid}",
        # the owner of the password file: no other user may read it
        "GRAFANA_USER": f"{uid or _GRAFANA_UID}:0",
        "LOGGING_KIT_SOURCE": str(SOURCE),
    }
    if "down" in arguments:  # it leaves services of other profiles running
        env["COMPOSE_PROFILES"] = "ship,alloy"
    return Program(
        "compose",
        ["docker", "compose", "-f", str(paths.monitoring / "docker-compose.yml"), *arguments],
        env,
        on_terminal=True,
    )


def compose_up(paths: StackPaths, grafana_port: int, services: Sequence[str]) -> Program:
    """Run the containers until they are told to stop, as the last of several programs would be."""
    if os.getuid() == 0:
        os.chown(paths.password_file, _GRAFANA_UID, 0)
    ready = f"http://127.0.0.1:{grafana_port}/api/health"
    # it passes the signal on and waits; Loki may take a minute to write what it holds
    return replace(
        compose(paths, "up", *services), ready=ready, on_terminal=False, stop_timeout_s=120
    )


def containers() -> str:
    """Return the stack's containers with their state, one a line; empty if there are none."""
    return (
        _output(
            "docker",
            "ps",
            "--all",
            "--filter",
            "label=com.docker.compose.project=logging-kit",
            "--format",
            "{{.Names}}  {{.Status}}",
        )
        or ""
    ).strip()


# Natively


def loki(program: str, paths: StackPaths, http_port: int) -> Program:
    """Return Loki with the shipped configuration; flags override it for this machine."""
    data = paths.state / "loki"
    flags = {
        "config.file": paths.monitoring / "loki" / "loki-config.yml",
        "server.http-listen-address": "127.0.0.1",
        "server.http-listen-port": http_port,
        "server.grpc-listen-port": _free_port(),
        "common.path-prefix": data,
        "common.storage.filesystem.chunk-directory": data / "chunks",
        "common.storage.filesystem.rules-directory": data / "rules",
        "tsdb.shipper.active-index-directory": data / "tsdb-index",
        "tsdb.shipper.cache-location": data / "tsdb-cache",
        "ingester.wal-dir": data / "wal",
        "compactor.working-directory": data / "compactor",
        "ruler.storage.local.directory": data / "rules",
        "ruler.rule-path": data / "rules-temp",
        "ruler.wal.dir": data / "ruler-wal",
    }
    command = [program, *(f"-{flag}={value}" for flag, value in flags.items())]
    return Program(
        "loki", command, {"GOMEMLIMIT": "170MiB"}, ready=f"http://127.0.0.1:{http_port}/ready"
    )


def grafana(program: str, paths: StackPaths, loki_port: int, http_port: int) -> Program:
    """Grafana with the shipped data source and dashboards."""
    data = paths.state / "grafana"
    env = {
        "LOKI_URL": f"http://127.0.0.1:{loki_port}",
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(http_port),
        "GF_PATHS_DATA": str(data),
        "GF_PATHS_LOGS": str(data / "log"),
        "GF_PATHS_PLUGINS": str(data / "plugins"),
        "GF_PATHS_PROVISIONING": str(_provisioning(data, paths.monitoring)),
        "GF_SECURITY_ADMIN_PASSWORD": f"$__file{{{paths.password_file}}}",
        **GRAFANA_SETTINGS,
        **{name: os.environ.get(name) or unset for name, unset in ALERT_CONTACTS.items()},
    }
    home = next(
        (path for path in Path(program).resolve().parents if (path / "public").is_dir()),
        Path("/usr/share/grafana"),
    )
    command = [
        program,
        *(["server"] if Path(program).name == "grafana" else []),
        f"--homepath={home}",
    ]
    return Program("grafana", command, env, ready=f"http://127.0.0.1:{http_port}/api/health")


def _provisioning(data: Path, monitoring: Path) -> Path:
    """Copy the provisioning files, with this machine's directory of dashboards."""
    copy = data / "provisioning"
    shutil.copytree(monitoring / "grafana" / "provisioning", copy, dirs_exist_ok=True)
    for file in (copy / "dashboards").glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("/var/lib/grafana/dashboards", str(monitoring / "grafana" / "dashboards")),
            encoding="utf-8",
        )
    return copy


# The bot and the view of its logs


def demo(paths: StackPaths) -> Program:
    """Start the simulated bot; without logs it first writes a past day, to fill the dashboards."""
    if any(paths.logs.glob("segments/*")):
        past = []
    else:
        past = ["--backfill", "24h"]
    place = ["--log-dir", str(paths.logs), "--app", Settings.load({}).app]
    command = [sys.executable, "-m", "logging_kit", "demo", *place, *past]
    return Program("demo", command, {"LOGGING_KIT_STDOUT": "off"})


def view(paths: StackPaths) -> Program:
    """Return the view without Grafana: dashboards on a terminal, merged lines in a pipe."""
    logs = ["--log-dir", str(paths.logs)]
    if (
        sys.stdin.isatty()
        and sys.stdout.isatty()
        and find_spec("textual") is not None
        and find_spec("duckdb") is not None
    ):
        return Program(
            "watch", [sys.executable, "-m", "logging_kit", "watch", *logs], interactive=True
        )
    return Program(
        "tail", [sys.executable, "-m", "logging_kit", "tail", "-f", *logs], on_terminal=True
    )
