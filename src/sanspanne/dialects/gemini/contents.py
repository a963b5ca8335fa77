"""Messages as Gemini wants them: `contents` made of parts, and one `systemInstruction`."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from sanspanne.chat import Document, Image, Message, Part, Refusal, Text, Thinking, ToolCall, ToolResult
from sanspanne.dialects.gemini.call_ids import plain_id, signature_of

# Google's own word for a function call that no Gemini model made (ai.google.dev/gemini-api/docs/thought-signatures):
# without it Gemini 3 refuses a history in which another model has called a tool.
UNSIGNED = "skip_thought_signature_validator"

Content = dict[str, Any]


def system_instruction(messages: Iterable[Message]) -> Content | None:
    """All system text, wherever it stood: Gemini knows one place for it."""
    parts = [part for message in messages if message.role == "system" for part in message.parts]
    texts = [{"text": part.text} for part in parts if isinstance(part, Text) and part.text]
    return {"parts": texts} if texts else None


def contents(messages: Iterable[Message], *, signed: bool) -> list[Content]:
    """The turns. `signed` says that the model wants a thought signature on the first function call of each turn."""
    turns = [message for message in messages if message.role != "system"]
    names = {part.id: part.name for turn in turns for part in turn.parts if isinstance(part, ToolCall)}
    written: list[Content] = []
    for turn in turns:
        role = "model" if turn.role == "assistant" else "user"
        parts = [written_part for part in turn.parts if (written_part := _part(part, names)) is not None]
        if parts:
            _append(written, role, parts)
    if signed:
        _sign_first_calls(written)
    return written or [{"role": "user", "parts": [{"text": " "}]}]  # a call without any turn is refused


def _append(written: list[Content], role: str, parts: list[Content]) -> None:
    if written and written[-1]["role"] == role:  # the answers to parallel calls must stand in one turn
        written[-1]["parts"].extend(parts)
    else:
        written.append({"role": role, "parts": parts})


def _sign_first_calls(written: list[Content]) -> None:
    for content in written:
        first = next((part for part in content["parts"] if "functionCall" in part), None)
        if first is not None:
            first.setdefault("thoughtSignature", UNSIGNED)


def _part(part: Part, names: dict[str, str]) -> Content | None:
    match part:
        case Text(text=text) | Refusal(text=text):
            return {"text": text} if text else None
        case Image() | Document():
            return _file(part)
        case ToolCall():
            return _call(part)
        case ToolResult():
            return _result(part, names.get(part.call_id, "tool"))
        case Thinking():
            return _thought(part)


def _file(part: Image | Document) -> Content:
    if part.data is not None:
        return {"inlineData": {"mimeType": part.media_type or _default_type(part), "data": part.data}}
    url = part.url or ""
    media_type = part.media_type or mimetypes.guess_type(url.partition("?")[0])[0] or _default_type(part)
    return {"fileData": {"mimeType": media_type, "fileUri": url}}


def _default_type(part: Image | Document) -> Literal["image/png", "application/pdf"]:
    return "image/png" if isinstance(part, Image) else "application/pdf"


def _call(call: ToolCall) -> Content:
    part: Content = {"functionCall": {"id": plain_id(call.id), "name": call.name, "args": _arguments(call.arguments)}}
    signature = signature_of(call.id)
    return {**part, "thoughtSignature": signature} if signature else part


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        return {"arguments": text}  # Gemini takes an object only; another model wrote what is none
    return arguments if isinstance(arguments, dict) else {"arguments": arguments}


def _result(result: ToolResult, name: str) -> Content:
    text = "\n".join(part.text for part in result.parts if isinstance(part, Text))
    response: Content = {
        "id": plain_id(result.call_id),
        "name": name,
        "response": {"error" if result.is_error else "output": text},
    }
    files = [_file(part) for part in result.parts if not isinstance(part, Text)]
    return {"functionResponse": {**response, "parts": files} if files else response}


def _thought(thought: Thinking) -> Content | None:
    if thought.origin != "gemini" or not thought.signature:
        return None  # another model's reasoning proves nothing here, and would read as if it were said
    part: Content = {"text": thought.text, "thoughtSignature": thought.signature}
    return {**part, "thought": True} if thought.text else part
