"""`import logging_kit` brings nothing along that a bot may not have, or that takes long to load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import logging_kit

HEAVY = (
    "requests", "urllib3", "httpx", "logging_loki", "pythonjsonlogger", "typer", "duckdb", "numpy", "pandas", "polars", "pydantic",
    "prometheus_client", "textual", "ccxt", "grafana_foundation_sdk", "tomllib", "difflib", "pytest",
)  # fmt: skip
RunBot = Callable[..., subprocess.CompletedProcess[str]]


def test_an_import_loads_nothing_heavy(run_bot: RunBot) -> None:
    source = "import structlog, orjson, sys; before = {*sys.modules}; import logging_kit; logging_kit.setup, logging_kit.mask; print(*sys.modules.keys() - before)"
    loaded = {name.partition(".")[0] for name in run_bot(source).stdout.split()}
    assert loaded & {"logging_kit"}
    assert not loaded & set(HEAVY)
    third_party = loaded - set(sys.stdlib_module_names) - {"logging_kit"}
    assert not {name for name in third_party if not name.startswith("_")}


def test_an_import_does_nothing(run_bot: RunBot) -> None:
    source = """
import atexit, logging, signal, structlog, sys, threading
def state():
    return (sys.excepthook, threading.excepthook, sys.unraisablehook, signal.getsignal(signal.SIGTERM),
            logging.getLogger().handlers[:], logging.getLogger().level, logging.getLogRecordFactory(),
            threading.active_count(), structlog.is_configured(), structlog.get_config()["processors"][:], atexit._ncallbacks())
import orjson, asyncio, queue
before = state()
import logging_kit, os
logging_kit.setup, logging_kit.Secret, logging_kit.testing
assert state() == before, (state(), before)
print(os.listdir("."))
"""
    done = run_bot(source)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_names_are_loaded_when_they_are_asked_for(run_bot: RunBot) -> None:
    source = """
import sys, logging_kit
print(*sorted(name for name in sys.modules if name.startswith(("logging_kit", "structlog", "orjson"))))
print(logging_kit.testing.__name__, logging_kit.processors.write.__name__)
print(logging_kit.EventType.SIGNAL, "setup" in dir(logging_kit), "setup" in vars(logging_kit))
"""
    assert run_bot(source).stdout.splitlines() == [
        "logging_kit logging_kit._version",
        "logging_kit.testing write",
        "SIGNAL True False",
    ]


def test_the_types_and_the_lazy_names_agree() -> None:
    tree = ast.parse(Path(logging_kit.__file__).read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {
        (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    lazy = {(home, name) for home, names in logging_kit._HOMES.items() for name in names}
    assert typed == lazy | {(None, name) for name in logging_kit._MODULES}
    assert {name for _, name in lazy} | {"__version__"} == set(logging_kit.__all__)


def test_the_formatter_is_loaded_when_it_is_asked_for(run_bot: RunBot) -> None:
    source = "import sys, logging_kit; logging_kit.JsonFormatter; print('pythonjsonlogger' in sys.modules)"
    assert run_bot(source).stdout == "True\n"


def test_every_module_can_be_imported_alone(run_bot: RunBot) -> None:
    source = """
import importlib, subprocess, sys
for name in ("processors", "testing", "settings", "events.catalogue", "pipeline.normalise", "masking"):
    for loaded in [each for each in sys.modules if each.partition(".")[0] == "logging_kit"]:
        del sys.modules[loaded]
    importlib.import_module(f"logging_kit.{name}")
print("ok")
"""
    done = run_bot(source)
    assert (done.stdout, done.stderr) == ("ok\n", "")
