"""The files for Grafana, Loki's ruler and an Alertmanager.

The files in `monitoring/` are part of the repository and of the wheel, and need no
generator to be used as they are. `logging-kit grafana write` writes them with other options.
"""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Final

from logging_kit.panels.alerts import files as alerts_files
from logging_kit.panels.alerts import prometheus
from logging_kit.panels.alerts.routing import Routing
from logging_kit.panels.own import all_dashboards
from logging_kit.panels.presentation import ENGLISH, Presentation

SHIPPED: Final = Path(__file__).resolve().parents[2] / "monitoring"
"""The directory of the wheel that `write` copies."""

_ROOT: Final = "monitoring"
DIRECTORY: Final = f"{_ROOT}/grafana/dashboards"


def files(
    presentation: Presentation = ENGLISH, routing: Routing | None = None, app: str = "trading"
) -> dict[str, str]:
    """Return the generated files of dashboards and alerts: paths in the repository, and texts.

    Args:
        presentation: Language, time zone and colours.
        routing: The bots that the alerts are about, and where the alerts go.
        app: The app that the dashboards begin with.

    Raises:
        ImportError: If grafana-foundation-sdk or PyYAML is not installed (`logging-kit[grafana]`).
    """
    return (
        dashboards(presentation, app)
        | metrics_dashboards(presentation, app)
        | alerts_files.files(presentation, routing)
        | prometheus.files(presentation, routing)
    )


def dashboards(presentation: Presentation = ENGLISH, app: str = "trading") -> dict[str, str]:
    """Return the files of the dashboards, which begin with the lines of `app`."""
    with warnings.catch_warnings():
        # the SDK calls the classic schema deprecated; file provisioning takes no other
        warnings.simplefilter("ignore", DeprecationWarning)
        from logging_kit.panels.grafana.dashboard_json import encode

    return {
        f"{DIRECTORY}/{dashboard.uid.removeprefix('lk-')}.json": encode(
            dashboard, presentation, app
        )
        for dashboard in all_dashboards()
    }


def metrics_dashboards(
    presentation: Presentation = ENGLISH, app: str = "trading"
) -> dict[str, str]:
    """Return the files of the dashboards that read Prometheus."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from logging_kit.panels.grafana.metrics_json import TWINS, encode_twin

    return {
        f"{DIRECTORY}/{dashboard.uid.replace('lk-', 'metrics-', 1)}.json": encode_twin(
            dashboard, presentation, app
        )
        for dashboard in TWINS
    }


def write(
    directory: Path,
    presentation: Presentation = ENGLISH,
    routing: Routing | None = None,
    app: str = "trading",
) -> list[Path]:
    """Write a directory that `logging-kit stack up --monitoring` and the compose file can use.

    The configuration of Loki, Promtail and the containers is copied where it is missing, so that
    changes to it stay; the generated files are written again.

    Args:
        directory: The directory, which need not exist yet.
        presentation: Language, time zone and colours.
        routing: The bots that the alerts are about, and where the alerts go.
        app: The app that the dashboards begin with.

    Returns:
        The files that were written, without those that were right already.

    Raises:
        ImportError: If a package of `logging-kit[grafana]` is missing.
        OSError: If a file cannot be written.
    """
    made = {
        directory / name.removeprefix(f"{_ROOT}/"): text
        for name, text in files(presentation, routing, app).items()
    }
    written = []
    for source in sorted(SHIPPED.rglob("*")):
        target = directory / source.relative_to(SHIPPED)
        if source.is_file() and target not in made and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            written.append(target)
    for target, text in made.items():
        if not target.exists() or target.read_text("utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
            written.append(target)
    return written
