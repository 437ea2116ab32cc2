"""gunicorn: a configuration of `logging` that makes its records lines."""

from __future__ import annotations

from typing import Any


def log_config(*, access: bool = False, **settings: Any) -> dict[str, Any]:
    """Return the `logconfig_dict` of gunicorn: its records become lines, masked.

    Args:
        access: Write gunicorn's access records too. The middlewares of
            `logging_kit.integrations.wsgi` and `asgi` write API_CALL instead.
        **settings: Settings of `logging_kit.setup`, which is called with them unless the logging
            is running.

    Example:
        In `gunicorn.conf.py`: `logconfig_dict = log_config(app="trading")`
    """
    if access:
        level = "INFO"
    else:
        level = "WARNING"
    own = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {},
        "handlers": {"kit": {"class": "logging_kit.Handler", **settings}},
        "loggers": {
            "gunicorn.error": {**own, "level": "INFO"},
            "gunicorn.access": {**own, "level": level},
        },
        "root": {"level": "INFO", "handlers": ["kit"]},
    }
