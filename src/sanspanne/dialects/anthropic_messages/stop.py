"""Why a model stopped, and how many tokens it took, in both directions."""

from __future__ import annotations

from typing import Any

from sanspanne.chat import Event, Failed, Stop, Stopped, StopReason, Usage
from sanspanne.dialects.anthropic_messages.schema import UsageOut
from sanspanne.errors import WireError

_READ = {
    "end_turn": StopReason.END,
    "max_tokens": StopReason.LENGTH,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_CALLS,
    "pause_turn": StopReason.PAUSE,
    "refusal": StopReason.REFUSAL,
    "model_context_window_exceeded": StopReason.CONTEXT_FULL,
}
_WRITTEN = {reason: word for word, reason in _READ.items()} | {StopReason.FILTERED: "refusal"}


def read_stop(word: str, sequence: str | None) -> Event:
    """The end that `word` means. A reason that we do not know may be a failure, so it counts as one."""
    reason = _READ.get(word)
    if reason is None:
        return Failed(WireError(200, type="unknown_stop_reason", message=f"The answer stopped with {word!r:.200}."))
    return Stopped(Stop(reason, sequence, word))


def stop_fields(stop: Stop, *, refused: bool) -> dict[str, Any]:
    """`stop_reason` and its nullable companions. `refused`: the model declined in words that were written as text."""
    word = "refusal" if refused and stop.reason is StopReason.END else _WRITTEN[stop.reason]
    details = {"type": "refusal", "category": None, "explanation": None} if word == "refusal" else None
    return {"stop_reason": word, "stop_sequence": stop.sequence, "stop_details": details}


def read_usage(seen: UsageOut | None, before: Usage | None = None) -> Usage:
    """The tokens so far. What `seen` leaves out is as it was `before`; `input` counts what came from the cache too."""
    was = before or Usage()
    if seen is None:
        return was
    fresh = _or(seen.input_tokens, was.input - was.cached - was.cache_written)
    cached = _or(seen.cache_read_input_tokens, was.cached)
    written = _or(seen.cache_creation_input_tokens, was.cache_written)
    thought = seen.output_tokens_details.thinking_tokens if seen.output_tokens_details else None
    return Usage(
        input=fresh + cached + written,
        output=_or(seen.output_tokens, was.output),
        cached=cached,
        cache_written=written,
        reasoning=_or(thought, was.reasoning),
    )


def usage_fields(usage: Usage) -> dict[str, Any]:
    """The counts that a stream's end may correct."""
    return {
        "input_tokens": max(0, usage.input - usage.cached - usage.cache_written),
        "cache_creation_input_tokens": usage.cache_written,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output,
        "output_tokens_details": {"thinking_tokens": usage.reasoning} if usage.reasoning else None,
        "server_tool_use": None,
    }


def message_usage_fields(usage: Usage) -> dict[str, Any]:
    """The `usage` of a message, with all the keys that its schema requires."""
    empty = {"cache_creation": None, "inference_geo": None, "service_tier": None, "speed": None}
    return {**usage_fields(usage), **empty}


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
