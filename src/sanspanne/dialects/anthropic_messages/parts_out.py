"""Neutral messages, written as the turns and blocks of Anthropic Messages.

Anthropic wants turns that alternate, tool results before anything else in a turn, no text of white space alone, ids of a
fixed alphabet, and no white space at the end of an answer that it shall continue.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from typing import Any

from sanspanne.chat import Document, Image, Message, Part, Refusal, Text, Thinking, ToolCall, ToolResult
from sanspanne.dialects.anthropic_messages.schema import NAME, as_object

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def system_text(messages: Iterable[Message]) -> str:
    """The text of all system messages."""
    parts = (part for message in messages if message.role == "system" for part in message.parts)
    return "\n\n".join(part.text for part in parts if isinstance(part, Text) and part.text)


def turns(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """The turns of user and assistant, neighbours of the same role made one; turns that say nothing are left out."""
    written: list[dict[str, Any]] = []
    for message in messages:
        blocks = _blocks(message.parts)
        if message.role == "system" or not blocks:
            continue
        if not written or written[-1]["role"] != message.role:
            written.append({"role": message.role, "content": []})
        written[-1]["content"] += blocks
    for turn in written:
        if turn["role"] == "user":
            turn["content"].sort(key=lambda block: block["type"] != "tool_result")
    return _without_trailing_space(written)


def tool_id(given: str) -> str:
    """`given` if Anthropic takes it for the id of a tool call, else an id that is always the same for the same `given`."""
    if _ID.fullmatch(given):
        return given
    return "toolu_" + hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def tool_input(arguments: str) -> dict[str, Any]:
    """The arguments as the object that Anthropic wants. Broken ones are kept, wrapped as its documentation proposes."""
    value = as_object(arguments)
    return {"INVALID_JSON": arguments} if value is None else value


def _blocks(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [block for block in map(_block, parts) if block is not None]


def _block(part: Part) -> dict[str, Any] | None:
    match part:
        case Text(text) | Refusal(text):
            return {"type": "text", "text": text} if text.strip() else None
        case ToolCall(id, name, arguments):
            return {"type": "tool_use", "id": tool_id(id), "name": name, "input": tool_input(arguments)}
        case ToolResult():
            return _tool_result(part)
        case Image():
            return {"type": "image", "source": _image_source(part)}
        case Document():
            return _document(part)
        case Thinking():
            return _thinking(part)


def _tool_result(result: ToolResult) -> dict[str, Any]:
    written = {"type": "tool_result", "tool_use_id": tool_id(result.call_id), "content": _blocks(result.parts)}
    return {**written, "is_error": True} if result.is_error else written


def _image_source(image: Image) -> dict[str, Any]:
    if image.url is not None:
        return {"type": "url", "url": image.url}
    return {"type": "base64", "media_type": image.media_type or "image/png", "data": image.data}


def _document(document: Document) -> dict[str, Any]:
    title = {"title": document.name} if document.name else {}
    return {"type": "document", "source": _document_source(document), **title}


def _document_source(document: Document) -> dict[str, Any]:
    if document.url is not None:
        return {"type": "url", "url": document.url}
    media = document.media_type or "application/pdf"
    text = _decoded(document.data) if media.startswith("text/") else None
    if text is not None:
        return {"type": "text", "media_type": "text/plain", "data": text}
    return {"type": "base64", "media_type": media, "data": document.data}


def _decoded(data: str | None) -> str | None:
    try:
        return base64.b64decode(data or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _thinking(thought: Thinking) -> dict[str, Any] | None:
    if thought.origin != NAME:
        return None  # its signature proves nothing here
    if thought.redacted is not None:
        return {"type": "redacted_thinking", "data": thought.redacted}
    if not thought.signature:
        return None
    return {"type": "thinking", "thinking": thought.text, "signature": thought.signature}


def _without_trailing_space(written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Strips the end of an answer that shall be continued, and drops what nothing is left of."""
    if not written or written[-1]["role"] != "assistant":
        return written
    content = written[-1]["content"]
    if content[-1]["type"] == "text":
        content[-1]["text"] = content[-1]["text"].rstrip()
        if not content[-1]["text"]:
            content.pop()
    return written if content else written[:-1]
