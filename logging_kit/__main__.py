"""The program `logging-kit`, also as `python -m logging_kit`."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        from .cli.app import app
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        sys.exit(
            "logging-kit: the command line needs typer; "
            "install it with: pip install 'logging-kit[cli]'"
        )
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        Path.cwd()
    except OSError:  # it was deleted, and DuckDB opens nothing without one
        os.chdir("/")
    try:
        app(prog_name="logging-kit")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
