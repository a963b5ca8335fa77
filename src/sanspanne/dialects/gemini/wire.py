"""The parts of Gemini's answer that we understand; all else is passed over."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class FunctionCall(Struct):
    """A tool call, always whole."""

    name: str = ""
    id: str | None = None
    args: dict[str, Any] | None = None


class Part(Struct, rename="camel"):
    """A piece of the answer: text, reasoning (`thought`), or a call."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None


class Content(Struct):
    """What one candidate says in this chunk."""

    parts: list[Part] | None = None


class Candidate(Struct, rename="camel"):
    """One choice. `finish_reason` stands in its last chunk."""

    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    index: int | None = None
    grounding_metadata: dict[str, Any] | None = None
    citation_metadata: dict[str, Any] | None = None
    logprobs_result: dict[str, Any] | None = None


class PromptFeedback(Struct, rename="camel"):
    """Why the prompt was refused, if it was."""

    block_reason: str | None = None
    block_reason_message: str | None = None


class UsageMetadata(Struct, rename="camel"):
    """Token counts; candidates and thoughts are counted apart."""

    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None


class Chunk(Struct, rename="camel"):
    """One GenerateContentResponse: a whole answer, or a piece of a streamed one."""

    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: UsageMetadata | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: Any = None
