"""An ASGI application that logs by every way, with a route that raises."""

from __future__ import annotations

import logging

import logging_kit
import tests.frameworks.witness  # noqa: F401 - before everything that logs

log = logging_kit.setup(app="asgi", log_dir="logs", stdout="json")


async def app(scope, receive, send):
    """Answer any request; `/fail` raises."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    logging.getLogger("shop").info("request %s", scope["path"])
    log.info("ours", path=scope["path"])
    if scope["path"] == "/fail":
        raise ValueError("the route failed")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
