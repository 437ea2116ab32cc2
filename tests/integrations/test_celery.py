from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.celery import attach, detach

celery = pytest.importorskip("celery")
signals = pytest.importorskip("celery.signals")


@pytest.fixture(autouse=True)
def detached() -> Iterator[None]:
    yield
    detach()
    assert not signals.task_prerun.receivers


@pytest.fixture
def app() -> Any:
    app = celery.Celery("bot", broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.task_always_eager = True
    return app


def test_the_id_of_a_task_is_on_its_lines(
    start: Callable[..., logging_kit.BotLogger],
    lines: Callable[..., list[dict[str, Any]]],
    app: Any,
) -> None:
    log = start(strict=True, hooks=("stdlib",))

    @app.task(name="trade")
    def trade(number: int) -> None:
        log.info("inside", number=number)
        if number:
            raise ValueError("the task failed")

    attach()
    attach()
    done, failed = trade.delay(0), trade.delay(1)
    log.info("outside")
    first, second, outside = [line for line in lines() if line["message"] in ("inside", "outside")]
    assert first["correlation_id"] == done.id.replace("-", "")
    assert second["correlation_id"] == failed.id.replace("-", "")
    assert first["task"] == "trade"
    assert not {"correlation_id", "task"} & outside.keys()
    (error,) = [line for line in lines() if line.get("event") == "ERROR"]
    assert error["correlation_id"] == second["correlation_id"]
    detach()
    trade.delay(0)
    assert "task" not in [line for line in lines() if line["message"] == "inside"][-1]


def test_a_worker_configures_nothing_of_its_own(
    log_dir: Path, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    attach(log_dir=log_dir, stdout="off", hooks=("stdlib",), app="trading", version="0")
    receivers = signals.setup_logging.send(sender=None, loglevel=logging.DEBUG)
    assert len(receivers) == 1
    signals.setup_logging.send(sender=None, loglevel=None)
    logging.getLogger("celery.worker").debug("ready")
    (line,) = lines()
    assert (line["app"], line["logger"], line["message"]) == ("trading", "celery.worker", "ready")
    signals.worker_process_shutdown.send(sender=None)


def test_a_task_without_a_usable_id(
    start: Callable[..., logging_kit.BotLogger], lines: Callable[..., list[dict[str, Any]]]
) -> None:
    log = start(strict=True)
    attach()
    signals.task_prerun.send(sender=None, task_id="x" * 50, task="odd")
    log.info("inside")
    signals.task_postrun.send(sender=None, task_id="x" * 50)
    signals.task_postrun.send(sender=None, task_id="never begun")
    (line,) = lines()
    assert line["task"] == "odd"
    assert "correlation_id" not in line
