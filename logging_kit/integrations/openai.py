"""openai: one AI_CALL for each call of a model, with tokens, cost and latency."""

from __future__ import annotations

from typing import Any

from ..runtime.logger import BotLogger
from .ai import Prices, attach_client, detach_client


def attach(client: Any, log: BotLogger | None = None, *, prices: Prices | None = None) -> Any:
    """Write an AI_CALL for each call of a client, synchronous or not, and register its key.

    A stream is one call that ends with the stream. The cost comes from a table of prices; a model
    without a price has no `cost_usd`. A second call changes nothing but the options.

    Args:
        client: A client of openai.
        log: The logger.
        prices: US dollars for a million tokens by model, such as
            `{"gpt-4o": {"input": 3, "output": 15}}`; they win over the table.

    Returns:
        The client.

    Example:
        >>> client = attach(openai.OpenAI())
    """
    return attach_client(client, log, "openai", prices)


def detach(client: Any) -> Any:
    """Undo `attach`; the key stays registered."""
    return detach_client(client)
