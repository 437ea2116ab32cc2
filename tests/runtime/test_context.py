"""`bound()`: fields of a block, also when it is left in another context than it was entered in."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from structlog.contextvars import get_contextvars

from logging_kit import BotLogger, bound

Start = Callable[..., BotLogger]
Lines = Callable[..., list[dict[str, Any]]]


async def ticks(symbol: str) -> AsyncIterator[int]:
    with bound(symbol=symbol):
        for number in range(100):
            yield number


def test_an_async_generator_that_another_task_closes(start: Start, lines: Lines) -> None:
    log = start()

    async def main() -> None:
        source = ticks("BTC/USDT")
        assert await anext(source) == 0
        await asyncio.create_task(source.aclose())  # type: ignore[attr-defined]
        fresh = contextvars.Context()
        asyncio.get_running_loop().call_soon(log.info, "elsewhere", context=fresh)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert [line.get("symbol") for line in lines()] == [None]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs Task.get_context")
def test_the_task_that_entered_loses_the_field_when_another_one_leaves(
    start: Start, lines: Lines
) -> None:
    log = start()

    async def close(source: AsyncIterator[int]) -> None:
        log.info("inherited")
        await source.aclose()  # type: ignore[attr-defined]
        log.info("closed")

    async def main() -> None:
        source = ticks("BTC/USDT")
        await anext(source)
        log.info("inside")
        await asyncio.create_task(close(source))
        log.info("outside")
        with bound(symbol="ETH/USDT"):
            second = ticks("BTC/USDT")
            await anext(second)
            await asyncio.create_task(close(second))
            log.info("outer")

    asyncio.run(main())
    assert [(line["message"], line.get("symbol")) for line in lines()] == [
        ("inside", "BTC/USDT"),
        ("inherited", "BTC/USDT"),
        ("closed", None),
        ("outside", None),
        ("inherited", "BTC/USDT"),
        ("closed", "ETH/USDT"),
        ("outer", "ETH/USDT"),
    ]


def test_an_open_generator_is_closed_by_the_loop(
    start: Start, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    start(hooks=["stdlib"])
    kept = []

    async def main() -> None:
        kept.append(ticks("ETH/USDT"))
        await anext(kept[0])

    asyncio.run(main())
    assert lines() == []
    assert "Error" not in capsys.readouterr().err


def test_a_task_that_inherited_the_fields_loses_them_when_it_leaves_the_block() -> None:
    seen: list[dict[str, Any]] = []

    async def main() -> None:
        source = ticks("BTC/USDT")
        with bound(strategy="ema"):
            await anext(source)

            async def close() -> None:
                await source.aclose()  # type: ignore[attr-defined]
                seen.append(get_contextvars())

            await asyncio.create_task(close())

    asyncio.run(main())
    assert seen == [{"strategy": "ema"}]


def test_an_outer_value_comes_back_in_the_other_context() -> None:
    block = bound(symbol="inner")
    with bound(symbol="outer"):
        block.__enter__()
        contextvars.copy_context().run(lambda: (block.__exit__(None, None, None), check("outer")))


def check(symbol: str | None) -> None:
    assert get_contextvars().get("symbol") == symbol


def test_a_value_that_was_bound_since_is_kept() -> None:
    block = bound(symbol="inner")
    block.__enter__()

    def elsewhere() -> None:
        with bound(symbol="other"):
            block.__exit__(None, None, None)
            check("other")

    contextvars.copy_context().run(elsewhere)


def test_a_generator_that_is_left_in_another_thread() -> None:
    @contextmanager
    def session() -> Iterator[None]:
        with bound(session="a"):
            yield

    entered = session()
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        first.submit(entered.__enter__).result()
        assert second.submit(entered.__exit__, None, None, None).result() is False


def test_blocks_nest_and_can_be_entered_again() -> None:
    block = bound(symbol="a")
    with block, bound(symbol="b", n=1):
        assert get_contextvars() == {"symbol": "b", "n": 1}
        with block:
            check("a")
        check("b")
    check(None)


def test_it_decorates_a_function_that_many_threads_run() -> None:
    barrier = threading.Barrier(4)

    @bound(strategy="ema")
    def work() -> dict[str, Any]:
        barrier.wait(30)
        return get_contextvars()

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work) for _ in range(4)]
        assert [future.result() for future in futures] == [{"strategy": "ema"}] * 4
        assert pool.submit(get_contextvars).result() == {}


def test_an_exception_leaves_the_block_and_is_not_swallowed() -> None:
    with pytest.raises(KeyError), bound(symbol="a"):
        raise KeyError
    check(None)
