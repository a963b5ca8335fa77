"""Perplexity Sonar: OpenAI's dialect with sources, and with turns that must alternate."""

from __future__ import annotations

from typing import Any

import msgspec

from sanspanne.chat import Capability, ChatRequest, Frame
from sanspanne.dialects.base import StreamReader, Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import PERPLEXITY, find
from sanspanne.providers.fields import renamed, within
from sanspanne.providers.limits import LimitHeaders
from sanspanne.providers.perplexity_sources import PerplexityReader, read_answer

HOTTEST = 1.99  # its temperature must be below 2
SYSTEM = ("system", "developer")


class Perplexity(Provider):
    """api.perplexity.ai."""

    kind = "perplexity"
    dialect = OPENAI_CHAT
    default_base_url = "https://api.perplexity.ai"
    limit_headers = LimitHeaders()

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """System first, then turns of user and assistant that alternate: all else is a 400. Its name for `max_tokens`."""
        del request, model
        written = within(renamed(written, "max_completion_tokens", "max_tokens"), "temperature", HOTTEST)
        messages = msgspec.json.decode(msgspec.json.encode(written.fields["messages"]))
        return Written({**written.fields, "messages": alternating(messages)}, written.omitted)

    def reader(self) -> StreamReader:
        """Knows Perplexity's sources and its four ways to end."""
        return PerplexityReader()

    def read_answer(self, body: bytes, request: ChatRequest | None = None) -> Frame:
        """With the sources in OpenAI's own citation field too."""
        del request
        return read_answer(body)

    def capabilities(self, model: str) -> frozenset[Capability]:
        """Search and structured output; no tools, and no stop sequences that are documented."""
        return find(PERPLEXITY, model).can

    def reasons(self, model: str) -> bool:
        """The reasoning and the research models."""
        return find(PERPLEXITY, model).reasons


def alternating(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same messages with those of the system first, and neighbours of the same role made one."""
    system = [{**message, "role": "system"} for message in messages if message.get("role") in SYSTEM]
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message.get("role") in SYSTEM:
            continue
        if turns and turns[-1].get("role") == message.get("role"):
            turns[-1] = {**turns[-1], "content": _joined(turns[-1].get("content"), message.get("content"))}
        else:
            turns.append(message)
    return system + turns


def _joined(one: Any, other: Any) -> Any:
    if isinstance(one, str) and isinstance(other, str):
        return f"{one}\n\n{other}" if one and other else one or other
    return [*_parts(one), *_parts(other)]


def _parts(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content or []
