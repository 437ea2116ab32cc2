"""uvicorn with the configuration of the integration: `serve.py PORT workers|reload`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

import tests.frameworks.witness  # noqa: F401 - before everything that logs
from logging_kit.integrations.uvicorn import log_config

if __name__ == "__main__":
    port, how = int(sys.argv[1]), sys.argv[2]
    options = (
        {"workers": 2} if how == "workers" else {"reload": True, "reload_dirs": [str(Path.cwd())]}
    )
    uvicorn.run(
        "tests.frameworks.apps.asgi:app",
        port=port,
        log_config=log_config(access=True, app="asgi", log_dir="logs", stdout="json"),
        **options,
    )
