"""Mistral: OpenAI's dialect, read strictly (a field it does not know is a 422)."""

from __future__ import annotations

import re
from hashlib import sha256
from string import ascii_letters, digits
from typing import Any

import msgspec

from sanspanne.chat import Capability, ChatRequest
from sanspanne.dialects.base import Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import MISTRAL, find
from sanspanne.providers.fields import renamed, within, without
from sanspanne.providers.limits import MISTRAL_LIMITS

HOTTEST = 1.5  # the highest temperature that it takes
BETWEEN = {"role": "assistant", "content": "OK"}  # a user's turn right after a tool's is refused
_ALPHABET = digits + ascii_letters
_CALL_ID = re.compile(r"[a-zA-Z0-9]{9}")
_KNOWN = frozenset(
    [
        *("model", "messages", "temperature", "top_p", "max_tokens", "stream", "stop", "random_seed", "metadata", "n"),
        *("response_format", "tools", "tool_choice", "parallel_tool_calls", "presence_penalty", "frequency_penalty"),
        *("prediction", "prompt_mode", "reasoning_effort", "guardrails", "safe_prompt"),
    ]
)
_MEANINGLESS = ("stream_options", "logprobs")  # usage always comes; `logprobs: false` says nothing
_KNOWN_IN_MESSAGES = frozenset({"role", "content", "tool_calls", "tool_call_id", "prefix"})


class Mistral(Provider):
    """api.mistral.ai."""

    kind = "mistral"
    dialect = OPENAI_CHAT
    default_base_url = "https://api.mistral.ai/v1"
    limit_headers = MISTRAL_LIMITS

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """Mistral's names for fields, no field that it does not know, its form of call ids, and `prefix`."""
        del request, model
        written = renamed(written, "max_completion_tokens", "max_tokens")
        written = within(renamed(written, "seed", "random_seed"), "temperature", HOTTEST)
        unknown = [name for name in written.fields if name not in _KNOWN and name not in _MEANINGLESS]
        written = without(written, unknown, silently=_MEANINGLESS)
        messages = msgspec.json.decode(msgspec.json.encode(written.fields["messages"]))
        fields = {**written.fields, "messages": _messages(messages)}
        if "tool_choice" in fields and msgspec.json.encode(fields["tool_choice"]) == b'"required"':
            fields["tool_choice"] = "any"
        return Written(fields, written.omitted)

    def capabilities(self, model: str) -> frozenset[Capability]:
        """By the model's family."""
        return find(MISTRAL, model).can

    def reasons(self, model: str) -> bool:
        """Magistral."""
        return find(MISTRAL, model).reasons


def call_id(given: str) -> str:
    """Nine letters or digits: the given id if it is so already, else the same nine for the same id."""
    if _CALL_ID.fullmatch(given):
        return given
    number = int.from_bytes(sha256(given.encode()).digest()[:8])
    return "".join(_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(9))


def _messages(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for message in map(_message, messages):
        if written and written[-1].get("role") == "tool" and message.get("role") == "user":
            written.append(dict(BETWEEN))
        written.append(message)
    if written and written[-1].get("role") == "assistant" and written[-1].get("content"):
        written[-1]["prefix"] = True  # an assistant turn at the end is refused unless it is to be continued
    return written


def _message(message: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in message.items() if name in _KNOWN_IN_MESSAGES}
    if kept.get("role") == "developer":
        kept["role"] = "system"
    if isinstance(kept.get("tool_call_id"), str):
        kept["tool_call_id"] = call_id(kept["tool_call_id"])
    if isinstance(kept.get("tool_calls"), list):
        kept["tool_calls"] = [{**call, "id": call_id(str(call.get("id")))} for call in kept["tool_calls"]]
    return kept
