"""Any other service that calls itself OpenAI-compatible: Azure, Groq, OpenRouter, DeepSeek, Together ..."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sanspanne.chat import Capability, ChatRequest
from sanspanne.dialects.base import Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import COMPATIBLE, find
from sanspanne.providers.fields import with_plain_call_ids
from sanspanne.providers.openai import for_reasoner
from sanspanne.providers.transport import Call


class OpenAICompatible(Provider):
    """`base_url` is obligatory; a query in it (Azure's `?api-version=...`) is kept on every call."""

    kind = "openai-compatible"
    dialect = OPENAI_CHAT

    def headers(self) -> dict[str, str]:
        """Azure takes its keys in a header of its own."""
        headers = super().headers()
        if self._key and self._is_azure():
            del headers["authorization"]
            headers["api-key"] = self._key
        return headers

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """OpenAI's own models are served by Azure and OpenRouter too, with their own ways."""
        written = with_plain_call_ids(written)
        bare = model.lower().removeprefix("openai/")
        return for_reasoner(written, request) if re.match(r"o\d|gpt-[5-9]", bare) else written

    def free_probe(self) -> Call:
        """The list of models, which on Azure stands above the deployments."""
        return Call("GET", re.sub(r"/deployments/[^/?]+", "", self.url("/models")), self.headers())

    def capabilities(self, model: str) -> frozenset[Capability]:
        """By the model's name; a model nobody knows is assumed to do what most do."""
        return find(COMPATIBLE, model).can

    def reasons(self, model: str) -> bool:
        """By the model's name."""
        return find(COMPATIBLE, model).reasons

    def _is_azure(self) -> bool:
        parts = urlsplit(self.base_url)
        return (parts.hostname or "").endswith((".azure.com", ".azure.us")) or "api-version" in parts.query
