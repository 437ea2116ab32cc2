"""Bots and shippers that are killed at random, and the lines that must have arrived at the end."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from logging_kit.store.recovery import recover

BOT = """
import sys, time, logging_kit
log_dir, app, rate = sys.argv[1], sys.argv[2], float(sys.argv[3])
log = logging_kit.setup(log_dir=log_dir, app=app, stdout="off", hooks=("sigterm",),
                        segment_size=200_000, version="0")
number, begun = 0, time.monotonic()
while True:
    number += 1
    if number % 10:
        log.info("line", number=number)
    else:
        log.order("filled", order_id=str(number), symbol="BTC/USDT", exchange="binance",
                  side="buy", qty=1)
    time.sleep(max(0.0, begun + number / rate - time.monotonic()))
"""


class Program:
    """A program that is started again whenever it ends."""

    def __init__(self, *command: str, cwd: Path) -> None:
        self._command, self._cwd = command, cwd
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            cwd=self._cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def hurt(self, number: signal.Signals) -> None:
        """End it with a signal, and start it again."""
        self._process.send_signal(number)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = self._start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(30)


class Chaos:
    """A bot, a shipper, and a server that is hurt by a function.

    Args:
        folder: Working directory; the log folder is `logs` in it.
        app: Label of the lines.
        url: The server.
        hurt_server: Hurts the server.
        seed: Seed of the random numbers.
        rate: Lines a second.
    """

    def __init__(
        self,
        folder: Path,
        app: str,
        url: str,
        hurt_server: Callable[[random.Random], None],
        seed: int,
        rate: float = 250,
    ) -> None:
        self.log_dir = folder / "logs"
        self._url = url
        self._random = random.Random(seed)
        self._hurt_server = hurt_server
        self._bot = Program(
            sys.executable, "-c", BOT, str(self.log_dir), app, str(rate), cwd=folder
        )
        ship = ("-m", "logging_kit", "ship", str(self.log_dir), "--url", url)
        self._shipper = Program(sys.executable, *ship, cwd=folder)
        self.strikes: list[str] = []

    def run(self, seconds: float) -> None:
        """Strike every few seconds, then end the bot and ship what is left."""
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                time.sleep(self._random.uniform(0.3, 3.0))
                self._strike()
        finally:
            self._bot.kill()
            self._shipper.kill()

    def _strike(self) -> None:
        number = self._random.choice((signal.SIGKILL, signal.SIGTERM))
        match self._random.randrange(3):
            case 0:
                self._bot.hurt(number)
                self.strikes.append(f"bot {number.name}")
            case 1:
                self._shipper.hurt(number)
                self.strikes.append(f"shipper {number.name}")
            case _:
                self._hurt_server(self._random)
                self.strikes.append("server")

    def finish(self) -> None:
        """Bring everything to the server that the killed programs left."""
        recover(self.log_dir, 200_000)
        arguments = ("ship", str(self.log_dir), "--url", self._url, "--once", "--give-up", "120")
        command = [sys.executable, "-m", "logging_kit", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def written(self) -> dict[tuple[str, int], str]:
        """The lines of the files by run and number."""
        found = {}
        for path in (self.log_dir / "segments").glob("*.log"):
            for text in path.read_text("utf-8").splitlines():
                line = json.loads(text)
                found[line["run_id"], line["seq"]] = text
        return found


def key(text: str) -> tuple[str, int]:
    line: dict[str, Any] = json.loads(text)
    return line["run_id"], line["seq"]
