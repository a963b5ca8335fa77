"""The shapes of OpenAI Chat Completions on the wire, as far as we look at them.

Everything that is optional for anybody who calls himself OpenAI-compatible is optional here. What is not named is skipped
by the decoder, not built, and survives in the raw bytes. Source: the OpenAI API reference, "Chat Completions".
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Raw, Struct

NAME = "openai_chat"
NULL = Raw(b"null")

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Limit = Annotated[int, Meta(ge=0, le=2**31 - 1)]  # what 0 means is for the provider to say
Choices = Annotated[int, Meta(ge=1, le=128)]
TopLogprobs = Annotated[int, Meta(ge=0, le=2**31 - 1)]

# --- a request -------------------------------------------------------------------------------------------------------


class StreamOptions(Struct):
    """What else a streamed answer shall hold."""

    include_usage: bool | None = None


class RequestBody(Struct):
    """The top level of a request; messages, tools and the like are decoded one by one, so that errors can name them."""

    model: str
    messages: list[Raw]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Limit | None = None
    max_completion_tokens: Limit | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: str | list[str] | None = None
    n: Choices | None = None
    seed: Int64 | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: TopLogprobs | None = None
    tools: list[Raw] | None = None
    tool_choice: Raw = NULL
    parallel_tool_calls: bool | None = None
    response_format: Raw = NULL
    reasoning_effort: str | None = None
    user: str | None = None


class FunctionCalled(Struct):
    """The function of a tool call in a history."""

    name: str
    arguments: str = ""


class CustomCalled(Struct):
    """The custom tool of a tool call in a history."""

    name: str
    input: str = ""


class CallInHistory(Struct):
    """A tool call in an assistant message."""

    id: str
    type: str = "function"
    function: FunctionCalled | None = None
    custom: CustomCalled | None = None


class MessageBody(Struct):
    """A message of any role."""

    role: str
    content: str | list[Raw] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[CallInHistory] | None = None
    tool_call_id: str | None = None
    function_call: FunctionCalled | None = None
    audio: Any = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class ImageUrl(Struct):
    """Where a picture is, or the picture itself as a `data:` URL."""

    url: str
    detail: str | None = None


class FileBody(Struct):
    """A file: base64, with or without `data:` before it, or the id of an uploaded one."""

    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class PartBody(Struct):
    """A part of a message of any type."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: ImageUrl | None = None
    file: FileBody | None = None


class FunctionBody(Struct):
    """The declaration of a function."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ToolBody(Struct):
    """The declaration of a tool."""

    type: str
    function: FunctionBody | None = None


class NamedFunction(Struct):
    """The function that must be called."""

    name: str


class ToolChoiceBody(Struct):
    """Which tool must be called."""

    type: str
    function: NamedFunction | None = None


class JsonSchemaBody(Struct):
    """The schema that the answer must fit."""

    name: str
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class ResponseFormat(Struct):
    """What the answer must look like."""

    type: str
    json_schema: JsonSchemaBody | None = None


# --- an answer, whole or in chunks -----------------------------------------------------------------------------------

Count = int | float | None


class Called(Struct, gc=False):
    """A function (`arguments`) or a custom tool (`input`) that is called. Some servers send arguments as an object."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None
    input: str | None = None


class CallPiece(Struct, gc=False):
    """A tool call or a piece of one."""

    index: int | None = None
    id: str | None = None
    function: Called | None = None
    custom: Called | None = None


class UrlCitation(Struct, gc=False):
    """A source and the place in the text that rests on it."""

    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None


class Annotation(Struct, gc=False):
    """A note on the text."""

    type: str | None = None
    url_citation: UrlCitation | None = None


class ThinkingPiece(Struct, gc=False):
    """A piece of reasoning within a content part."""

    text: str | None = None


class ContentPiece(Struct, gc=False):
    """A part of the content of an answer, from servers that send a list instead of a string."""

    type: str | None = None
    text: str | None = None
    thinking: list[ThinkingPiece] | None = None


class Audio(Struct, gc=False):
    """A spoken answer, of which we look at the words."""

    transcript: str | None = None


class Said(Struct, gc=False):
    """What a choice says: the `delta` of a chunk or the `message` of a whole answer."""

    content: str | list[ContentPiece] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None  # a string where it is reasoning
    tool_calls: list[CallPiece] | None = None
    function_call: Called | None = None
    annotations: list[Annotation] | None = None
    audio: Audio | None = None


class ChunkChoice(Struct, gc=False):
    """One choice of a chunk."""

    index: int = 0
    delta: Said | None = None
    finish_reason: str | None = None
    logprobs: Any = None  # OpenAI's object; a bare number or list from some servers
    error: Any = None


class AnswerChoice(Struct, gc=False):
    """One choice of a whole answer."""

    index: int = 0
    message: Said | None = None
    finish_reason: str | None = None
    logprobs: Any = None  # OpenAI's object; a bare number or list from some servers
    error: Any = None


class PromptDetails(Struct, gc=False):
    """Of the prompt's tokens."""

    cached_tokens: Count = None
    cache_write_tokens: Count = None


class CompletionDetails(Struct, gc=False):
    """Of the answer's tokens."""

    reasoning_tokens: Count = None


class UsageBody(Struct, gc=False):
    """Tokens."""

    prompt_tokens: Count = None
    completion_tokens: Count = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None


class Chunk(Struct, gc=False):
    """One event of a streamed answer. A provider with fields of its own decodes into a subclass."""

    id: str | int | None = None
    model: str | None = None
    created: Count = None
    choices: list[ChunkChoice] | None = None
    usage: UsageBody | None = None
    error: Any = None


class Answer(Struct, gc=False):
    """A whole answer. A provider with fields of its own decodes into a subclass."""

    id: str | int | None = None
    model: str | None = None
    created: Count = None
    choices: list[AnswerChoice] | None = None
    usage: UsageBody | None = None
    error: Any = None
