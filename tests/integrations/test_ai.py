"""The clients of openai and anthropic against a server on this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

import logging_kit
from logging_kit.integrations import anthropic as kit_anthropic
from logging_kit.integrations import httpx as kit_httpx
from logging_kit.integrations import openai as kit_openai
from logging_kit.integrations.ai import Usage, known_prices, price_of
from tests.support.ai_answers import CHAT, MESSAGE
from tests.support.local_server import LocalServer
from tests.support.masking.maker import Maker

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")

Start = Callable[..., logging_kit.BotLogger]
Events = Callable[[str], list[dict[str, Any]]]

PRICES = {
    "gpt-4o": {"input": 2.5, "cached": 1.25, "output": 10.0},
    "claude-sonnet-4": {"input": 3, "output": 15},
}


def sse(*events: dict[str, Any], named: bool = False) -> tuple[int, str, dict[str, str]]:
    text = "".join(
        (f"event: {event['type']}\n" if named else "") + f"data: {json.dumps(event)}\n\n"
        for event in events
    )
    return 200, text + ("" if named else "data: [DONE]\n\n"), {"Content-Type": "text/event-stream"}


CHUNKS = [
    {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o",
     "choices": [{"index": 0, "delta": {"content": "WAIT"}}]},
    {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "choices": [],
     "usage": {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105}},
]  # fmt: skip
PARTS = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "usage": {"input_tokens": 100, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "WAIT"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
]  # fmt: skip
ASK: Any = [{"role": "user", "content": "BTC?"}]


@pytest.fixture
def key() -> str:
    return "sk-" + Maker(6).b62(40)


def call_of(events: Events) -> dict[str, Any]:
    calls = events("AI_CALL")
    assert len(calls) == 1, calls
    (call,) = calls
    return call


def test_openai(
    start: Start, events: Events, everything: Callable[[], str], server: LocalServer, key: str
) -> None:
    log = start(strict=True)
    server.answer = lambda *_: (200, CHAT)
    with openai.OpenAI(api_key=key, base_url=server.url, max_retries=0) as client:
        kit_openai.attach(kit_openai.attach(client), prices=PRICES)
        client.chat.completions.create(model="gpt-4o", messages=ASK)
        call = call_of(events)
        kit_openai.detach(kit_openai.detach(client))
        client.chat.completions.create(model="gpt-4o", messages=ASK)
    assert len(events("AI_CALL")) == 1
    assert (call["provider"], call["model"], call["ok"]) == ("127.0.0.1", "gpt-4o-2024-08-06", True)
    assert (call["tokens_in"], call["tokens_out"]) == (1_000, 10)
    assert call["cost_usd"] == (400 * 2.5 + 600 * 1.25 + 10 * 10) / 1e6
    assert call["latency_ms"] > 0
    log.info("copied %s", key)
    assert key not in everything()


def test_a_model_without_a_price_has_no_cost(
    start: Start, events: Events, server: LocalServer, key: str
) -> None:
    start(strict=True)
    server.answer = lambda *_: (200, CHAT)
    with openai.OpenAI(api_key=key, base_url=server.url) as client:
        kit_openai.attach(client).chat.completions.create(model="gpt-4o", messages=ASK)
    assert "cost_usd" not in call_of(events)


def test_a_refusal_of_openai(start: Start, events: Events, server: LocalServer, key: str) -> None:
    start(strict=True)
    server.answer = lambda *_: (429, {"error": {"message": "slow down"}})
    with openai.OpenAI(api_key=key, base_url=server.url, max_retries=0) as client:
        kit_openai.attach(client)
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="gpt-4o", messages=ASK)
        with pytest.raises(openai.RateLimitError):
            client.models.list()
    call = call_of(events)
    assert (call["ok"], call["error_type"], call["model"]) == (False, "RateLimitError", "gpt-4o")
    assert not {"tokens_in", "cost_usd"} & call.keys()


def test_a_stream_of_openai(start: Start, events: Events, server: LocalServer, key: str) -> None:
    start(strict=True)
    server.answer = lambda *_: sse(*CHUNKS)
    with openai.OpenAI(api_key=key, base_url=server.url) as client:
        kit_openai.attach(client, prices=PRICES)
        stream = client.chat.completions.create(model="gpt-4o", messages=ASK, stream=True)
        assert events("AI_CALL") == []
        assert len(list(stream)) == 2
        call = call_of(events)
        stream.close()
        assert len(events("AI_CALL")) == 1
    assert (call["tokens_in"], call["tokens_out"], call["cost_usd"]) == (100, 5, 0.0003)
    assert 0 < call["first_token_ms"] <= call["latency_ms"]


def test_asynchronous_openai(start: Start, events: Events, server: LocalServer, key: str) -> None:
    async def main() -> None:
        async with openai.AsyncOpenAI(api_key=key, base_url=server.url, max_retries=0) as client:
            kit_openai.attach(client)
            kit_httpx.attach()
            try:
                server.answer = lambda *_: (200, CHAT)
                await client.chat.completions.create(model="gpt-4o", messages=ASK)
                server.answer = lambda *_: sse(*CHUNKS)
                stream = await client.chat.completions.create(
                    model="gpt-4o", messages=ASK, stream=True
                )
                assert len([chunk async for chunk in stream]) == 2
                await stream.close()
                server.answer = lambda *_: (500, {})
                with pytest.raises(openai.InternalServerError):
                    await client.chat.completions.create(model="gpt-4o", messages=ASK)
                server.answer = lambda *_: (200, {"data": [], "object": "list"})
                await client.models.list()
            finally:
                kit_httpx.detach()

    start(strict=True)
    asyncio.run(main())
    assert [call["ok"] for call in events("AI_CALL")] == [True, True, False]
    assert len(events("API_CALL")) == 1  # the list of models; a call of a model is no second line


def test_anthropic(
    start: Start, events: Events, everything: Callable[[], str], server: LocalServer, key: str
) -> None:
    log = start(strict=True)
    server.answer = lambda *_: (200, MESSAGE)
    with anthropic.Anthropic(api_key=key, base_url=server.url, max_retries=0) as client:
        kit_anthropic.attach(client, prices=PRICES)
        client.messages.create(model="claude-sonnet-4-0", max_tokens=9, messages=ASK)
        call = call_of(events)
        server.answer = lambda *_: (401, {"error": {"type": "x", "message": "no"}})
        with pytest.raises(anthropic.AuthenticationError):
            client.messages.create(model="claude-sonnet-4-0", max_tokens=9, messages=ASK)
        server.answer = lambda *_: sse(*PARTS, named=True)
        list(
            client.messages.create(
                model="claude-sonnet-4-0", max_tokens=9, messages=ASK, stream=True
            )
        )
        kit_anthropic.detach(client)
    assert (call["tokens_in"], call["tokens_out"]) == (1_500, 10)
    assert call["cost_usd"] == (1_500 * 3 + 10 * 15) / 1e6  # without a price for its cache
    _, refused, streamed = events("AI_CALL")
    assert refused["error_type"] == "AuthenticationError"
    assert (streamed["tokens_in"], streamed["tokens_out"]) == (100, 5)
    log.info("copied %s", key)
    assert key not in everything()


def test_asynchronous_anthropic(
    start: Start, events: Events, server: LocalServer, key: str
) -> None:
    async def main() -> None:
        async with anthropic.AsyncAnthropic(api_key=key, base_url=server.url) as client:
            kit_anthropic.attach(client)
            stream = await client.messages.create(
                model="claude-sonnet-4-0", max_tokens=9, messages=ASK, stream=True
            )
            async for _ in stream:
                pass

    start(strict=True)
    server.answer = lambda *_: sse(*PARTS, named=True)
    asyncio.run(main())
    assert call_of(events)["tokens_in"] == 100


def test_a_stream_that_breaks(start: Start, events: Events, key: str) -> None:
    """The error of a stream is that of its call; a bot that stops reading is none."""
    from logging_kit.integrations.ai import _Call, _followed, _followed_async, _Hook

    def broken() -> Any:
        yield object()
        raise ConnectionResetError

    async def broken_async() -> Any:
        for item in broken():
            yield item

    async def read(call: Any, other: Any) -> None:
        with pytest.raises(ConnectionResetError):
            async for _ in _followed_async(broken_async(), call):
                pass
        early = _followed_async(broken_async(), other)
        await anext(early)
        await early.aclose()  # type: ignore[attr-defined]

    start(strict=True)
    with openai.OpenAI(api_key=key, base_url="https://api.openai.com/v1") as client:
        hook = _Hook(client, None, "openai", None)
        with pytest.raises(ConnectionResetError):
            list(_followed(broken(), _Call(hook, "gpt-4o")))
        early = _followed(broken(), _Call(hook, "gpt-4o"))
        next(early)
        early.close()  # type: ignore[attr-defined]
        asyncio.run(read(_Call(hook, "gpt-4o"), _Call(hook, "gpt-4o")))
    calls = events("AI_CALL")
    assert [call.get("error_type") for call in calls] == ["ConnectionResetError", None] * 2
    assert {call["provider"] for call in calls} == {"openai"}


def test_the_table_of_prices() -> None:
    for prices in known_prices().values():
        for price in prices.values():
            assert price["output"] >= 0
            assert price["input"] > 0
            assert price.get("cached", 0) < price["input"]
    table = known_prices()["openai"]
    assert price_of("gpt-4o-2024-08-06", table) == table["gpt-4o"]
    assert price_of("gpt-4o-latest", table) == table["gpt-4o"]
    assert price_of("gpt-4o-audio-preview", table) is None
    assert price_of("claude-sonnet-4-20250514", known_prices()["anthropic"]) is not None


def test_an_answer_without_usage() -> None:
    usage = Usage()
    usage.read(None)
    assert not usage.is_known
