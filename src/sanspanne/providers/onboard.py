"""The model on board: llama.cpp in a child process, over loopback."""

from __future__ import annotations

from sanspanne.chat import Capability
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import ONBOARD, find


class Onboard(Provider):
    """Where the child listens and with which key changes with each of its lives: so each call gets a new one of these."""

    kind = "onboard"
    dialect = OPENAI_CHAT

    def headers(self) -> dict[str, str]:
        """A connection for each call: the engine closes kept ones without a word, which would cost one answer in twenty."""
        return {**super().headers(), "connection": "close"}

    def capabilities(self, model: str) -> frozenset[Capability]:
        """Plain text and stop sequences: a small model's guess at a tool call or a schema would help nobody."""
        return find(ONBOARD, model).can
