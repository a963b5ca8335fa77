"""The model on board: llama.cpp in a child process, over loopback."""

from __future__ import annotations

from sanspanne.chat import Capability
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import ONBOARD, find


class Onboard(Provider):
    """Where the child listens and with which key is known only when it is up, and changes when it is started again."""

    kind = "onboard"
    dialect = OPENAI_CHAT

    def moved(self, base_url: str, key: str | None) -> None:
        """The child listens at `base_url` (for example `http://127.0.0.1:40123/v1`) and wants `key` from now on."""
        self.base_url = base_url.rstrip("/")
        self._key = key

    def headers(self) -> dict[str, str]:
        """A connection for each call: the engine closes kept ones without a word, which would cost one answer in twenty."""
        return {**super().headers(), "connection": "close"}

    def capabilities(self, model: str) -> frozenset[Capability]:
        """Plain text and stop sequences: a small model's guess at a tool call or a schema would help nobody."""
        return find(ONBOARD, model).can
