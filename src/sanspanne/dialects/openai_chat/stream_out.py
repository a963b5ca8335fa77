"""A streamed answer, written towards a caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Cited,
    Earlier,
    Ended,
    Event,
    Frame,
    RefusalDelta,
    Seam,
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
from sanspanne.dialects.seams import earlier_object, seam_object, seam_words
from sanspanne.errors import CallerError

Json = dict[str, Any]

_DONE = b"data: [DONE]\n\n"


class Writer:
    """Writes one stream: raw where the frames speak this dialect, else translated.

    After a seam everything is translated, and goes on with the id, the time and the model of what was passed on before it:
    to the caller it is one answer.
    """

    def __init__(self, request: ChatRequest, identity: Identity) -> None:
        self._include_usage = request.include_usage
        self._model = identity.model
        self._id = identity.id
        self._created = identity.created
        self._passes_on = True
        self._opened: set[int] = set()
        self._calls: dict[int, int] = {}  # tool calls so far, by choice
        self._earlier_calls: dict[int, int] = {}  # those before the latest seam
        self._usage: Usage | None = None

    def write(self, frames: Iterable[Frame]) -> bytes:
        """The bytes for these frames."""
        return b"".join(self.pieces(frames))

    def pieces(self, frames: Iterable[Frame]) -> list[bytes]:
        """The same, one event or comment each."""
        out: list[bytes] = []
        for frame in frames:
            if self._passes(frame):
                out.append(frame.raw)
            else:
                for event in frame.events:
                    out += self._translate(event)
        return out

    def fail(self, error: CallerError) -> bytes:
        """An error object in the stream: the SDKs raise it. No `[DONE]` follows."""
        return _data({"error": error_object(error)})

    def comment(self, text: str) -> bytes:
        """A comment of one line."""
        return b": " + " ".join(text.split()).encode() + b"\n"

    def _passes(self, frame: Frame) -> bool:
        if not (self._passes_on and frame.raw and frame.dialect == NAME):
            return False
        if self._opened and len(frame.events) == 1 and type(frame.events[0]) is TextDelta:
            return True  # nearly all frames: there is nothing to remember of them
        return self._follow(frame)

    def _follow(self, frame: Frame) -> bool:
        """Takes note of what is passed on. False if it must not be, because it holds a seam."""
        if any(isinstance(event, Seam) for event in frame.events):
            return False
        for event in frame.events:
            if isinstance(event, Begun):
                self._id = event.id or self._id
                self._model = event.model or self._model
                self._created = self._created if event.created is None else event.created
                self._opened.add(0)
            elif isinstance(event, ToolCallBegun):
                self._number(event.index, event.choice)
        return True

    def _number(self, index: int, choice: int) -> int:
        """The number of a call among all those of this answer: attempts after a seam count their calls from 0 again."""
        number = self._earlier_calls.get(choice, 0) + index
        self._calls[choice] = max(self._calls.get(choice, 0), number + 1)
        return number

    def _translate(self, event: Event) -> list[bytes]:
        match event:
            case TextDelta(text=text, choice=choice, logprobs=tokens):
                return self._said(choice, {"content": text}, tokens)
            case ThinkingDelta(text=text, choice=choice) if text:
                return self._said(choice, {"reasoning_content": text})
            case RefusalDelta(text=text, choice=choice):
                return self._said(choice, {"refusal": text})
            case ToolCallBegun(index=index, id=call_id, name=name, choice=choice):
                begun = {"index": self._number(index, choice), **tool_call(call_id, name, "")}
                return self._said(choice, {"tool_calls": [begun]})
            case ToolCallDelta(index=index, arguments=arguments, choice=choice):
                more = {"index": self._number(index, choice), "function": {"arguments": arguments}}
                return self._said(choice, {"tool_calls": [more]})
            case Cited(citations=citations, choice=choice):
                return self._said(choice, {"annotations": [annotation(citation) for citation in citations]})
            case _:
                return self._mark(event)

    def _mark(self, event: Event) -> list[bytes]:
        """The events around what is said. Failures write nothing here: `fail` ends a broken answer."""
        match event:
            case Begun():
                return self._open(0)
            case Stopped(stop=stop, choice=choice):
                return [*self._open(choice), self._chunk([_choice(choice, {}, finish=finish_reason(stop))])]
            case UsageSeen(usage=usage):
                self._usage = usage
                return []
            case Seam():
                return self._seam(event)
            case Earlier():
                return [*self._open(0), self._chunk([_choice(0, {})], sanspanne=earlier_object(event))]
            case Ended():
                return [*self._usage_chunk(), _DONE]
            case _:
                return []

    def _seam(self, seam: Seam) -> list[bytes]:
        self._passes_on = False
        if seam.means != "resume":  # the same generation goes on counting
            self._earlier_calls = dict(self._calls)
        chunk = self._chunk([_choice(0, {})], sanspanne=seam_object(seam))
        return [*self._open(0), self.comment(seam_words(seam)), chunk]

    def _open(self, choice: int) -> list[bytes]:
        if choice in self._opened:
            return []
        self._opened.add(choice)
        return [self._chunk([_choice(choice, {"role": "assistant", "content": "", "refusal": None})])]

    def _said(self, choice: int, delta: Json, tokens: Any = None) -> list[bytes]:
        return [*self._open(choice), self._chunk([_choice(choice, delta, tokens)])]

    def _usage_chunk(self) -> list[bytes]:
        if not self._include_usage or self._usage is None:
            return []
        return [self._chunk([], usage_object(self._usage))]

    def _chunk(self, choices: list[Json], usage: Json | None = None, **more: Json) -> bytes:
        chunk: Json = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._model,
            "choices": choices,
            **more,
        }
        if self._include_usage:  # whoever asks for usage finds the key in every chunk
            chunk["usage"] = usage
        return _data(chunk)


def _choice(index: int, delta: Json, tokens: Any = None, finish: str | None = None) -> Json:
    return {"index": index, "delta": delta, "logprobs": logprobs_object(tokens), "finish_reason": finish}


def _data(value: Json) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
