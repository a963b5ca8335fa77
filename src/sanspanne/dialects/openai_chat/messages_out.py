"""Neutral messages, written. What this dialect has no place for is named in `omitted`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sanspanne.chat import Document, Image, Message, Part, Refusal, Text, Thinking, ToolCall, ToolResult
from sanspanne.dialects.openai_chat.schema import NAME

Json = dict[str, Any]


def write_messages(messages: Sequence[Message], omitted: list[str]) -> list[Json]:
    """The messages in this dialect's shape."""
    written: list[Json] = []
    for position, message in enumerate(messages):
        written += _write(message, f"messages[{position}]", omitted)
    return written


def _write(message: Message, where: str, omitted: list[str]) -> list[Json]:
    if message.role == "user":
        return _user(message, where, omitted)
    if message.role == "system":
        return [_named({"role": "system", "content": _content(message.parts, where, omitted)}, message)]
    if any(isinstance(part, (Image, Document, ToolResult)) for part in message.parts):
        omitted.append(f"{where}.content")  # an assistant speaks in text here
    return [_named(_assistant(message), message)]


def _named(written: Json, message: Message) -> Json:
    return {**written, "name": message.name} if message.name else written


def _assistant(message: Message) -> Json:
    parts = message.parts
    text = "".join(part.text for part in parts if isinstance(part, Text))
    refusal = "".join(part.text for part in parts if isinstance(part, Refusal))
    thinking = "".join(part.text for part in parts if isinstance(part, Thinking) and part.origin == NAME)
    calls = [_call(part) for part in parts if isinstance(part, ToolCall)]
    written: Json = {"role": "assistant", "content": text if text or not (calls or refusal) else None}
    if thinking:
        written["reasoning_content"] = thinking
    if refusal:
        written["refusal"] = refusal
    if calls:
        written["tool_calls"] = calls
    return written


def _call(call: ToolCall) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _user(message: Message, where: str, omitted: list[str]) -> list[Json]:
    """Tool results become messages of their own; what a tool message cannot hold follows in the user message."""
    written: list[Json] = []
    rest: list[Part] = []
    for part in message.parts:
        if isinstance(part, ToolResult):
            texts = [piece for piece in part.parts if isinstance(piece, Text)]
            rest += [piece for piece in part.parts if not isinstance(piece, Text)]
            content = _content(texts, where, omitted)
            written.append({"role": "tool", "tool_call_id": part.call_id, "content": content})
            if part.is_error:
                omitted.append(f"{where}.is_error")
        else:
            rest.append(part)
    if rest or not written:
        written.append(_named({"role": "user", "content": _content(rest, where, omitted)}, message))
    return written


def _content(parts: Sequence[Part], where: str, omitted: list[str]) -> str | list[Json]:
    """A plain string where one is enough: some servers read nothing else."""
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    written = [_part(part) for part in parts]
    if None in written:
        omitted.append(f"{where}.content")
    return [part for part in written if part is not None]


def _part(part: Part) -> Json | None:
    match part:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Image():
            return _image(part)
        case Document(data=str(data), media_type=media_type, name=name):
            file = f"data:{media_type or 'application/pdf'};base64,{data}"
            return {"type": "file", "file": {"filename": name or "document.pdf", "file_data": file}}
        case _:  # a document by address, or a part that has no business in this message
            return None


def _image(image: Image) -> Json:
    url = image.url or f"data:{image.media_type or 'image/png'};base64,{image.data or ''}"
    place: Json = {"url": url}
    if image.detail:
        place["detail"] = image.detail
    return {"type": "image_url", "image_url": place}
