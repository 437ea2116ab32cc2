"""A bot that logs and dies on command, with an account of every line whose call has returned.

    python outage_bot.py tell LOG_DIR APP ACCOUNT SEGMENT_SIZE          commands on stdin, an answer to each on stdout
    python outage_bot.py loop LOG_DIR APP ACCOUNT SEGMENT_SIZE STARTS   one process after the other, each dies

The account is a file of its own with a line for each line of the log: the run's id, the number in the run, the file.
It is written after the call has returned, with one system call, so it knows no more than the bot did when it was killed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import logging_kit

FILES = ("bot", "ai_signal", "trade", "error")
DEATHS = ("exit_at_once", "raise", "kill")


class Bot:
    """One life of the bot."""

    def __init__(self, log_dir: str, app: str, account: str, segment_size: str) -> None:
        self.log = logging_kit.setup(
            app=app,
            env="testnet",
            bot_name="outage",
            log_dir=Path(log_dir),
            segment_size=segment_size,
            stdout="off",
        )
        self.account = os.open(account, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.run_id = logging_kit.stats()["run_id"]
        self.number = 0
        self.emitted("bot")  # LIFECYCLE startup, which setup() writes

    def emitted(self, file: str) -> None:
        self.number += 1
        os.write(self.account, f"{self.run_id} {self.number} {file}\n".encode())

    def write(self, lines: int) -> None:
        """Log lines of the four files in turn."""
        for _ in range(lines):
            file = FILES[self.number % 4]
            n = self.number
            if file == "bot":
                self.log.heartbeat(uptime_s=float(n), open_positions=1, ws_connections=2)
            elif file == "ai_signal":
                self.log.signal(
                    ("LONG", "SHORT", "WAIT")[n % 3], symbol="BTC/USDT", confidence=n % 100 / 100
                )
            elif file == "trade":
                self.log.order(
                    "submitted",
                    order_id=f"O{n}",
                    symbol="BTC/USDT",
                    exchange="paper",
                    side="buy",
                    qty=0.01,
                )
            else:
                self.log.error("no answer", n=n)
            self.emitted(file)

    def die(self, how: str) -> None:
        """End in this way; what the library itself writes at the end is in the account before."""
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "exit_at_once":
            os._exit(3)
        if how == "raise":
            self.emitted("error")  # the uncaught exception
        self.emitted("bot")  # LIFECYCLE shutdown
        if how == "raise":
            raise RuntimeError("the bot's own fault")
        sys.exit(0)


def tell(arguments: list[str]) -> None:
    """Do what stdin says: `write 100`, or a way to end."""
    bot = Bot(*arguments)
    print(bot.run_id, flush=True)
    for line in sys.stdin:
        command, *rest = line.split()
        if command != "write":
            bot.die(command)
        bot.write(int(rest[0]))
        print("written", flush=True)


def loop(arguments: list[str], starts: int) -> None:
    """Fork a bot, wait for its death, and start it again.

    Real processes and real kills without the import.
    """
    for start in range(starts):
        child = os.fork()
        if child == 0:
            bot = Bot(*arguments)
            bot.write(3 + start % 5)
            bot.die(DEATHS[start % 3])
        _, status = os.waitpid(child, 0)
        assert status == (3 << 8, 1 << 8, signal.SIGKILL)[start % 3], (
            f"start {start} ended with {status}"
        )


if __name__ == "__main__":
    if sys.argv[1] == "tell":
        tell(sys.argv[2:])
    else:
        loop(sys.argv[2:6], int(sys.argv[6]))
