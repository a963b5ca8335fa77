"""Neutral messages, written as `instructions` and input items. What has no place among them is named in `omitted`.

The system text with which a conversation begins becomes the instructions; other system text stands where it stood. Tool calls
and their results are items beside the messages. Reasoning of earlier turns is left out: here it is known by ids of
responses that are kept for minutes only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile, takewhile
from typing import Any

from sanspanne.chat import Document, Image, Message, Part, Refusal, Text, Thinking, ToolCall, ToolResult

Json = dict[str, Any]


def instructions(messages: Sequence[Message]) -> str | None:
    """The system text before the first turn."""
    head = takewhile(_is_system, messages)
    return "\n\n".join(text for message in head if (text := _text(message.parts))) or None


def write_items(messages: Sequence[Message], omitted: list[str]) -> list[Json]:
    """All that follows it."""
    items: list[Json] = []
    numbered = dropwhile(lambda entry: _is_system(entry[1]), enumerate(messages))
    for position, message in numbered:
        items += _write(message, f"messages[{position}]", omitted)
    return items


def _is_system(message: Message) -> bool:
    return message.role == "system"


def _write(message: Message, where: str, omitted: list[str]) -> list[Json]:
    if message.name:
        omitted.append(f"{where}.name")
    if message.role == "system":
        return [_message("system", _text(message.parts))]
    if message.role == "user":
        return _user(message.parts, where, omitted)
    return _assistant(message.parts, where, omitted)


def _message(role: str, content: str | list[Json]) -> Json:
    return {"role": role, "content": content}


def _text(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Text | Refusal))


def _assistant(parts: Sequence[Part], where: str, omitted: list[str]) -> list[Json]:
    """An assistant's words (declining is saying, too), then its calls."""
    if any(isinstance(part, Image | Document | ToolResult) for part in parts):
        omitted.append(f"{where}.content")
    text = _text(parts)
    words = [_message("assistant", text)] if text else []
    return [*words, *(_call(part) for part in parts if isinstance(part, ToolCall))]


def _call(call: ToolCall) -> Json:
    return {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments or "{}"}


def _user(parts: Sequence[Part], where: str, omitted: list[str]) -> list[Json]:
    results = [part for part in parts if isinstance(part, ToolResult)]
    rest = [part for part in parts if not isinstance(part, ToolResult)]
    items = [_result(result) for result in results]
    if any(result.is_error for result in results):
        omitted.append(f"{where}.is_error")
    if any(isinstance(part, ToolCall | Thinking) for part in rest):
        omitted.append(f"{where}.content")
    if rest or not items:
        items.append(_message("user", _content(rest)))
    return items


def _result(result: ToolResult) -> Json:
    return {"type": "function_call_output", "call_id": result.call_id, "output": _content(result.parts)}


def _content(parts: Sequence[Part]) -> str | list[Json]:
    """A plain string where one is enough."""
    written = [piece for part in parts if (piece := _piece(part)) is not None]
    if all(piece["type"] == "input_text" for piece in written) and len(written) < 2:
        return "".join(piece["text"] for piece in written)
    return written


def _piece(part: Part) -> Json | None:
    match part:
        case Text(text=text) | Refusal(text=text):
            return {"type": "input_text", "text": text}
        case Image():
            url = part.url or f"data:{part.media_type or 'image/png'};base64,{part.data or ''}"
            return {"type": "input_image", "image_url": url, "detail": part.detail or "auto"}
        case Document():
            return _file(part)
        case _:
            return None


def _file(document: Document) -> Json:
    if document.data is None:
        return {"type": "input_file", "file_url": document.url or ""}
    media_type = document.media_type or "application/pdf"
    file = f"data:{media_type};base64,{document.data}"
    return {"type": "input_file", "filename": document.name or "document.pdf", "file_data": file}
