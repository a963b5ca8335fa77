"""The shapes of OpenAI Responses on the wire, as far as we look at them.

What is not named is skipped by the decoder. Source: the OpenAI API reference, "Responses" and "Streaming events".
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

NAME = "openai_responses"


class Annotation(Struct, gc=False):
    """A note on the text; one with a `url` is a source, and the place in the text that rests on it."""

    type: str | None = None
    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None


class Part(Struct):
    """A part of a message (`text` or `refusal`), or of a piece of reasoning (`text`)."""

    type: str | None = None
    text: str | None = None
    refusal: str | None = None
    annotations: list[Annotation] | None = None


class Item(Struct):
    """One thing that an answer is made of: a `message`, a `function_call`, a piece of `reasoning`."""

    type: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: Any = None  # JSON text, where it is a function's
    content: list[Part] | None = None
    summary: list[Part] | None = None


class InputDetails(Struct, gc=False):
    """Of the prompt's tokens."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class OutputDetails(Struct, gc=False):
    """Of the answer's tokens."""

    reasoning_tokens: int | None = None


class UsageBody(Struct, gc=False):
    """Tokens."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None


class Incomplete(Struct, gc=False):
    """Why an answer ended early."""

    reason: str | None = None


class Response(Struct):
    """An answer as a whole: the body of one in one piece, and what some events of a stream carry."""

    id: str | None = None
    object: str | None = None
    status: str | None = None
    model: str | None = None
    created_at: float | None = None
    output: list[Item] | None = None
    usage: UsageBody | None = None
    incomplete_details: Incomplete | None = None
    error: Any = None


class StreamEvent(Struct):
    """One event of a stream, whatever its type. `output_index` says to which item of the answer it belongs."""

    type: str
    sequence_number: int | None = None
    output_index: int | None = None
    summary_index: int | None = None
    delta: str | None = None
    item: Item | None = None
    annotation: Annotation | None = None
    response: Response | None = None
    error: Any = None


class Head(Struct):
    """What every event has."""

    type: str
    sequence_number: int | None = None
