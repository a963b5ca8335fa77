"""The neutral vocabulary: what a request asks and what an answer says, in no provider's words.

A dialect reads its wire format into these types and writes them back; nothing else in the program knows a wire format.

    ChatRequest   what the caller asks: messages made of parts, tools, limits
    Frame         one unit of an upstream's answer: its raw bytes and the events decoded from them
    Event         one thing that an answer says (a piece of text, a tool call, the reason why it stopped ...)

A streamed answer is many frames; an answer that came as one JSON body is one frame that holds all its events.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from sanspanne.errors import WireError

# --- what a message is made of ---------------------------------------------------------------------------------------


class Text(Struct, frozen=True, tag="text"):
    """A run of text."""

    text: str


class Image(Struct, frozen=True, tag="image"):
    """A picture: either `data` (base64) with its `media_type`, or a `url` that the provider fetches; we never fetch it."""

    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    detail: str | None = None


class Document(Struct, frozen=True, tag="document"):
    """A file to read, such as a PDF: base64 `data` with its `media_type`, or a `url`."""

    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    name: str | None = None


class ToolCall(Struct, frozen=True, tag="tool_call"):
    """The model asks for a tool. `arguments` is JSON text, kept as the model wrote it."""

    id: str
    name: str
    arguments: str


class ToolResult(Struct, frozen=True, tag="tool_result"):
    """What the tool gave back, in a user message."""

    call_id: str
    parts: tuple[Text | Image | Document, ...]
    is_error: bool = False


class Thinking(Struct, frozen=True, tag="thinking"):
    """Reasoning shown by a model. `signature` proves it to the dialect named in `origin`, and to no other."""

    text: str
    signature: str | None = None
    origin: str = ""
    redacted: str | None = None


class Refusal(Struct, frozen=True, tag="refusal"):
    """The model's words when it declines, where the dialect keeps them apart from text."""

    text: str


Part: TypeAlias = Text | Image | Document | ToolCall | ToolResult | Thinking | Refusal
Role: TypeAlias = Literal["system", "user", "assistant"]


class Message(Struct, frozen=True):
    """One turn. Tool results stand in `user` messages, before any other part; system text may stand anywhere."""

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None


# --- what is asked ---------------------------------------------------------------------------------------------------


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


# --- what an answer says ---------------------------------------------------------------------------------------------


class Usage(Struct, frozen=True):
    """Tokens. `input` counts all of the prompt, cached or not; `output` counts the reasoning too."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_written: int = 0
    reasoning: int = 0


class StopReason(StrEnum):
    """Why the model stopped, where that is an ending: failures to end are `Failed` events instead."""

    END = "end"
    LENGTH = "length"
    STOP_SEQUENCE = "stop_sequence"
    TOOL_CALLS = "tool_calls"
    REFUSAL = "refusal"
    FILTERED = "filtered"
    PAUSE = "pause"
    CONTEXT_FULL = "context_full"


class Stop(Struct, frozen=True):
    """`sequence` is the stop sequence that was met; `raw` is the provider's own word for the reason."""

    reason: StopReason
    sequence: str | None = None
    raw: str | None = None


class Citation(Struct, frozen=True):
    """A source of the answer. `start` and `end` count code points of the answer's text, when they are known."""

    url: str
    title: str | None = None
    text: str | None = None
    date: str | None = None
    start: int | None = None
    end: int | None = None


class Begun(Struct, frozen=True, gc=False, tag="begun"):
    """The upstream has begun to answer; nothing is said yet."""

    id: str
    model: str
    created: int | None = None


class TextDelta(Struct, frozen=True, gc=False, tag="text"):
    """More text of choice number `choice`. `logprobs` is a list of token entries in OpenAI's shape, or None."""

    text: str
    choice: int = 0
    logprobs: Any = None


class RefusalDelta(Struct, frozen=True, gc=False, tag="refusal"):
    """More of the words with which the model declines."""

    text: str
    choice: int = 0


class ThinkingDelta(Struct, frozen=True, gc=False, tag="thinking"):
    """More reasoning, or (with `signature`) the proof that ends it, or (with `redacted`) a block that is kept secret."""

    text: str = ""
    signature: str | None = None
    redacted: str | None = None
    origin: str = ""
    choice: int = 0


class ToolCallBegun(Struct, frozen=True, gc=False, tag="tool_call_begun"):
    """A tool call begins; `index` counts the calls of this choice from 0."""

    index: int
    id: str
    name: str
    choice: int = 0


class ToolCallDelta(Struct, frozen=True, gc=False, tag="tool_call"):
    """More JSON text of the arguments of call number `index`."""

    index: int
    arguments: str
    choice: int = 0


class Cited(Struct, frozen=True, tag="cited"):
    """Sources. Each event names only sources that no earlier event has named."""

    citations: tuple[Citation, ...]
    choice: int = 0


class UsageSeen(Struct, frozen=True, gc=False, tag="usage"):
    """Tokens so far: the latest counts replace the earlier ones."""

    usage: Usage


class Stopped(Struct, frozen=True, gc=False, tag="stopped"):
    """A choice has ended, by the provider's own account."""

    stop: Stop
    choice: int = 0


class Ended(Struct, frozen=True, gc=False, tag="ended"):
    """The dialect's terminal marker: nothing may follow."""


class Failed(Struct, frozen=True, tag="failed"):
    """The upstream says, inside the answer, that it failed."""

    error: WireError


class Damaged(Struct, frozen=True, gc=False, tag="damaged"):
    """A piece of the answer could not be read. What it said is lost, so the answer can no longer be called complete."""

    detail: str


class Seam(Struct, frozen=True, tag="seam"):
    """Here another attempt took over, after `at` code points of the answer's text. Written by the stitcher, never by a reader.

    `before` and `after` are targets, `reason` is the failure's name (`sanspanne` and `restart` if it was we who died); `means`
    is how the place was found: `resume`, `prefill`, `anchor` or `restart`. `exact` says that what follows goes on from the very
    last character; else wording may repeat.
    """

    before: str
    after: str
    reason: str
    means: str
    at: int
    exact: bool


Event: TypeAlias = (
    Begun
    | TextDelta
    | RefusalDelta
    | ThinkingDelta
    | ToolCallBegun
    | ToolCallDelta
    | Cited
    | UsageSeen
    | Stopped
    | Ended
    | Failed
    | Damaged
    | Seam
)


class Frame(Struct, frozen=True):
    """One unit of an upstream's answer, in that upstream's `dialect`.

    `raw` is the unit byte for byte as a caller of the same dialect may receive it (with its terminator), or empty when
    there is nothing to pass on. `events` is what it says; a ping or a comment says nothing.
    """

    dialect: str
    raw: bytes
    events: tuple[Event, ...] = ()


class ResumePoint(Struct, frozen=True):
    """Where a provider can take its own broken stream up again: generation `id`, after event number `after` (-1: from the start).

    `calls` are the places, in that provider's count, of the tool calls that had begun by then, and `said` the characters that
    had been said: what lets the reader of the rest see at its end that nothing is missing.
    """

    id: str
    after: int
    calls: tuple[int, ...] = ()
    said: int = 0


# An answer on its way: all frames that arrived together are one batch. Closing it gives the answer up.
Batches: TypeAlias = AsyncGenerator[list[Frame], None]


def says_something(event: Event) -> bool:
    """Whether an event is meaningful: from the first such event on, something has been promised to the caller."""
    match event:
        case TextDelta(text=text) | RefusalDelta(text=text):
            return bool(text)
        case ThinkingDelta(text=text, redacted=redacted):
            return bool(text or redacted)
        case ToolCallBegun() | ToolCallDelta():
            return True
        case _:
            return False
