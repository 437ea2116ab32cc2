"""Draw the pictures of the documentation.

A demo bot's day in `logging-kit tail`, on dashboards of `logging-kit watch`, and on its screen in
terminals of several sizes.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from logging_kit.console import render
from logging_kit.demo import simulate
from logging_kit.panels.dashboard import Dashboard
from logging_kit.panels.dashboards import AI_SIGNALS, SYSTEM_HEALTH, TRADING_OVERVIEW
from logging_kit.panels.engine.engine import DuckDBEngine
from logging_kit.panels.presentation import Presentation
from logging_kit.store.reader import tail as newest_lines
from logging_kit.watch.app import Watch
from logging_kit.watch.filters import View

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SIZES = ((80, 24), (120, 40), (200, 60))
KINDS = ("SIGNAL", "ORDER", "TRADE", "RISK", "ERROR", "NOTIFICATION", "AI_CALL", "WARN")
END = int(datetime(2026, 11, 21, 7, 0, tzinfo=UTC).timestamp() * 1e9)


def tail(folder: Path) -> str:
    """Return the last lines of the day."""
    lines = [render(line.data, True) for line in newest_lines(folder, 3_000)]
    shown = [line for line in lines if any(kind in line for kind in KINDS)][-24:]
    console = Console(
        record=True, width=150, file=io.StringIO(), color_system="truecolor", force_terminal=True
    )
    for line in shown:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="ellipsis", crop=True)
    return console.export_svg(title="logging-kit tail -f", unique_id="tail")


def watch(folder: Path) -> None:
    """Render dashboards at the end of the day, and one of them in terminals of several sizes."""
    with DuckDBEngine(folder, keep=None) as engine:
        for page in (TRADING_OVERVIEW, AI_SIGNALS, SYSTEM_HEALTH):
            draw(engine, folder, page, (140, 50), page.uid.removeprefix("lk-"))
        for width, height in SIZES:
            draw(engine, folder, TRADING_OVERVIEW, (width, height), f"watch-{width}x{height}")


def draw(
    engine: DuckDBEngine, folder: Path, page: Dashboard, size: tuple[int, int], name: str
) -> None:
    """Save the screen of `logging-kit watch` in one size."""
    file = IMAGES / f"{name}.svg"
    Watch(
        engine,
        folder,
        View("trading"),
        Presentation(),
        first=page,
        picture=file,
        clock=lambda: END,
    ).run(headless=True, size=size)
    # Textual numbers the picture by chance
    file.write_text(re.sub(r"terminal-\d+", name, file.read_text("utf-8")), "utf-8")


def main() -> None:
    """Simulate a day and draw it."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulate(folder, backfill_s=86_400, seed=11, bots=2, end_ns=END, stdout="off")
        (IMAGES / "tail.svg").write_text(tail(folder), "utf-8")
        watch(folder)
    print(f"wrote {IMAGES}")


if __name__ == "__main__":
    main()
