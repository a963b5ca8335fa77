"""What a message is made of."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct


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
