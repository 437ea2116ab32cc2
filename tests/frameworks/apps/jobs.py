"""A scheduler whose jobs log, and one of which fails."""

from __future__ import annotations

import logging

from apscheduler.schedulers.blocking import BlockingScheduler

import logging_kit
import tests.frameworks.witness  # noqa: F401 - before everything that logs

log = logging_kit.setup(
    app="jobs", log_dir="logs", stdout="json", hooks=("excepthook", "stdlib", "sigterm")
)
scheduler = BlockingScheduler()


@scheduler.scheduled_job("interval", seconds=0.3, max_instances=1)
def work():
    """Log by every way."""
    logging.getLogger("shop").info("stdlib")
    log.info("ours")


@scheduler.scheduled_job("interval", seconds=0.5)
def fail():
    """Raise."""
    raise ValueError("the job failed")


print("ready", flush=True)
scheduler.start()
