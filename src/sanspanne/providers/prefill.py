"""How a target is asked to go on with the assistant's last message, instead of answering it in a new turn.

vLLM, llama.cpp     the template leaves the last message open, and the model has no thinking phase before it goes on;
Ollama, LM Studio   these two do so by themselves, and pass over fields that they do not know
DeepSeek            `prefix` on the message, below /beta only, and no thoughts
Mistral             `prefix` on the message (mistral.py); the answer begins by repeating it
Claude              nothing is said, but white space at the message's end is a 400
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from sanspanne.chat import ChatRequest, Event, Frame, Text, TextDelta, Thinking
from sanspanne.dialects.base import Written
from sanspanne.providers.fields import without

# A caller who sets one of these knows his engine.
OWN_WISH = ("continue_final_message", "add_generation_prompt")


def unfinished(request: ChatRequest) -> str:
    """The beginning of an answer with which a request ends; "" for a request that asks for a new one."""
    last = request.messages[-1] if request.messages else None
    if last is None or last.role != "assistant" or not all(isinstance(part, Text | Thinking) for part in last.parts):
        return ""
    return "".join(part.text for part in last.parts if isinstance(part, Text))


def left_open(written: Written) -> Written:
    """For engines of the own machine: the template leaves the last message open, and nothing is thought before it goes on."""
    if any(name in written.fields for name in OWN_WISH):
        return written
    written = without(written, (), silently=("reasoning_effort",))  # vLLM refuses values that it does not know
    template = {"enable_thinking": False, **_decoded(written.fields.get("chat_template_kwargs") or {})}
    asked = {"continue_final_message": True, "add_generation_prompt": False, "chat_template_kwargs": template}
    return Written({**written.fields, **asked}, written.omitted)


def without_echo(frame: Frame, begun: str) -> Frame:
    """A whole answer that goes on with `begun`, and does not repeat it.

    llama.cpp repeats it, though in no stream, and whatever `echo` says; its answers are known by their `timings`.
    """
    if not begun or b'"timings":' not in frame.raw:
        return frame
    events = tuple(_cut(event, begun) for event in frame.events)
    return frame if events == frame.events else Frame(frame.dialect, b"", events)


def _cut(event: Event, begun: str) -> Event:
    return replace(event, text=event.text.removeprefix(begun)) if isinstance(event, TextDelta) else event


def as_prefix(written: Written) -> Written:
    """For DeepSeek: the last message is marked as a prefix. Its models think unless told not to."""
    *turns, last = _decoded(written.fields["messages"])
    fields = {"thinking": {"type": "disabled"}, **written.fields, "messages": [*turns, {**last, "prefix": True}]}
    return Written(fields, written.omitted)


def without_trailing_space(written: Written) -> Written:
    """For Claude: the last message without the white space at its end, and without what nothing is left of."""
    *turns, last = _decoded(written.fields["messages"])
    content = last.get("content")
    if isinstance(content, str):
        content = content.rstrip()
    elif content and content[-1].get("type") == "text":
        text = content[-1]["text"].rstrip()
        content = [*content[:-1], *([{**content[-1], "text": text}] if text else [])]
    messages = [*turns, {**last, "content": content}] if content else turns
    return Written({**written.fields, "messages": messages}, written.omitted)


def _decoded(value: Any) -> Any:
    """What the caller wrote is kept undecoded, what we wrote is not: here it is all the same."""
    return msgspec.json.decode(msgspec.json.encode(value))
