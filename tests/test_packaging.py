"""Contents of the wheel, the sdist and the editable install, which work in an empty environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
MONITORING = {
    "docker-compose.yml",
    "README.md",
    "loki/loki-config.yml",
    "promtail/promtail-config.yml",
    "grafana/provisioning/datasources/loki.yml",
    "grafana/provisioning/dashboards/default.yml",
    "grafana/provisioning/alerting/contact-points.yml",
    "grafana/provisioning/alerting/mute-times.yml",
    "grafana/provisioning/alerting/policies.yml",
    "grafana/provisioning/alerting/rules.yml",
    "grafana/provisioning/alerting/templates.yml",
    "loki/rules/fake/logging-kit.yml",
    "loki/alertmanager.yml",
    "loki/alertmanager.tmpl",
    "grafana/dashboards/api-performance.json",
    "grafana/dashboards/positions-pnl.json",
    "grafana/dashboards/signal-trace.json",
    "grafana/dashboards/trading-overview.json",
    "grafana/dashboards/ai-signals.json",
    "grafana/dashboards/system-health.json",
}


def run(*command: str | Path, cwd: Path) -> str:
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOGGING_KIT_", "PYTHON", "COV"))
    }
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with secrets in stray files."""
    copy = tmp_path_factory.mktemp("tree") / "logging-kit"
    ignored = shutil.ignore_patterns(
        ".git",
        ".venv*",
        ".logging-kit",
        "logs",
        "dist",
        "build",
        "__pycache__",
        ".*_cache",
        ".hypothesis",
    )
    shutil.copytree(ROOT, copy, symlinks=True, ignore=ignored)
    for folder in (
        copy,
        copy / "monitoring",
        copy / "monitoring" / "grafana",
        copy / "logging_kit",
        copy / "examples",
    ):
        for name in (".env", ".env.local"):
            (folder / name).write_text("TOKEN=left-lying-about\n")
    return copy


@pytest.fixture(scope="module")
def built(tree: Path) -> dict[str, Path]:
    """The wheel, the sdist and the wheel of the editable install."""
    run(sys.executable, "-m", "hatchling", "build", "-d", tree / "dist", cwd=tree)
    run(
        sys.executable,
        "-c",
        "from hatchling.build import build_editable; build_editable('editable')",
        cwd=tree,
    )
    (wheel,) = (tree / "dist").glob("*.whl")
    (sdist,) = (tree / "dist").glob("*.tar.gz")
    (editable,) = (tree / "editable").glob("*.whl")
    return {"wheel": wheel, "sdist": sdist, "editable": editable}


def listed(archive: Path) -> dict[str, bytes]:
    """Every file of an archive and what it holds."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist() if not name.endswith("/")}
    with tarfile.open(archive) as sdist:
        return {
            member.name: sdist.extractfile(member).read() for member in sdist if member.isfile()
        }  # type: ignore[union-attr]


def test_wheel_and_sdist_carry_monitoring(built: dict[str, Path]) -> None:
    """Below the package in both; the symlink becomes a directory."""
    wheel = listed(built["wheel"])
    assert {f"logging_kit/monitoring/{name}" for name in MONITORING} <= set(wheel)
    assert "logging_kit/py.typed" in wheel
    sdist = {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in listed(built["sdist"])}
    assert {f"logging_kit/monitoring/{name}" for name in MONITORING} <= sdist
    assert {
        "scripts/start.sh",
        "scripts/test.sh",
        "LICENSE",
        "README.md",
        "examples/data/eurusd_1h.csv",
    } <= sdist


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_no_env_file_is_packed(built: dict[str, Path], kind: str) -> None:
    """Neither by its name nor by what it holds."""
    for name, content in listed(built[kind]).items():
        assert not PurePosixPath(name).name.startswith(".env"), name
        assert b"left-lying-" + b"about" not in content or name.endswith(
            "tests/test_packaging.py"
        ), name


def test_the_wheel_built_from_the_sdist_is_the_same(built: dict[str, Path], tmp_path: Path) -> None:
    """Nothing that the wheel needs is missing from the sdist."""
    with tarfile.open(built["sdist"]) as sdist:
        sdist.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    run(
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        tmp_path / "again",
        cwd=source,
    )
    (again,) = (tmp_path / "again").glob("*.whl")
    assert set(listed(again)) == set(listed(built["wheel"]))


def installed(wheel: Path, folder: Path) -> Path:
    """The Python of a new virtual environment that has the wheel and its dependencies."""
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", wheel, cwd=folder)
    return python


WORKS = """
import logging_kit, pathlib, sys
with logging_kit.setup(app="trading", env="testnet", bot_name="packaged") as log:
    log.signal("LONG", symbol="BTC/USDT", confidence=0.9)
monitoring = pathlib.Path(logging_kit.__file__).parent / "monitoring"
print(sorted(str(path.relative_to(monitoring)) for path in monitoring.rglob("*") if path.is_file()))
"""


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_it_works_in_an_empty_environment(
    built: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    """Three dependencies, a line in the log, the monitoring files at hand, and a kind word where the CLI is missing."""
    python = installed(built[kind], tmp_path)
    found = run(python, "-c", WORKS, cwd=tmp_path)
    assert all(repr(name) in found for name in MONITORING)
    lines = (tmp_path / "logs" / "ai_signal.log").read_text().splitlines()
    assert [json.loads(line)["signal"] for line in lines] == ["LONG"]
    missing = subprocess.run(
        [python, "-m", "logging_kit"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "pip install 'logging-kit[cli]'" in missing.stderr
    assert "Traceback" not in missing.stderr


def test_links_of_the_description_are_absolute(built: dict[str, Path]) -> None:
    """An index shows the README without the repository around it."""
    files = listed(built["wheel"])
    (metadata,) = (
        content.decode() for name, content in files.items() if name.endswith("/METADATA")
    )
    description = metadata.partition("\n\n")[2]
    targets = re.findall(r"\]\(([^)\s]+)", description)
    assert len(targets) > 10
    assert [target for target in targets if not target.startswith("https://")] == []


def test_the_readme_names_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
