"""What is asked, of whom, and what it takes to serve it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec
from msgspec import Struct

from sanspanne.chat.message import Message


class Tool(Struct, frozen=True):
    """A function that the model may call. `schema` is the JSON Schema of its arguments."""

    name: str
    description: str | None = None
    schema: dict[str, Any] = {}
    strict: bool | None = None


class ToolChoice(Struct, frozen=True):
    """`auto`, `none`, `required` (any tool) or `named` (the tool in `name`)."""

    mode: Literal["auto", "none", "required", "named"]
    name: str | None = None


class OutputFormat(Struct, frozen=True):
    """Structured output: any JSON object, or JSON that fits `schema`."""

    kind: Literal["json_object", "json_schema"]
    name: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None
    description: str | None = None


class Reasoning(Struct, frozen=True):
    """How much the model shall think: an `effort` word or a `budget` in tokens; `enabled` False switches it off."""

    enabled: bool = True
    effort: str | None = None
    budget: int | None = None
    summary: bool = False


class ChatRequest(Struct, kw_only=True):
    """A question as the caller put it, in neutral words.

    `fields` keeps the caller's own top-level JSON fields undecoded, so that a target of the same dialect gets all of them
    (also those that we do not know). `unknown` names those that no translation can carry and whose meaning we do not
    know: they go to targets of the same dialect only and are reported as omitted elsewhere. `needs` names, as capability
    -> the caller's field, what a target must be able to do to serve the request at all.
    """

    dialect: str
    model: str
    messages: tuple[Message, ...] = ()
    stream: bool = False
    include_usage: bool = False
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool = False
    top_logprobs: int | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    output: OutputFormat | None = None
    reasoning: Reasoning | None = None
    user: str | None = None
    fields: dict[str, msgspec.Raw] = {}
    headers: dict[str, str] = {}
    unknown: tuple[str, ...] = ()
    needs: dict[str, str] = {}
    size: int = 0  # bytes of the body as received: what the clocks take for the length of the prompt


class Capability(StrEnum):
    """What a target may or may not be able to do; the names that `ChatRequest.needs` and the providers share.

    Plain text, system prompts, several turns, streaming and a limit of tokens are taken for granted.
    """

    TOOLS = "tools"
    TOOL_CHOICE = "tool_choice"  # a named or required tool
    IMAGES = "images"
    IMAGE_URLS = "image_urls"
    DOCUMENTS = "documents"
    AUDIO = "audio"
    JSON_OBJECT = "json_object"
    JSON_SCHEMA = "json_schema"
    STOP = "stop"
    THINKING = "thinking"
    CHOICES = "n"  # more than one choice
    LOGPROBS = "logprobs"
    LOGIT_BIAS = "logit_bias"
    PREFILL = "prefill"  # continues a trailing assistant message
    PREFIX = "prefix"  # continues it too, but begins by repeating it
    CITES = "cites"  # answers with a list of sources
    RESUME = "resume"  # its own broken stream can be taken up again where it broke
    # something that only a target of this dialect can serve (server tools, audio out)
    NATIVE_OPENAI_CHAT = "native:openai_chat"
    NATIVE_ANTHROPIC = "native:anthropic_messages"
    NATIVE_GEMINI = "native:gemini"


class Target(Struct, frozen=True):
    """A provider and its model name, written `provider/model`; the model on board is `onboard`."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}" if self.model else self.provider


class Rung(StrEnum):
    """How far down the ladder an answer came from."""

    PRIMARY = "primary"
    FALLBACK = "fallback"
    ONBOARD = "onboard"
    CACHED = "cached"  # the caller's own earlier answer to the same question
    DEFERRED = "deferred"  # a kept question, answered later
