"""A whole answer, written towards a caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from sanspanne.chat import (
    Citation,
    Cited,
    Earlier,
    Event,
    RefusalDelta,
    Stop,
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
from sanspanne.dialects.seams import earlier_object

Json = dict[str, Any]


class _Call(Struct):
    id: str
    name: str
    arguments: list[str] = msgspec.field(default_factory=list)


class _Choice(Struct):
    """What one choice has said so far."""

    text: list[str] = msgspec.field(default_factory=list)
    refusal: list[str] = msgspec.field(default_factory=list)
    thinking: list[str] = msgspec.field(default_factory=list)
    calls: dict[int, _Call] = msgspec.field(default_factory=dict)
    citations: list[Citation] = msgspec.field(default_factory=list)
    tokens: list[Any] = msgspec.field(default_factory=list)
    stop: Stop | None = None


class _Gathered:
    """The events of an answer, brought together per choice."""

    def __init__(self) -> None:
        self.choices: dict[int, _Choice] = {}
        self.usage: Usage | None = None
        self.ours: Json = {}

    def add(self, event: Event) -> None:
        match event:
            case UsageSeen(usage=usage):
                self.usage = usage
            case TextDelta(text=text, choice=choice, logprobs=tokens):
                self._of(choice).text.append(text)
                self._of(choice).tokens += tokens or ()
            case RefusalDelta(text=text, choice=choice):
                self._of(choice).refusal.append(text)
            case ThinkingDelta(text=text, choice=choice):
                self._of(choice).thinking.append(text)
            case Cited(citations=citations, choice=choice):
                self._of(choice).citations += citations
            case Earlier():
                self.ours = {"sanspanne": earlier_object(event)}
            case Stopped(stop=stop, choice=choice):
                self._of(choice).stop = stop
            case ToolCallBegun(index=index, id=call_id, name=name, choice=choice):
                self._of(choice).calls[index] = _Call(call_id, name)
            case ToolCallDelta(index=index, arguments=arguments, choice=choice):
                self._of(choice).calls[index].arguments.append(arguments)
            case _:
                pass

    def _of(self, choice: int) -> _Choice:
        return self.choices.setdefault(choice, _Choice())


def write_answer(events: Iterable[Event], identity: Identity) -> bytes:
    """The `chat.completion` object. A choice that never stopped has a null `finish_reason`: we do not invent one."""
    gathered = _Gathered()
    for event in events:
        gathered.add(event)
    choices = gathered.choices or {0: _Choice()}
    return msgspec.json.encode(
        {
            "id": identity.id,
            "object": "chat.completion",
            "created": identity.created,
            "model": identity.model,
            "choices": [_choice(index, choices[index]) for index in sorted(choices)],
            "usage": usage_object(gathered.usage) if gathered.usage else None,
            "system_fingerprint": None,
            **gathered.ours,
        }
    )


def _choice(index: int, choice: _Choice) -> Json:
    return {
        "index": index,
        "message": _message(choice),
        "logprobs": logprobs_object(choice.tokens or None),
        "finish_reason": finish_reason(choice.stop) if choice.stop else None,
    }


def _message(choice: _Choice) -> Json:
    calls = [tool_call(call.id, call.name, "".join(call.arguments)) for _, call in sorted(choice.calls.items())]
    text, refusal, thinking = "".join(choice.text), "".join(choice.refusal), "".join(choice.thinking)
    message: Json = {
        "role": "assistant",
        "content": text if text or not (calls or refusal) else None,
        "refusal": refusal or None,
        "annotations": [annotation(citation) for citation in choice.citations],
    }
    if thinking:
        message["reasoning_content"] = thinking
    if calls:
        message["tool_calls"] = calls
    return message
