"""The content of a request's messages, read into neutral parts.

While it reads, it notes in `needs` what a target must be able to do, with the place that asks for it.
"""

from __future__ import annotations

import base64
from typing import TypeVar

from sanspanne.chat import (
    Capability,
    Document,
    Image,
    Message,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from sanspanne.dialects.anthropic_messages.marks import origin_of
from sanspanne.dialects.anthropic_messages.schema import NAME, BlockIn, MessageIn, Source, json_object
from sanspanne.errors import invalid_request

_V = TypeVar("_V")
_ROLES = ("user", "assistant", "system")
_NATIVE = frozenset(
    {
        "server_tool_use",
        "search_result",
        "container_upload",
        "compaction",
        "fallback",
        "tool_reference",
        "browser_state",
    }
)
_NATIVE_ENDINGS = ("_tool_result", "_tool_use")


class PartReader:
    """Reads the messages of one request. `needs` grows while it reads; the first place that asks is the one named."""

    def __init__(self) -> None:
        self.needs: dict[str, str] = {}

    def need(self, capability: Capability, where: str) -> None:
        """A target must have `capability`, because of the field `where`."""
        self.needs.setdefault(capability, where)

    def message(self, turn: MessageIn, where: str) -> Message:
        """One turn, its tool results first."""
        if turn.role not in _ROLES:
            raise invalid_request(
                f"{where}.role is {turn.role!r}; expected one of {', '.join(_ROLES)}. "
                'Example: {"role": "user", "content": "Bonjour"}',
                f"{where}.role",
            )
        parts = self.parts(turn.content, f"{where}.content")
        results = tuple(part for part in parts if isinstance(part, ToolResult))
        others = tuple(part for part in parts if not isinstance(part, ToolResult))
        role = "user" if turn.role == "user" else "assistant" if turn.role == "assistant" else "system"
        return Message(role, results + others)  # type: ignore[arg-type]

    def parts(self, content: str | list[BlockIn], where: str) -> tuple[Part, ...]:
        """The parts of a string or of a list of blocks; blocks that only Anthropic serves leave a need, and no part."""
        if isinstance(content, str):
            return (Text(content),)
        parts = (self.part(block, f"{where}[{i}]") for i, block in enumerate(content))
        return tuple(part for part in parts if part is not None)

    def part(self, block: BlockIn, where: str) -> Part | None:
        """One block."""
        match block.type:
            case "text":
                return Text(_required(block.text, f"{where}.text", '{"type": "text", "text": "Bonjour"}'))
            case "image":
                return self._image(block, where)
            case "document":
                return self._document(block, where)
            case "tool_use":
                return self._tool_call(block, where)
            case "tool_result":
                return self._tool_result(block, where)
            case "thinking" | "redacted_thinking":
                return _thinking(block, where)
        self._native_block(block, where)
        return None

    def _native_block(self, block: BlockIn, where: str) -> None:
        known = block.type in _NATIVE or block.type.endswith(_NATIVE_ENDINGS) or block.type.startswith("mcp_")
        if not known:
            raise invalid_request(
                f"{where}.type is {block.type!r}, which is no known block type; expected text, image, document, "
                'tool_use, tool_result, thinking, ... Example: {"type": "text", "text": "Bonjour"}',
                f"{where}.type",
            )
        self.need(Capability.NATIVE_ANTHROPIC, where)

    def _image(self, block: BlockIn, where: str) -> Image | None:
        source = _source(block, where)
        self.need(Capability.IMAGES, where)
        match source.type:
            case "base64":
                data = _required(source.data, f"{where}.source.data", '"data": "iVBORw0KGgo..."')
                media = _required(source.media_type, f"{where}.source.media_type", '"media_type": "image/png"')
                return Image(media_type=media, data=data)
            case "url":
                self.need(Capability.IMAGE_URLS, where)
                return Image(url=_required(source.url, f"{where}.source.url", '"url": "https://example.org/cat.png"'))
        self._other_source(source, where)
        return None

    def _document(self, block: BlockIn, where: str) -> Document | None:
        source = _source(block, where)
        self.need(Capability.DOCUMENTS, where)
        if block.context or (isinstance(block.citations, dict) and block.citations.get("enabled")):
            self.need(Capability.NATIVE_ANTHROPIC, where)  # nobody else cites passages of a document
        match source.type:
            case "base64":
                data = _required(source.data, f"{where}.source.data", '"data": "JVBERi0xLjcK..."')
                return Document(media_type=source.media_type or "application/pdf", data=data, name=block.title)
            case "url":
                url = _required(source.url, f"{where}.source.url", '"url": "https://example.org/paper.pdf"')
                return Document(url=url, name=block.title)
            case "text":
                return _text_document(_required(source.data, f"{where}.source.data", '"data": "Once ..."'), block.title)
            case "content" if isinstance(source.content, str):
                return _text_document(source.content, block.title)
        self._other_source(source, where)
        return None

    def _other_source(self, source: Source, where: str) -> None:
        if source.type not in ("file", "content"):
            raise invalid_request(
                f"{where}.source.type is {source.type!r}; expected base64, url, text, content or file. "
                'Example: {"type": "url", "url": "https://example.org/cat.png"}',
                f"{where}.source.type",
            )
        self.need(Capability.NATIVE_ANTHROPIC, f"{where}.source")

    def _tool_call(self, block: BlockIn, where: str) -> ToolCall:
        self.need(Capability.TOOLS, where)
        example = '{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Brest"}}'
        arguments = json_object(block.input)
        return ToolCall(
            _required(block.id or None, f"{where}.id", example),
            _required(block.name or None, f"{where}.name", example),
            _required(arguments or None, f"{where}.input", example),
        )

    def _tool_result(self, block: BlockIn, where: str) -> ToolResult:
        self.need(Capability.TOOLS, where)
        example = '{"type": "tool_result", "tool_use_id": "toolu_1", "content": "18 degrees"}'
        call_id = _required(block.tool_use_id or None, f"{where}.tool_use_id", example)
        if isinstance(block.content, dict):
            raise invalid_request(f"{where}.content must be a string or a list of blocks. Example: {example}", where)
        inner = self.parts(block.content or [], f"{where}.content")
        for part in inner:
            if not isinstance(part, Text | Image | Document):
                raise invalid_request(f"{where}.content may hold only text, image and document blocks.", where)
        return ToolResult(call_id, inner, bool(block.is_error))  # type: ignore[arg-type]


def _thinking(block: BlockIn, where: str) -> Thinking:
    if block.type == "redacted_thinking":
        data = _required(block.data, f"{where}.data", '{"type": "redacted_thinking", "data": "EmwKAhgB..."}')
        return Thinking("", origin=NAME, redacted=data)
    example = '{"type": "thinking", "thinking": "Let me see.", "signature": "EqQB..."}'
    origin, own = origin_of(_required(block.signature, f"{where}.signature", example))
    return Thinking(_required(block.thinking, f"{where}.thinking", example), signature=own, origin=origin)


def _text_document(text: str, name: str | None) -> Document:
    return Document(media_type="text/plain", data=base64.b64encode(text.encode()).decode(), name=name)


def _source(block: BlockIn, where: str) -> Source:
    if not isinstance(block.source, Source):
        example = '{"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo..."}'
        raise invalid_request(f"{where}.source must be an object. Example: {example}", f"{where}.source")
    return block.source


def _required(value: _V | None, where: str, example: str) -> _V:
    if value is None:
        raise invalid_request(f"{where} is missing or of the wrong type. Example: {example}", where)
    return value
