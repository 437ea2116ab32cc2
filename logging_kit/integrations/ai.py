"""The AI_CALL of the clients of openai and anthropic, which are built alike."""

from __future__ import annotations

import functools
import inspect
import re
import time
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ..masking import register_from
from ..runtime.logger import BotLogger
from .common import (
    Replacements,
    elapsed_ms,
    error_name,
    is_inside,
    logger_of,
    remember,
    safely,
    undo,
)

Prices = Mapping[str, Mapping[str, float]]
"""US dollars for a million tokens by model: `input`, `output`, and `cached` and `written` where the
provider has a cache."""

_OFFICIAL: Final = {"api.openai.com": "openai", "api.anthropic.com": "anthropic"}
_VERSION: Final = re.compile(r"-(?:\d{4}-?\d{2}-?\d{2}|latest)$")


@functools.cache
def known_prices() -> Mapping[str, Prices]:
    """Return the prices of `ai_prices.toml` by provider."""
    text = Path(__file__).with_name("ai_prices.toml").read_text("utf-8")
    return tomllib.loads(text)


@dataclass(slots=True)
class Usage:
    """The tokens of one call.

    Attributes:
        fresh: Tokens sent that the provider had not cached.
        cached: Tokens sent that came out of the provider's cache.
        written: Tokens sent that went into the provider's cache.
        received: Tokens received.
    """

    fresh: int = 0
    cached: int = 0
    written: int = 0
    received: int = 0
    is_known: bool = False

    def read(self, usage: Any) -> None:
        """Take the counts of an answer, or of one event of a stream."""
        if usage is None:
            return
        self.is_known = True
        sent = _count(usage, "prompt_tokens")
        received = _count(usage, "completion_tokens") or _count(usage, "output_tokens")
        self.received = received or self.received
        if sent is None:
            sent = _count(usage, "input_tokens")
        details = getattr(usage, "prompt_tokens_details", None) or getattr(
            usage, "input_tokens_details", None
        )
        within = _count(details, "cached_tokens")  # openai counts them in the tokens sent too
        beside = _count(usage, "cache_read_input_tokens")  # anthropic beside them
        self.written = _count(usage, "cache_creation_input_tokens") or self.written
        self.cached = within or beside or self.cached
        if sent is not None:
            self.fresh = max(0, sent - (within or 0))

    @property
    def sent(self) -> int:
        """The tokens sent, cached ones included."""
        return self.fresh + self.cached + self.written

    def cost(self, price: Mapping[str, float]) -> float:
        """Return the price of the call in US dollars."""
        given = price["input"]
        dollars = (
            self.fresh * given
            + self.cached * price.get("cached", given)
            + self.written * price.get("written", given)
            + self.received * price["output"]
        )
        return round(dollars / 1e6, 8)


def _count(usage: Any, name: str) -> int | None:
    value = getattr(usage, name, None)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return None


def price_of(model: str, prices: Prices) -> Mapping[str, float] | None:
    """Return the price of a model; a date or `latest` at the end of its name does not count."""
    return prices.get(model) or prices.get(_VERSION.sub("", model))


@dataclass(slots=True)
class _Call:
    """One call: written when the answer, or its stream, is complete."""

    hook: _Hook
    model: str
    began: float = field(default_factory=time.perf_counter)
    usage: Usage = field(default_factory=Usage)
    first_ms: float | None = None
    is_written: bool = False

    def read(self, item: Any) -> None:
        """Take model and usage of an answer, or of one event of its stream."""
        for holder in (item, getattr(item, "message", None), getattr(item, "response", None)):
            if holder is not None:
                self.model = _text(getattr(holder, "model", None)) or self.model
                self.usage.read(getattr(holder, "usage", None))

    def end(self, error: BaseException | None = None) -> None:
        """Write the AI_CALL, once."""
        if self.is_written:
            return
        self.is_written = True
        safely(self.hook.integration, self.hook.write, self, error)


class _Hook:
    """The replaced `request` of one client, through which all its calls go."""

    def __init__(
        self, client: Any, log: BotLogger | None, integration: str, prices: Prices | None
    ) -> None:
        self.integration = integration
        self._log = logger_of(log, integration)
        host = urlsplit(str(client.base_url)).hostname or integration
        self._provider = _OFFICIAL.get(host, host)
        self._prices = {**known_prices().get(self._provider, {}), **(prices or {})}
        self.replacements = Replacements(client)
        self._request = client.request
        request: Any = self._send
        if inspect.iscoroutinefunction(client.request):
            request = self._send_async
        self.replacements.replace("request", request)
        remember(client, self.replacements)
        register_from({"api_key": client.api_key, "auth_token": getattr(client, "auth_token", "")})

    def _send(self, *args: Any, **kwargs: Any) -> Any:
        call = self._call(args, kwargs)
        if call is None:
            return self._request(*args, **kwargs)
        token = is_inside.set(True)
        try:
            answer = self._request(*args, **kwargs)
        except BaseException as error:
            call.end(error)
            raise
        finally:
            is_inside.reset(token)
        self._answered(call, answer)
        return answer

    async def _send_async(self, *args: Any, **kwargs: Any) -> Any:
        call = self._call(args, kwargs)
        if call is None:
            return await self._request(*args, **kwargs)
        token = is_inside.set(True)
        try:
            answer = await self._request(*args, **kwargs)
        except BaseException as error:
            call.end(error)
            raise
        finally:
            is_inside.reset(token)
        self._answered(call, answer)
        return answer

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Call | None:
        """Return the call of a request to a model; other requests, such as a list, are none."""
        if not self.replacements.is_active:
            return None
        options = kwargs.get("options", args[1] if len(args) > 1 else None)
        body = getattr(options, "json_data", None)
        if not isinstance(body, Mapping) or not isinstance(body.get("model"), str):
            return None
        return _Call(self, body["model"])

    def _answered(self, call: _Call, answer: Any) -> None:
        iterator = getattr(answer, "_iterator", None)
        if isinstance(iterator, AsyncIterator):
            answer._iterator = _followed_async(iterator, call)
            answer.close = _ending_async(answer.close, call)
        elif isinstance(iterator, Iterator):
            answer._iterator = _followed(iterator, call)
            answer.close = _ending(answer.close, call)
        else:
            safely(self.integration, call.read, answer)
            call.end()

    def write(self, call: _Call, error: BaseException | None) -> None:
        """Write the AI_CALL."""
        fields: dict[str, Any] = {
            "provider": self._provider,
            "model": call.model,
            "ok": error is None,
            "latency_ms": elapsed_ms(call.began),
        }
        if call.usage.is_known:
            fields["tokens_in"] = call.usage.sent
            fields["tokens_out"] = call.usage.received
            price = price_of(call.model, self._prices)
            if price is not None:
                fields["cost_usd"] = call.usage.cost(price)
        if call.first_ms is not None:
            fields["first_token_ms"] = call.first_ms
        if error is not None:
            fields["error_type"] = error_name(error)
        self._log.event("AI_CALL", **fields)


def _followed(iterator: Iterator[Any], call: _Call) -> Iterator[Any]:
    """Yield the events of a stream; its end is that of the call."""
    error: BaseException | None = None
    try:
        for item in iterator:
            _note(call, item)
            yield item
    except GeneratorExit:
        raise  # the bot has read enough
    except BaseException as raised:
        error = raised
        raise
    finally:
        call.end(error)


async def _followed_async(iterator: AsyncIterator[Any], call: _Call) -> AsyncIterator[Any]:
    error: BaseException | None = None
    try:
        async for item in iterator:
            _note(call, item)
            yield item
    except GeneratorExit:
        raise
    except BaseException as raised:
        error = raised
        raise
    finally:
        call.end(error)


def _ending(close: Callable[[], Any], call: _Call) -> Callable[[], Any]:
    """Return the `close` of a stream, which ends a call whose stream is not read to its end."""

    def close_and_end() -> Any:
        try:
            return close()
        finally:
            call.end()

    return close_and_end


def _ending_async(close: Callable[[], Any], call: _Call) -> Callable[[], Any]:
    async def close_and_end() -> Any:
        try:
            return await close()
        finally:
            call.end()

    return close_and_end


def _note(call: _Call, item: Any) -> None:
    if call.first_ms is None:
        call.first_ms = elapsed_ms(call.began)
    safely(call.hook.integration, call.read, item)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return ""


def attach_client(
    client: Any, log: BotLogger | None, integration: str, prices: Prices | None
) -> Any:
    """Write an AI_CALL for each call of a client, and register its key."""
    undo(client)
    safely(integration, _Hook, client, log, integration, prices)
    return client


def detach_client(client: Any) -> Any:
    """Undo `attach_client`."""
    undo(client)
    return client
