"""A Celery application that logs by one call of the integration."""

from __future__ import annotations

import logging
import os

from celery import Celery
from celery.utils.log import get_task_logger

import logging_kit
import tests.frameworks.witness  # noqa: F401 - before everything that logs
from logging_kit.integrations.celery import attach

attach(app="tasks", log_dir=os.environ.get("TASK_LOGS", "logs"), stdout="json")
app = Celery("tasks", broker="filesystem://", backend="cache+memory://")
app.conf.broker_transport_options = {
    "data_folder_in": "queue",
    "data_folder_out": "queue",
    "store_processed": False,
}


@app.task(name="trade")
def trade(number):
    """Log by every way; one task fails."""
    get_task_logger("tasks.trade").info("task logger %d", number)
    logging.getLogger("shop").warning("stdlib %d", number)
    logging_kit.get_logger("ours").info("ours", number=number)
    if number == 2:
        raise ValueError("the task failed")
