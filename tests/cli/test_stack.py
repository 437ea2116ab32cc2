"""`logging-kit stack` as a newcomer meets it.

Each of the three ways it can go, from start to end.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from logging_kit.cli import agents, servers
from logging_kit.cli.agents import Agent
from logging_kit.cli.servers import StackPaths
from logging_kit.exceptions import StackError
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

Stack = Callable[..., "subprocess.CompletedProcess[str]"]

# There is no Docker engine where this is tested. This stands in for its client: it notes what it is asked, and its
# "containers" are a server that answers as Grafana's health check does.
DOCKER = """
import http.server, json, os, sys
users = {key: os.environ[key] for key in ("BOT_USER", "GRAFANA_USER") if key in os.environ}
with open("docker.calls", "a") as calls:
    calls.write(json.dumps([sys.argv[1:], users]) + "\\n")
if "pull" in sys.argv and os.path.exists("no-internet"):
    sys.exit("failed to resolve registry")
if "ps" in sys.argv and os.path.exists("up"):
    print("logging-kit-grafana-1  Up 3 minutes (healthy)")
if "up" in sys.argv:
    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/api/health" else 404)
            self.end_headers()
    http.server.HTTPServer(("127.0.0.1", int(os.environ["GRAFANA_PORT"])), Health).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The only directory on PATH, empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(path: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("LOGGING_KIT_")
    }
    ports = {
        name: str(free_port())
        for name in ("GRAFANA_PORT", "LOKI_PORT", "PROMTAIL_PORT", "SHIPPER_PORT", "ALLOY_PORT")
    }
    return {**kept, **ports, "PATH": str(path), "NO_COLOR": "1"}


@pytest.fixture
def stack(tmp_path: Path, environment: dict[str, str]) -> Iterator[Stack]:
    """Run a command to its end.

    Afterwards nothing may be left that was started in this directory.
    """

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "logging_kit", "stack", *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    yield run
    assert processes_in(tmp_path) == []


def processes_in(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            inside = (process / "cwd").readlink() == folder
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if inside and command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


@contextmanager
def up(
    folder: Path, environment: dict[str, str], *arguments: str
) -> Iterator[subprocess.Popen[str]]:
    """`stack up`, running; it has printed how to stop it."""
    command = [sys.executable, "-m", "logging_kit", "stack", "up", *arguments]
    with ExitStack() as cleanup:
        output = cleanup.enter_context((folder / "up.out").open("w"))
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, text=True
        )
        cleanup.callback(process.wait, 60)
        cleanup.callback(process.terminate)
        end = time.monotonic() + 60
        while "Stop " not in (folder / "up.out").read_text():
            assert process.poll() is None, (folder / "up.out").read_text()
            assert time.monotonic() < end, "not up in time"
            time.sleep(0.05)
        yield process


def program(path: Path, name: str, body: str) -> None:
    """Put a Python program on PATH."""
    (path / name).write_text(f"#!{sys.executable}\n{body}")
    (path / name).chmod(0o755)


def test_with_nothing_but_python_events_are_shown(stack: Stack, tmp_path: Path) -> None:
    """A bounded run ends well; the screen showed live events, and the logs are in the folder."""
    result = stack("up", "--seconds", "2")
    assert result.returncode == 0, result.stderr
    assert "install Docker" in result.stdout
    assert "API_CALL" in result.stdout
    for name in ("bot", "trade", "ai_signal"):
        copy = (tmp_path / "logs" / f"{name}.log").read_bytes()
        segments = [*(tmp_path / "logs" / "segments").glob(f"{name}-*.log")]
        assert copy.count(b"\n") > 1
        assert copy == b"".join(path.read_bytes() for path in sorted(segments))
    assert oct((tmp_path / ".logging-kit").stat().st_mode)[-3:] == "700"


def test_on_a_terminal_the_dashboards_are_shown_until_q(
    tmp_path: Path, stack: Stack, environment: dict[str, str]
) -> None:
    """The dashboards have the terminal to themselves, keys included.

    Quitting them ends everything.
    """
    command = [sys.executable, "-m", "logging_kit", "stack", "up"]
    with Terminal(command, tmp_path, {**environment, "TERM": "xterm-256color"}) as terminal:
        terminal.until("Signal distribution")
        terminal.until("UP")
        terminal.type("q")
        assert terminal.ended() == 0
        assert "install Docker" in terminal.text
    assert stack("status").returncode == 3


def test_a_second_start_says_so_and_a_stop_ends_the_first(
    stack: Stack, tmp_path: Path, environment: dict[str, str]
) -> None:
    """From start to end, seen from another terminal."""
    assert stack("status").returncode == 3
    with up(tmp_path, environment, "--no-demo") as first:
        again = stack("up", "--no-demo")
        assert (again.returncode, again.stdout.splitlines()[0]) == (0, "Already running.")
        said = stack("status")
        assert said.returncode == 0
        assert f"process {first.pid}" in said.stdout
        assert stack("down").stdout == "Stopped.\n"
        assert first.wait(10) == 0
    assert stack("down").stdout == "Nothing was running.\n"
    assert stack("status").returncode == 3


def test_ctrl_c_is_a_good_end(stack: Stack, tmp_path: Path, environment: dict[str, str]) -> None:
    """Everything that was started ends, in order, and the exit status is 0."""
    with up(tmp_path, environment) as process:
        end = time.monotonic() + 30
        while len(processes_in(tmp_path)) < 3:  # itself, the bot and what shows its lines
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    phases = [
        json.loads(line).get("phase")
        for line in (tmp_path / "logs" / "bot.log").read_text().splitlines()
    ]
    assert "shutdown" in phases


def test_a_directory_that_cannot_be_made_is_named(stack: Stack, tmp_path: Path) -> None:
    """One line that says which, and an exit status of 1."""
    (tmp_path / "taken").write_text("a file, no directory")
    result = stack("up", "--log-dir", "taken/logs")
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"start failed: cannot make {tmp_path}/taken/logs: Not a directory"
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [("http", "is no port"), ("70000", "is no port"), (None, "is taken by another program")],
)
def test_a_port_that_cannot_be_had_is_named(
    stack: Stack, path: Path, environment: dict[str, str], value: str | None, said: str
) -> None:
    """With the way out, before anything is fetched."""
    program(path, "docker", DOCKER)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        environment["GRAFANA_PORT"] = value or str(sock.getsockname()[1])
        result = stack("up", "--seconds", "5")
    assert result.returncode == 1
    assert said in result.stderr
    if value is None:
        assert (
            f"GRAFANA_PORT={int(environment['GRAFANA_PORT']) + 1} ./scripts/start.sh"
            in result.stderr
        )


def test_with_docker(stack: Stack, path: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    """Images are fetched, the containers run until the end, and Grafana's address and password are shown."""
    program(path, "docker", DOCKER)
    result = stack("up", "--seconds", "0")
    assert result.returncode == 0, result.stderr
    password_file = tmp_path / ".logging-kit" / "grafana-admin-password"
    assert (
        f"http://127.0.0.1:{environment['GRAFANA_PORT']}  user admin, password in {password_file}"
        in result.stdout
    )
    assert oct(password_file.stat().st_mode)[-3:] == "600"
    assert password_file.read_text() not in result.stdout
    calls = [json.loads(line) for line in (tmp_path / "docker.calls").read_text().splitlines()]
    composed = [
        (arguments[3:], users) for arguments, users in calls if arguments[:2] == ["compose", "-f"]
    ]
    users = {
        "BOT_USER": f"{os.getuid()}:{os.getgid()}",
        "GRAFANA_USER": f"{password_file.stat().st_uid}:0",
    }
    assert composed == [(["pull", "--policy", "missing"], users), (["up"], users)]


@pytest.mark.parametrize(
    ("agent", "fetched", "started"),
    [("ship", ["loki", "grafana"], "shipper"), ("alloy", ["loki", "grafana", "alloy"], "alloy")],
)
def test_another_agent_with_docker(
    stack: Stack, path: Path, tmp_path: Path, agent: str, fetched: list[str], started: str
) -> None:
    """It runs in place of Promtail; the image of the shipper is built, not fetched."""
    program(path, "docker", DOCKER)
    assert stack("up", "--agent", agent, "--no-demo", "--seconds", "0").returncode == 0
    calls = [
        json.loads(line)[0][3:]
        for line in (tmp_path / "docker.calls").read_text().splitlines()
        if '"-f"' in line
    ]
    assert calls == [
        ["pull", "--policy", "missing", *fetched],
        ["up", "loki", "grafana", started],
    ]


def test_the_shippers_image_needs_a_clone_or_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents, "SOURCE", tmp_path)
    with pytest.raises(StackError, match="LOGGING_KIT_IMAGE"):
        agents.compose_services(Agent.SHIP)
    monkeypatch.setenv("LOGGING_KIT_IMAGE", "registry.example/logging-kit")
    assert agents.compose_services(Agent.SHIP) == ["loki", "grafana", "shipper"]


def test_agents_on_path_get_this_machines_paths(tmp_path: Path) -> None:
    place = StackPaths(tmp_path / "state", tmp_path / "logs")
    place.prepare()
    alloy = agents.alloy("/usr/bin/alloy", place, 3101, 12346)
    assert alloy.command[0:2] == ["/usr/bin/alloy", "run"]
    config = Path(alloy.command[-1]).read_text()
    assert f"{place.logs}/segments/trade-*.log" in config
    assert "http://127.0.0.1:3101/loki/api/v1/push" in config
    assert "/logs/segments/" not in config.replace(str(place.logs), "")
    shipper = agents.shipper(place, 3101, 9082)
    assert shipper.command[3:5] == ["ship", str(place.logs)]
    assert shipper.ready == "http://127.0.0.1:9082/health"
    promtail = agents.promtail("/usr/bin/promtail", place, 3101, 9083)
    assert promtail.ready == "http://127.0.0.1:9083/metrics"


def test_containers_that_already_run_are_left_alone(
    stack: Stack, path: Path, tmp_path: Path
) -> None:
    """They were not started here, so they do not end here.

    A stop takes them down, and keeps their volumes.
    """
    program(path, "docker", DOCKER)
    (tmp_path / "up").touch()
    assert stack("up", "--no-demo", "--seconds", "0").returncode == 0
    assert "Up 3 minutes" in stack("status").stdout
    assert stack("down").stdout == "Stopped.\n"
    calls = [
        json.loads(line)[0][3:]
        for line in (tmp_path / "docker.calls").read_text().splitlines()
        if '"-f"' in line
    ]
    assert calls == [["down"]]


def test_images_that_cannot_be_fetched(stack: Stack, path: Path, tmp_path: Path) -> None:
    """The output of compose is on the screen, and the start fails."""
    program(path, "docker", DOCKER)
    (tmp_path / "no-internet").touch()
    result = stack("up", "--no-demo")
    assert result.returncode == 1
    assert "failed to resolve" in result.stderr
    assert "could not fetch the images" in result.stderr


def test_debians_loki_is_not_taken_for_grafanas(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a program of genetics; so is a file that does not run no Loki."""
    monkeypatch.setenv("PATH", str(path))
    program(path, "loki", "print('loki 2.4.7_4: linkage analysis of pedigrees')")
    program(path, "promtail", "print('promtail, version 3.6.15 (branch: HEAD, revision: abc)')")
    (path / "grafana").write_text("no program")
    (path / "grafana").chmod(0o755)
    assert servers.find_grafana_program("loki") is None
    assert servers.find_grafana_program("promtail") == str(path / "promtail")
    assert servers.find_grafana_program("grafana", "grafana-server") is None


def test_grafana_without_docker(tmp_path: Path) -> None:
    """Grafana gets this machine's addresses and paths, and reads the password from its file."""
    place = StackPaths(tmp_path / "state", tmp_path / "logs")
    place.prepare()
    place.make_password()
    grafana = servers.grafana("/usr/sbin/grafana", place, 3101, 3001)
    assert grafana.command == ["/usr/sbin/grafana", "server", "--homepath=/usr/share/grafana"]
    assert grafana.env["LOKI_URL"] == "http://127.0.0.1:3101"
    assert grafana.env["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert grafana.env["GF_SECURITY_ADMIN_PASSWORD"] == f"$__file{{{place.password_file}}}"
    provisioning = Path(grafana.env["GF_PATHS_PROVISIONING"])
    assert (
        str(servers.MONITORING / "grafana" / "dashboards")
        in (provisioning / "dashboards" / "default.yml").read_text()
    )
    assert (provisioning / "datasources" / "loki.yml").exists()


def test_the_password_is_made_once(tmp_path: Path) -> None:
    """Grafana keeps the one it was first started with."""
    place = StackPaths(tmp_path / "state", tmp_path / "logs")
    place.prepare()
    place.make_password()
    first = place.password_file.read_text()
    place.make_password()
    assert place.password_file.read_text() == first
    assert len(first) >= 24


@pytest.mark.servers
@pytest.mark.parametrize("agent", ["promtail", "ship"])
def test_with_loki_and_an_agent_on_path(
    stack: Stack, path: Path, tmp_path: Path, environment: dict[str, str], agent: str
) -> None:
    """The real ones.

    The demo bot's day arrives in Loki, data survives a stop, and a port in use is named.
    """
    import httpx

    from tests.support.servers import binaries
    from tests.support.servers.process import wait_for

    for name in ("loki", "promtail"):
        (path / name).symlink_to(binaries.require(name))
    url = f"http://127.0.0.1:{environment['LOKI_PORT']}"

    def count() -> int:
        params = {"query": 'sum(count_over_time({app="trading"}[48h]))'}
        result = httpx.get(f"{url}/loki/api/v1/query", params=params, trust_env=False).json()[
            "data"
        ]["result"]
        return int(result[0]["value"][1]) if result else 0

    with up(tmp_path, environment, "--agent", agent):
        wait_for(lambda: count() > 5000, 60, "the demo bot's past in Loki")
        assert url in stack("status").stdout
        assert stack("down").returncode == 0
    written = sum(
        len(file.read_bytes().splitlines()) for file in (tmp_path / "logs" / "segments").iterdir()
    )

    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", int(environment["LOKI_PORT"])))
        sock.listen()
        result = stack("up", "--no-demo")
    assert result.returncode == 1
    assert f"LOKI_PORT={int(environment['LOKI_PORT']) + 1} ./scripts/start.sh" in result.stderr

    with up(tmp_path, environment, "--no-demo", "--agent", agent):
        wait_for(lambda: count() == written, 30, f"all {written} lines, each once")
