"""Write every file that is generated from the catalogue and the panels.

`--check` only says which are out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from functools import partial
from typing import Any

import alerts_chapter
import dashboards_chapter
import metrics_chapter
from event_files import EVENT_FILES, ROOT

from logging_kit.panels.grafana import generate as grafana
from logging_kit.settings import CHATTY, Settings


def settings_table() -> str:
    """Return the chapter on the settings."""
    rows = [
        f"| `{f.name}` | `LOGGING_KIT_{f.name.upper()}` | {_default(f)} | {f.metadata['doc'].replace('|', chr(92) + '|')} |\n"
        for f in fields(Settings)
        if f.metadata
    ]
    return _SETTINGS_HEAD + "".join(rows) + _SETTINGS_TAIL


def _default(setting: Field[Any]) -> str:
    value = setting.default if setting.default is not MISSING else None
    human = {
        "segment_size": "16 MB",
        "archive_after": "7 days",
        "keep": "30 days",
        "keep_trades": "365 days",
        "keep_trades_at_least": "30 days",
        "max_total": "2 GB",
        "loki_max_age": "7 days",
    }
    if setting.name in human:
        parse = setting.metadata["parse"]
        assert parse(human[setting.name]) == value
        return f"`{human[setting.name]}`"
    if setting.name == "levels":
        return "`WARNING` for " + ", ".join(f"`{name}`" for name in CHATTY)
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return (
        f"`{str(value).lower() if isinstance(value, bool) else value}`"
        if value not in ("", None)
        else ""
    )


_SETTINGS_HEAD = """# Settings

Generated from `logging_kit/settings.py`.

The argument of `setup()` wins over the environment, the environment over a TOML file, and the file
over the default. An empty string counts as not set. In the environment, separate the items of a
list by commas and write levels as `ccxt=DEBUG,urllib3=ERROR`. Sizes and ages may have units: `16
MB`, `512 KiB`, `30 days`, `12 h`.

**The file** is the nearest `logging_kit.toml`, or `pyproject.toml` with a table
`[tool.logging_kit]`. The search begins in the working directory and ends at the root of the
repository (a folder with `.git`, `.hg`, `.svn` or `.jj`) or at your home, whichever comes first. A
file is used only if you or root own it and no other user can write it. Any other file, and a file
that cannot be read, is ignored with a note on stderr.

**Unknown names** are errors in code and in the file. In the environment they are reported once on
stderr and ignored, because other programs also set variables with this prefix (Kubernetes does for
a service called `logging-kit-loki`). With `strict` a variable whose name is nearly that of a
setting is an error.

**`logging-kit config show`** prints each setting with its value and the place that it comes from,
for a bot that is started in the same folder with the same environment.

| setting | environment | default | meaning |
|---|---|---|---|
"""

_SETTINGS_TAIL = """
`setup()` also takes `clock`, `processors_before`, `processors_after` and `sinks`. Only code can set
these arguments.
"""

GENERATED: Mapping[str, Callable[[], str]] = {
    **EVENT_FILES,
    "docs/settings.md": settings_table,
    "docs/alerts.md": alerts_chapter.chapter,
    "docs/dashboards.md": dashboards_chapter.chapter,
    "docs/metrics.md": metrics_chapter.chapter,
    **{path: partial(str, text) for path, text in grafana.files().items()},
}


def main() -> int:
    """Write the files, or with `--check` compare them."""
    stale = [
        path
        for path, make in GENERATED.items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text("utf-8") != make()
    ]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path} is out of date: run python scripts/generate.py")
        return bool(stale)
    for path in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(GENERATED[path](), "utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
