"""Draw the README's picture: the end of a demo bot's day as `logging-kit tail` shows it."""

from __future__ import annotations

import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from logging_kit.demo import simulate
from logging_kit.store.console import render
from logging_kit.store.reader import last

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "tail.svg"
KINDS = ("SIGNAL", "ORDER", "TRADE", "RISK", "ERROR", "NOTIFICATION", "AI_CALL", "WARN")
END = int(datetime(2026, 11, 21, 7, 0, tzinfo=UTC).timestamp() * 1e9)


def main() -> None:
    """Simulate a day and draw its last lines."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder), backfill_s=86_400, seed=11, bots=2, end_ns=END, stdout="off")
        lines = [render(line.data, True) for line in last(Path(folder), 3_000)]
    shown = [line for line in lines if any(kind in line for kind in KINDS)][-24:]
    console = Console(record=True, width=150, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    for line in shown:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="ellipsis", crop=True)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(console.export_svg(title="logging-kit tail -f", unique_id="tail"), "utf-8")
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    main()
