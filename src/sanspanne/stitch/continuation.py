"""What another target is asked, so that it goes on with an answer that broke off.

    prefill   the conversation, then what was said as an unfinished turn of the assistant
    anchor    the conversation, what was said, and a turn of the user who asks for its last words and what comes after them

The caller's own fields are kept, also those that we do not know, for targets that speak his dialect. The limit of tokens is
reduced by what was said.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from sanspanne.chat import ChatRequest, Message, Reasoning, Text
from sanspanne.tokens import estimated_tokens

FEWEST_TOKENS = 16  # our count is an estimate: an answer that is nearly at its limit may still say a word
LIMITS = ("max_tokens", "max_completion_tokens")


def prefilled(request: ChatRequest, said: str) -> ChatRequest:
    """The request that a target which continues a partial message is asked. Such a target must not think first."""
    fields = {name: value for name, value in request.fields.items() if name not in ("thinking", "reasoning_effort")}
    plain = replace(request, fields=fields, reasoning=_without_thought(request.reasoning))
    return _extended(plain, said.rstrip(), None, estimated_tokens(said))


def anchored(request: ChatRequest, said: str, anchor: str, turn: str) -> ChatRequest:
    """The request that any other target is asked: `turn` asks for `anchor`, which costs tokens of its own."""
    return _extended(request, said, turn, estimated_tokens(said) - 2 * estimated_tokens(anchor))


def _without_thought(reasoning: Reasoning | None) -> Reasoning | None:
    return None if reasoning is None else replace(reasoning, enabled=False, effort=None, budget=None)


def _extended(request: ChatRequest, said: str, turn: str | None, spent: int) -> ChatRequest:
    messages, before = _own_prefill(request.messages)
    added = [Message("assistant", (Text(before + said),))]
    if turn is not None:
        added.append(Message("user", (Text(turn),)))
    left = None if request.max_tokens is None else max(FEWEST_TOKENS, request.max_tokens - spent)
    # A caller who began the answer himself has a last turn that must grow: then his request is written anew.
    fields = {} if before or not request.fields else _extended_fields(request.fields, added, left)
    size = request.size + sum(len(part.text) for message in added for part in message.parts if isinstance(part, Text))
    return replace(request, messages=(*messages, *added), max_tokens=left, fields=fields, size=size)


def _own_prefill(messages: tuple[Message, ...]) -> tuple[tuple[Message, ...], str]:
    """The conversation without the beginning of an answer that the caller put at its end, and that beginning."""
    last = messages[-1] if messages else None
    if last is None or last.role != "assistant" or not all(isinstance(part, Text) for part in last.parts):
        return messages, ""
    return messages[:-1], "".join(part.text for part in last.parts if isinstance(part, Text))


def _extended_fields(fields: dict[str, Raw], added: list[Message], left: int | None) -> dict[str, Raw]:
    """The caller's own fields with more turns: a role and a text are written alike in every dialect that has `messages`."""
    turns: list[Any] = [*msgspec.json.decode(fields["messages"], type=list[Raw])]
    turns += [{"role": message.role, "content": _text(message)} for message in added]
    limits = {name: Raw(msgspec.json.encode(left)) for name in LIMITS if left is not None and name in fields}
    return {**fields, **limits, "messages": Raw(msgspec.json.encode(turns))}


def _text(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Text))
