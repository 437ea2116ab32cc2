"""A Celery application with the logging set up in the module, as users write it."""

from __future__ import annotations

import logging
import os

from celery import Celery
from celery.utils.log import get_task_logger

import logging_kit
import tests.frameworks.witness  # noqa: F401 - before everything that logs

log = logging_kit.setup(app="tasks", log_dir=os.environ.get("TASK_LOGS", "logs"), stdout="json")
app = Celery("tasks", broker="filesystem://", backend="cache+memory://")
app.conf.broker_transport_options = {
    "data_folder_in": "queue",
    "data_folder_out": "queue",
    "store_processed": False,
}
app.conf.worker_hijack_root_logger = True


@app.task(name="trade")
def trade(number):
    """Log by every way, and print."""
    get_task_logger("tasks.trade").info("task logger %d", number)
    logging.getLogger("shop").warning("stdlib %d", number)
    log.info("ours", number=number)
    print("printed", number)
    if number == 2:
        raise ValueError("the task failed")
