"""Writes the files for Grafana and for Loki's ruler: ``python -m logging_kit.panels.grafana.generate``.

The files are part of the repository, and a test writes them again and compares: nobody needs the generator, nor
grafana-foundation-sdk, to use them as they are. Other languages, time zones and palettes are an option away::

    python -m logging_kit.panels.grafana.generate --language ko --time-zone Asia/Seoul --palette red-up --out my-monitoring
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

from logging_kit.events.own import recall
from logging_kit.panels.alerts import files as alerts_files
from logging_kit.panels.alerts.alert import Limits
from logging_kit.panels.alerts.routing import CHANNELS, Routing
from logging_kit.panels.colours import PALETTES
from logging_kit.panels.own import all_dashboards
from logging_kit.panels.presentation import ENGLISH, Presentation
from logging_kit.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[3]
DIRECTORY: Final = "monitoring/grafana/dashboards"


def files(presentation: Presentation = ENGLISH, routing: Routing | None = None) -> dict[str, str]:
    """The files of dashboards and alerts, by their paths in the repository, and what belongs in them.

    Raises:
        ImportError: If grafana-foundation-sdk is not installed (``pip install grafana-foundation-sdk==0.0.21``; without
            the version pip takes one for Grafana 10).
    """
    return dashboards(presentation) | alerts_files.files(presentation, routing)


def dashboards(presentation: Presentation = ENGLISH) -> dict[str, str]:
    """The files of the dashboards alone."""
    with warnings.catch_warnings():
        # the SDK calls the classic schema deprecated; file provisioning takes no other
        warnings.simplefilter("ignore", DeprecationWarning)
        from logging_kit.panels.grafana.dashboard_json import encode

    return {
        f"{DIRECTORY}/{dashboard.uid.removeprefix('lk-')}.json": encode(dashboard, presentation)
        for dashboard in all_dashboards()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every file that differs."""
    parser = argparse.ArgumentParser(
        prog="python -m logging_kit.panels.grafana.generate",
        description="Write the files for Grafana.",
    )
    parser.add_argument(
        "--language",
        choices=("en", "ko"),
        default="en",
        help="of titles, descriptions and messages",
    )
    parser.add_argument(
        "--time-zone", default="browser", help="browser, utc, or a name such as Asia/Seoul"
    )
    parser.add_argument(
        "--palette",
        choices=(*PALETTES,),
        default="green-up",
        help="red-up: up is red and down is blue",
    )
    parser.add_argument(
        "--app", default="trading", help="label app of the bots that the alerts are about"
    )
    parser.add_argument(
        "--env", default=".*", help="label env of those bots, a regular expression: live"
    )
    parser.add_argument(
        "--channel", choices=(*CHANNELS,), default="discord", help="where the alerts go"
    )
    parser.add_argument(
        "--runbooks",
        default="",
        metavar="URL",
        help="address of docs/alerts.md as people open it, to be linked",
    )
    parser.add_argument(
        "--grafana-url",
        default="http://localhost:3000",
        help="address of Grafana as people open it",
    )
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="threshold: drawdown_pct=20; repeatable",
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT, help="the folder in which monitoring/ is written"
    )
    options = parser.parse_args(arguments)
    recall(Settings.load().log_dir)  # a bot's own events, of its TOML or beside its lines
    try:
        presentation = Presentation(options.language, options.time_zone, options.palette)
        limits = _limits(options.limit)
        to = Routing(
            options.app,
            options.env,
            options.channel,
            options.runbooks,
            options.grafana_url.rstrip("/"),
            limits,
        )
    except ValueError as error:
        parser.error(str(error))
    for name, text in files(presentation, to).items():
        path = options.out / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")


def _limits(given: Sequence[str]) -> Limits:
    known = {
        field.name: type(field.default) for field in fields(Limits) if field.name != "daily_losses"
    }
    values: dict[str, float | str] = {}
    for one in given:
        name, _, value = one.partition("=")
        if name not in known:
            raise ValueError(
                f"a limit is NAME=VALUE, and NAME one of {', '.join(known)}, not {one!r}"
            )
        values[name] = value if known[name] is str else float(value)
    return replace(Limits(), **values)  # type: ignore[arg-type]  # each has the type of its default


if __name__ == "__main__":
    main()
