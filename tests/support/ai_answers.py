"""Answers of servers that stand for openai and anthropic."""

from __future__ import annotations

from typing import Any

CHAT: dict[str, Any] = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o-2024-08-06",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "WAIT"}}],
    "usage": {
        "prompt_tokens": 1_000, "completion_tokens": 10, "total_tokens": 1_010,
        "prompt_tokens_details": {"cached_tokens": 600},
    },
}  # fmt: skip
MESSAGE: dict[str, Any] = {
    "id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-20250514",
    "content": [{"type": "text", "text": "WAIT"}], "stop_reason": "end_turn", "stop_sequence": None,
    "usage": {"input_tokens": 1_000, "output_tokens": 10, "cache_read_input_tokens": 500},
}  # fmt: skip
