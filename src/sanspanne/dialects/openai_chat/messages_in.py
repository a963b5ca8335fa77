"""The messages of a request, read into neutral ones.

Where a message holds something that the neutral vocabulary has no word for (audio, uploaded files, custom tools), the
request needs a target of this dialect, which gets the caller's own bytes.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from sanspanne.chat import Capability, Document, Image, Message, Part, Refusal, Text, Thinking, ToolCall, ToolResult
from sanspanne.dialects.openai_chat.bad_request import complaint, decode
from sanspanne.dialects.openai_chat.schema import NAME, CallInHistory, FileBody, ImageUrl, MessageBody, PartBody

_MESSAGE = msgspec.json.Decoder(MessageBody)
_PART = msgspec.json.Decoder(PartBody)


class MessagesIn:
    """Reads messages and gathers in `needs` what a target must be able to do: capability -> where it is asked for."""

    def __init__(self) -> None:
        self.needs: dict[str, str] = {}

    def read(self, raws: list[Raw]) -> tuple[Message, ...]:
        """The neutral messages; tool messages that follow one another become one user message."""
        if not raws:
            raise complaint("messages", "is empty; at least one message was expected")
        messages: list[Message] = []
        results: list[ToolResult] = []
        for position, raw in enumerate(raws):
            where = f"messages[{position}]"
            body = decode(raw, _MESSAGE, where)
            if body.role in ("tool", "function"):
                results.append(self._tool_result(body, where))
                continue
            _flush(results, messages)
            messages.append(self._message(body, where))
        _flush(results, messages)
        return tuple(messages)

    def _message(self, body: MessageBody, where: str) -> Message:
        match body.role:
            case "system" | "developer":
                return Message("system", tuple(self._texts(body, where)), body.name)
            case "user":
                return Message("user", tuple(self._user_parts(body, where)), body.name)
            case "assistant":
                return Message("assistant", tuple(self._assistant_parts(body, where)), body.name)
            case _:
                raise complaint(
                    f"{where}.role",
                    f"is {body.role[:40]!r}; system, developer, user, assistant or tool was expected",
                )

    def _tool_result(self, body: MessageBody, where: str) -> ToolResult:
        if body.role == "function":  # older than tools; it names the function instead of the call
            self._needs_native(f"{where}.role")
            return ToolResult(body.name or "", tuple(self._texts(body, where)))
        if not body.tool_call_id:
            raise complaint(f"{where}.tool_call_id", "is missing; a tool message names the call that it answers")
        self.needs.setdefault(Capability.TOOLS, f"{where}.tool_call_id")
        # OpenAI itself takes only text here, but its clients send pictures too, and other providers see them
        return ToolResult(body.tool_call_id, tuple(self._user_parts(body, where)))

    # --- contents

    def _texts(self, body: MessageBody, where: str) -> list[Text]:
        """The content of a message that can only hold text."""
        texts = []
        for part, place in self._parts(body, where):
            if part.type != "text":
                raise complaint(f"{place}.type", f"is {part.type[:40]!r}; a {body.role} message can only hold text")
            texts += _text(part, place)
        return texts

    def _user_parts(self, body: MessageBody, where: str) -> list[Text | Image | Document]:
        parts: list[Text | Image | Document] = []
        for part, place in self._parts(body, where):
            match part.type:
                case "text":
                    parts += _text(part, place)
                case "image_url":
                    parts.append(self._image(part.image_url, place))
                case "file":
                    parts.append(self._document(part.file, place))
                case "input_audio":
                    self.needs.setdefault(Capability.AUDIO, place)
                    self._needs_native(place)
                case _:
                    raise complaint(
                        f"{place}.type", f"is {part.type[:40]!r}; text, image_url, file or input_audio was expected"
                    )
        return parts

    def _assistant_parts(self, body: MessageBody, where: str) -> list[Part]:
        thinking = body.reasoning_content or body.reasoning
        parts: list[Part] = [Thinking(thinking, origin=NAME)] if thinking else []
        if body.content is not None:
            for part, place in self._parts(body, where):
                parts += _spoken(part, place)
        if body.refusal:
            parts.append(Refusal(body.refusal))
        for number, call in enumerate(body.tool_calls or ()):
            parts.append(self._call(call, f"{where}.tool_calls[{number}]"))
        if body.function_call:
            self._needs_native(f"{where}.function_call")
            parts.append(ToolCall(body.function_call.name, body.function_call.name, body.function_call.arguments))
        if body.audio is not None:
            self._needs_native(f"{where}.audio")
        return parts

    def _parts(self, body: MessageBody, where: str) -> list[tuple[PartBody, str]]:
        """The content as parts, each with its place in the request."""
        place = f"{where}.content"
        if body.content is None:
            raise complaint(place, f"is missing; a {body.role} message holds a string or a list of parts")
        if isinstance(body.content, str):
            return [(PartBody("text", text=body.content), place)]
        places = [f"{place}[{number}]" for number in range(len(body.content))]
        return [(decode(raw, _PART, at), at) for raw, at in zip(body.content, places, strict=True)]

    # --- parts

    def _image(self, image: ImageUrl | None, place: str) -> Image:
        if image is None:
            raise complaint(f"{place}.image_url", 'is missing; {"url": "https://..."} or a data: URL was expected')
        self.needs.setdefault(Capability.IMAGES, place)
        if image.url.startswith("data:"):
            media_type, data = _data_url(image.url, f"{place}.image_url.url")
            return Image(media_type=media_type, data=data, detail=image.detail)
        self.needs.setdefault(Capability.IMAGE_URLS, place)
        return Image(url=image.url, detail=image.detail)

    def _document(self, file: FileBody | None, place: str) -> Document:
        if file is None or not (file.file_data or file.file_id):
            raise complaint(f"{place}.file", "is empty; file_data (base64) or file_id was expected")
        self.needs.setdefault(Capability.DOCUMENTS, place)
        if not file.file_data:
            self._needs_native(f"{place}.file.file_id")  # the id means something to one provider only
            return Document(name=file.filename or file.file_id)
        if file.file_data.startswith("data:"):
            media_type, data = _data_url(file.file_data, f"{place}.file.file_data")
            return Document(media_type=media_type, data=data, name=file.filename)
        return Document(media_type="application/pdf", data=file.file_data, name=file.filename)

    def _call(self, call: CallInHistory, place: str) -> ToolCall:
        if call.custom:
            self._needs_native(place)
            return ToolCall(call.id, call.custom.name, call.custom.input)
        if call.function is None:
            raise complaint(f"{place}.function", 'is missing; {"name": "weather", "arguments": "{}"} was expected')
        self.needs.setdefault(Capability.TOOLS, place)
        return ToolCall(call.id, call.function.name, call.function.arguments)

    def _needs_native(self, place: str) -> None:
        self.needs.setdefault(Capability.NATIVE_OPENAI_CHAT, place)


def _flush(results: list[ToolResult], messages: list[Message]) -> None:
    if results:
        messages.append(Message("user", tuple(results)))
        results.clear()


def _text(part: PartBody, place: str) -> list[Text]:
    if part.text is None:
        raise complaint(f"{place}.text", "is missing; a text part holds a string")
    return [Text(part.text)] if part.text else []


def _spoken(part: PartBody, place: str) -> list[Part]:
    """What an assistant said: text, or the words with which it declined."""
    if part.type == "refusal":
        return [Refusal(part.refusal)] if part.refusal else []
    if part.type != "text":
        raise complaint(f"{place}.type", f"is {part.type[:40]!r}; an assistant message holds text or refusal parts")
    return [*_text(part, place)]


def _data_url(url: str, param: str) -> tuple[str, str]:
    """The media type and the base64 data of a `data:` URL."""
    head, comma, data = url[len("data:") :].partition(",")
    media_type, base64 = head.removesuffix(";base64"), head.endswith(";base64")
    if not (comma and base64 and media_type and data):
        raise complaint(param, "is no base64 data: URL; data:image/png;base64,iVBORw0... was expected")
    return media_type, data
