"""A WSGI application that logs by every way, with a route that raises."""

from __future__ import annotations

import logging

import logging_kit
import tests.frameworks.witness  # noqa: F401 - before everything that logs

log = logging_kit.setup(app="wsgi", log_dir="logs", stdout="json")


def app(environ, start_response):
    """Answer any request; `/fail` raises."""
    path = environ["PATH_INFO"]
    logging.getLogger("shop").info("request %s", path)
    log.info("ours", path=path)
    if path == "/fail":
        raise ValueError("the route failed")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
