"""The pieces that streamed and whole answers are written from."""

from __future__ import annotations

from typing import Any

from sanspanne.chat import Citation, Stop, StopReason, Usage

Json = dict[str, Any]

# A pause and a full context are no whole answers, and a refusal has cut one off: `stop` would say otherwise.
_FINISH = {
    StopReason.END: "stop",
    StopReason.STOP_SEQUENCE: "stop",
    StopReason.LENGTH: "length",
    StopReason.CONTEXT_FULL: "length",
    StopReason.PAUSE: "length",
    StopReason.TOOL_CALLS: "tool_calls",
    StopReason.REFUSAL: "content_filter",
    StopReason.FILTERED: "content_filter",
}


def finish_reason(stop: Stop) -> str:
    """OpenAI's word for a reason to stop."""
    return _FINISH[stop.reason]


def usage_object(usage: Usage) -> Json:
    """Tokens, with all the details that OpenAI itself sends."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached,
            "cache_write_tokens": usage.cache_written,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def annotation(citation: Citation) -> Json:
    """A source. The schema demands both places and a title: an unknown place is 0 to 0, an unknown title the address."""
    return {
        "type": "url_citation",
        "url_citation": {
            "start_index": citation.start or 0,
            "end_index": citation.end or 0,
            "url": citation.url,
            "title": citation.title if citation.title is not None else citation.url,
        },
    }


def tool_call(call_id: str, name: str, arguments: str) -> Json:
    """A tool call, whole or at its beginning."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def logprobs_object(tokens: Any) -> Json | None:
    """The token entries of an answer, or null."""
    return {"content": tokens, "refusal": None} if tokens is not None else None
