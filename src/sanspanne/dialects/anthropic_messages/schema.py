"""What stands on the wire: requests, answers and events of Anthropic Messages, as typed as they need to be read.

Blocks are one flat struct each, not a tagged union: a block type that is new today must be told apart from a block that is
wrong, and the fields of the types that only Anthropic serves must not be judged here.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

NAME = "anthropic_messages"

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1)]

# --- what is asked ---------------------------------------------------------------------------------------------------


class Source(Struct, frozen=True):
    """Where a picture or a document comes from: `base64`, `url`, `text`, `content` or `file`."""

    type: str
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    content: Any = None


class BlockIn(Struct, frozen=True):
    """A content block of a request, of any type."""

    type: str
    text: str | None = None
    source: Source | str | None = None
    title: str | None = None
    context: str | None = None
    citations: list[Any] | dict[str, Any] | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = Raw()
    tool_use_id: str | None = None
    content: str | list[BlockIn] | dict[str, Any] | None = None
    is_error: bool | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None


class MessageIn(Struct, frozen=True):
    """One turn of a request."""

    role: str
    content: str | list[BlockIn]


class ToolIn(Struct, frozen=True):
    """A tool: of the caller's own (`type` absent or `custom`), or one of those that Anthropic defines."""

    type: str | None = None
    name: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    strict: bool | None = None


class ToolChoiceIn(Struct, frozen=True):
    """`auto`, `any`, `tool` (with `name`) or `none`."""

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class ThinkingIn(Struct, frozen=True):
    """`enabled` (with `budget_tokens`), `adaptive`, `disabled` or `between_tools`."""

    type: str
    budget_tokens: Count | None = None


class FormatIn(Struct, frozen=True):
    """The structured output that is asked for; `json_schema` is its only type."""

    type: str
    schema: dict[str, Any] | None = None


class OutputConfigIn(Struct, frozen=True):
    """How hard to try, and in which form to answer."""

    effort: str | None = None
    format: FormatIn | None = None


class MetadataIn(Struct, frozen=True):
    """What the caller says about his user."""

    user_id: str | None = None


class RequestIn(Struct, frozen=True):
    """The fields of a request that we understand. `max_tokens` is optional here because a count has none."""

    model: Annotated[str, Meta(min_length=1)]
    messages: Annotated[list[MessageIn], Meta(min_length=1)]
    max_tokens: Annotated[int, Meta(ge=0)] | None = None  # 0 fills the cache and answers nothing
    system: str | list[BlockIn] | None = None
    tools: list[ToolIn] | None = None
    tool_choice: ToolChoiceIn | None = None
    stop_sequences: list[str] | None = None
    temperature: Share | None = None
    top_p: Share | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    thinking: ThinkingIn | None = None
    output_config: OutputConfigIn | None = None
    output_format: FormatIn | None = None
    metadata: MetadataIn | None = None
    inference_geo: str | None = None
    stream: bool | None = None


# --- what is answered ------------------------------------------------------------------------------------------------


class OutputDetails(Struct, frozen=True):
    """The parts of the output's tokens."""

    thinking_tokens: int | None = None


class UsageOut(Struct, frozen=True):
    """Tokens. In a `message_delta` the counts are cumulative and those that did not change may be absent."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None


class CitationOut(Struct, frozen=True):
    """A source of a text block. Web results have a `url`, search results a `source`, documents neither."""

    type: str
    url: str | None = None
    source: str | None = None
    title: str | None = None
    cited_text: str | None = None


class BlockOut(Struct, frozen=True):
    """A content block of an answer, of any type."""

    type: str
    text: str | None = None
    citations: list[CitationOut] | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = Raw()
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None


class MessageOut(Struct, frozen=True):
    """A whole answer, or the empty one that a stream begins with."""

    type: str
    id: str = ""
    model: str = ""
    content: list[BlockOut] = []
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: UsageOut | None = None


# --- the events of a stream ------------------------------------------------------------------------------------------


class MessageStart(Struct, frozen=True):
    """`message_start`."""

    message: MessageOut


class BlockStart(Struct, frozen=True):
    """`content_block_start`."""

    index: int
    content_block: BlockOut


class Delta(Struct, frozen=True, gc=False):
    """What a `content_block_delta` adds; the fields of all its types."""

    type: str
    text: str = ""
    partial_json: str = ""
    thinking: str = ""
    signature: str = ""
    citation: CitationOut | None = None


class BlockDelta(Struct, frozen=True, gc=False):
    """`content_block_delta`."""

    index: int
    delta: Delta


class BlockStop(Struct, frozen=True):
    """`content_block_stop`."""

    index: int


class StopDelta(Struct, frozen=True):
    """Why the model stopped; both null while it has not."""

    stop_reason: str | None = None
    stop_sequence: str | None = None


class MessageDelta(Struct, frozen=True):
    """`message_delta`."""

    delta: StopDelta
    usage: UsageOut | None = None


class Tagged(Struct, frozen=True):
    """Anything with a type: all that is needed to know which. Some proxies put an `error` without one."""

    type: str = ""
    error: Any = None


class Numbered(Struct, frozen=True):
    """Any event of a block, as far as one must know it to count blocks."""

    type: str
    index: int = 0
    content_block: Tagged | None = None


def json_object(raw: Raw) -> str:
    """The JSON text of an object as it was written, or `""` if it is none."""
    text = bytes(raw)
    return text.decode() if text.startswith(b"{") else ""


def as_object(text: str) -> dict[str, Any] | None:
    """The JSON object that `text` is; `{}` for no text at all; None if it is something else."""
    if not text.strip():
        return {}
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
