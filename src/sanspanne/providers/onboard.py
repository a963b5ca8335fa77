"""The model on board: llama.cpp in a child process, over loopback."""

from __future__ import annotations

from sanspanne.chat import Capability, ChatRequest, Frame
from sanspanne.dialects.base import Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import ONBOARD, find
from sanspanne.providers.prefill import left_open, unfinished, without_echo


class Onboard(Provider):
    """Where the child listens and with which key changes with each of its lives: so each call gets a new one of these."""

    kind = "onboard"
    dialect = OPENAI_CHAT

    def headers(self) -> dict[str, str]:
        """A connection for each call: the engine closes kept ones without a word, which would cost one answer in twenty."""
        return {**super().headers(), "connection": "close"}

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """An answer that has begun is gone on with."""
        del model
        return left_open(written) if unfinished(request) else written

    def read_answer(self, body: bytes, request: ChatRequest | None = None) -> Frame:
        """Without the unfinished answer that llama.cpp puts before what it adds."""
        return without_echo(super().read_answer(body), unfinished(request) if request else "")

    def capabilities(self, model: str) -> frozenset[Capability]:
        """Plain text, also where it has begun, and stop sequences: a small model's guess at a tool call would help nobody."""
        return find(ONBOARD, model).can
