"""Dead man's switch: an outside service is called while the bot is alive.

The addresses are those of healthchecks.io (https://healthchecks.io/docs/http_api/): `/start` when
the bot starts, the address itself on a HEARTBEAT, `/log` when the bot ends, `/fail` when it ends
with a critical error. A thread of its own makes the calls, so no log call waits for the network.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from .. import masking
from ..diagnostics import warn_once
from ..events.model import Event, Level
from ..runtime.plugins import Plugin, Surroundings
from ..settings import Settings

EVERY_S: Final = 60.0
"""Shortest time between two calls on HEARTBEAT."""

_TIMEOUT_S: Final = 10.0
_LONGEST_BODY: Final = 10_000

Call = tuple[str, str]
"""Ending of the address, and the text to send."""


class HeartbeatPlugin(Plugin):
    """Call an address on HEARTBEAT.

    Args:
        url: The address of the check.
        monotonic: Returns a time in seconds that never falls.
    """

    name = "heartbeat"
    observes = True

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = urlsplit(url)
        self._monotonic = monotonic
        self._sent = {"sent": 0, "failed": 0}
        self._bot_name = ""
        self._begin()

    def _begin(self) -> None:
        self._calls: SimpleQueue[Call | None] = SimpleQueue()  # put() stands a signal handler
        self._thread: threading.Thread | None = None
        self._due = 0.0
        self._crashed = False

    def start(self, surroundings: Surroundings) -> None:
        """Keep the name of the bot for the texts, and begin to call."""
        self._bot_name = surroundings.settings.bot_name
        self._start_thread()

    def _start_thread(self) -> None:
        self._thread = threading.Thread(
            target=self._run, args=(self._calls,), name="logging_kit-heartbeat", daemon=True
        )
        self._thread.start()

    def observe(self, level: Level, event: Event | None, fields: Mapping[str, Any]) -> None:
        """Note a call to make; never wait for it."""
        if event is None:
            return
        if event.name == "ERROR":
            self._crashed = level == "critical"
        elif event.name == "HEARTBEAT":
            self._crashed = False
            now = self._monotonic()
            if now >= self._due:
                self._due = now + EVERY_S
                self._add("", f"{self._bot_name} is alive")
        elif event.name == "LIFECYCLE":
            phase, reason = fields.get("phase"), str(fields.get("reason") or "")
            if phase == "startup":
                self._add("/start", f"{self._bot_name} has started")
            elif phase == "shutdown":
                ending = "/log"
                if self._crashed:
                    ending = "/fail"
                self._add(ending, f"{self._bot_name} has ended: {reason or 'by shutdown()'}")

    def _add(self, ending: str, text: str) -> None:
        if self._thread is None:  # a forked child
            self._start_thread()
        self._calls.put((ending, text))

    def _run(self, calls: SimpleQueue[Call | None]) -> None:
        while (call := calls.get()) is not None:
            self._send(call)

    def _send(self, call: Call) -> None:
        ending, text = call
        try:
            status = request(self._url, ending, masking.mask(text))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._failed(type(error).__name__)
            return
        if status >= 400:
            self._failed(f"status {status}")
            return
        self._sent["sent"] += 1

    def _failed(self, reason: str) -> None:
        self._sent["failed"] += 1
        self._due = 0.0  # the next heartbeat tries again
        warn_once("heartbeat", f"the address of heartbeat_url could not be called: {reason}")

    def flush(self, timeout_s: float) -> bool:
        """Wait until no call is waiting."""
        deadline = time.monotonic() + timeout_s
        while not self._calls.empty() and time.monotonic() < deadline:
            time.sleep(min(0.01, timeout_s))
        return self._calls.empty()

    def after_fork_in_child(self) -> None:
        """Forget the calls of the parent; the child's first one starts a thread."""
        self._begin()

    def close(self, timeout_s: float) -> None:
        """Make the calls that wait, then end the thread."""
        thread, self._thread = self._thread, None
        self._calls.put(None)
        if thread is not None:
            thread.join(timeout_s)

    def counters(self) -> Mapping[str, Any]:
        """Return the numbers of calls that were made, and that failed."""
        return dict(self._sent)


def request(url: SplitResult, ending: str, text: str) -> int:
    """Post a text to an address and return the status of the answer.

    No proxy, cookie or redirection applies, and no variable of the environment changes that.

    Args:
        url: The address of the check.
        ending: Part to add to its path, such as `/fail`.
        text: The text.

    Raises:
        OSError: If the address cannot be reached in time.
    """
    connect: type[http.client.HTTPConnection] = http.client.HTTPConnection
    if url.scheme == "https":
        connect = http.client.HTTPSConnection
    connection = connect(url.hostname or "", url.port, timeout=_TIMEOUT_S)
    path = (url.path.rstrip("/") + ending) or "/"
    if url.query:
        path += f"?{url.query}"
    try:
        body = text.encode("utf-8", "replace")[:_LONGEST_BODY]
        connection.request("POST", path, body, {"User-Agent": "logging_kit"})
        response = connection.getresponse()
        response.read(_LONGEST_BODY)
        return response.status
    finally:
        connection.close()


def plugin(settings: Settings) -> Plugin:
    """Return the plug-in."""
    return HeartbeatPlugin(settings.heartbeat_url)
