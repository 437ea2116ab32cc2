"""uvicorn: a configuration of `logging` that makes its records lines."""

from __future__ import annotations

from typing import Any


def log_config(*, access: bool = False, **settings: Any) -> dict[str, Any]:
    """Return the `log_config` of uvicorn: its records become lines, masked.

    Args:
        access: Write uvicorn's access records too. `logging_kit.integrations.asgi` writes API_CALL
            instead, which has the time and the template of the path.
        **settings: Settings of `logging_kit.setup`, which is called with them unless the logging
            is running.

    Example:
        >>> uvicorn.run(app, log_config=log_config(app="trading"))
    """
    if access:
        level = "INFO"
    else:
        level = "WARNING"
    own = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {  # uvicorn looks for these two, to colour them
            "default": {"()": "uvicorn.logging.DefaultFormatter", "fmt": "%(message)s"},
            "access": {"()": "uvicorn.logging.AccessFormatter", "fmt": "%(message)s"},
        },
        "handlers": {"kit": {"class": "logging_kit.Handler", **settings}},
        "loggers": {
            "uvicorn": {**own, "level": "INFO"},
            "uvicorn.error": {**own, "level": "INFO"},
            "uvicorn.access": {**own, "level": level},
            "uvicorn.asgi": {**own, "level": "INFO"},
        },
        "root": {"level": "INFO", "handlers": ["kit"]},
    }
