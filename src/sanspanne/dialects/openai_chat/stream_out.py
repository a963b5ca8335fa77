"""A streamed answer, written towards a caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Cited,
    Ended,
    Event,
    Frame,
    RefusalDelta,
    Stopped,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.base import Identity
from sanspanne.dialects.openai_chat.chunks_out import (
    annotation,
    finish_reason,
    logprobs_object,
    tool_call,
    usage_object,
)
from sanspanne.dialects.openai_chat.errors import error_object
from sanspanne.dialects.openai_chat.schema import NAME
from sanspanne.errors import CallerError

Json = dict[str, Any]

_DONE = b"data: [DONE]\n\n"


class Writer:
    """Writes one stream: raw where the frames speak this dialect, else translated."""

    def __init__(self, request: ChatRequest, identity: Identity) -> None:
        self._include_usage = request.include_usage
        self._model = identity.model
        self._id = identity.id
        self._created = identity.created
        self._opened: set[int] = set()
        self._usage: Usage | None = None

    def write(self, frames: Iterable[Frame]) -> bytes:
        """The bytes for these frames."""
        out: list[bytes] = []
        for frame in frames:
            if frame.raw and frame.dialect == NAME:
                out.append(frame.raw)
                if not self._opened:
                    self._follow(frame)
            else:
                out.extend(self._translate(event) for event in frame.events)
        return b"".join(out)

    def fail(self, error: CallerError) -> bytes:
        """An error object in the stream: the SDKs raise it. No `[DONE]` follows."""
        return _data({"error": error_object(error)})

    def comment(self, text: str) -> bytes:
        """A comment of one line."""
        return b": " + " ".join(text.splitlines()).encode() + b"\n\n"

    def _follow(self, frame: Frame) -> None:
        """What is translated after raw frames goes on with their id: to the caller it is one answer."""
        for event in frame.events:
            if isinstance(event, Begun):
                self._id = event.id or self._id
                self._created = self._created if event.created is None else event.created
                self._opened.add(0)

    def _translate(self, event: Event) -> bytes:
        match event:
            case TextDelta(text=text, choice=choice, logprobs=tokens):
                return self._said(choice, {"content": text}, tokens)
            case ThinkingDelta(text=text, choice=choice) if text:
                return self._said(choice, {"reasoning_content": text})
            case RefusalDelta(text=text, choice=choice):
                return self._said(choice, {"refusal": text})
            case ToolCallBegun(index=index, id=call_id, name=name, choice=choice):
                return self._said(choice, {"tool_calls": [{"index": index, **tool_call(call_id, name, "")}]})
            case ToolCallDelta(index=index, arguments=arguments, choice=choice):
                return self._said(choice, {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]})
            case Cited(citations=citations, choice=choice):
                return self._said(choice, {"annotations": [annotation(citation) for citation in citations]})
            case _:
                return self._mark(event)

    def _mark(self, event: Event) -> bytes:
        """The events around what is said. Failures write nothing here: `fail` ends a broken answer."""
        match event:
            case Begun():
                return self._open(0)
            case Stopped(stop=stop, choice=choice):
                return self._open(choice) + self._chunk([_choice(choice, {}, finish=finish_reason(stop))])
            case UsageSeen(usage=usage):
                self._usage = usage
                return b""
            case Ended():
                return self._usage_chunk() + _DONE
            case _:
                return b""

    def _open(self, choice: int) -> bytes:
        if choice in self._opened:
            return b""
        self._opened.add(choice)
        return self._chunk([_choice(choice, {"role": "assistant", "content": "", "refusal": None})])

    def _said(self, choice: int, delta: Json, tokens: Any = None) -> bytes:
        return self._open(choice) + self._chunk([_choice(choice, delta, tokens)])

    def _usage_chunk(self) -> bytes:
        if not self._include_usage or self._usage is None:
            return b""
        return self._chunk([], usage_object(self._usage))

    def _chunk(self, choices: list[Json], usage: Json | None = None) -> bytes:
        chunk: Json = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._model,
            "choices": choices,
        }
        if self._include_usage:  # whoever asks for usage finds the key in every chunk
            chunk["usage"] = usage
        return _data(chunk)


def _choice(index: int, delta: Json, tokens: Any = None, finish: str | None = None) -> Json:
    return {"index": index, "delta": delta, "logprobs": logprobs_object(tokens), "finish_reason": finish}


def _data(value: Json) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
