from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations.apscheduler import attach, detach

pytest.importorskip("apscheduler.schedulers.background")

Start = Callable[..., logging_kit.BotLogger]


@pytest.fixture(autouse=True)
def detached() -> Iterator[None]:
    from apscheduler.executors import base, pool

    before = base.run_job, base.run_coroutine_job
    yield
    detach()
    assert (base.run_job, base.run_coroutine_job) == before
    assert pool.run_job is base.run_job


def test_each_run_of_a_job_has_an_id(
    start: Start, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED
    from apscheduler.schedulers.background import BackgroundScheduler

    log = start(strict=True, hooks=("stdlib",))
    attach()
    attach()
    done = threading.Semaphore(0)

    def work() -> None:
        log.info("inside")

    def fail() -> None:
        raise ValueError("the job failed")

    scheduler = BackgroundScheduler()
    scheduler.add_listener(lambda _: done.release(), EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
    scheduler.start()
    scheduler.add_job(work, id="good")
    scheduler.add_job(fail, id="bad")
    assert done.acquire(timeout=60)
    assert done.acquire(timeout=60)
    scheduler.shutdown(wait=True)
    (inside,) = [line for line in lines() if line["message"] == "inside"]
    (error,) = [line for line in lines() if line.get("event") == "ERROR"]
    assert (inside["job"], error["job"]) == ("good", "bad")
    assert inside["correlation_id"] != error["correlation_id"]
    assert error["error_type"] == "ValueError"


def test_a_job_of_an_event_loop(start: Start, lines: Callable[..., list[dict[str, Any]]]) -> None:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    log = start(strict=True)
    attach()

    async def main() -> None:
        done = asyncio.Event()

        async def work() -> None:
            log.info("inside")
            done.set()

        scheduler = AsyncIOScheduler()
        scheduler.start()
        scheduler.add_job(work, id="loop")
        await done.wait()
        scheduler.shutdown()
        await asyncio.sleep(0)

    asyncio.run(main())
    (inside,) = lines()
    assert inside["job"] == "loop"
    assert inside["correlation_id"]
