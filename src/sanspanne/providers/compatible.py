"""Any other service that calls itself OpenAI-compatible: Azure, Groq, OpenRouter, DeepSeek, Together ..."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sanspanne.chat import Capability, ChatRequest
from sanspanne.dialects.base import Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import ANTHROPIC, COMPATIBLE, SEARCHING, find, fits
from sanspanne.providers.fields import with_plain_call_ids
from sanspanne.providers.openai import for_reasoner
from sanspanne.providers.prefill import as_prefix, unfinished, without_trailing_space
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
        """OpenAI's own models are served by Azure and OpenRouter too, with their own ways; so are others that continue."""
        written = with_plain_call_ids(written)
        if unfinished(request) and Capability.PREFILL in self.capabilities(model):
            return as_prefix(written) if self._is_deepseek(model) else without_trailing_space(written)
        bare = model.lower().removeprefix("openai/")
        return for_reasoner(written, request) if re.match(r"o\d|gpt-[5-9]", bare) else written

    def free_probe(self) -> Call:
        """The list of models, which on Azure stands above the deployments."""
        return Call("GET", re.sub(r"/deployments/[^/?]+", "", self.url("/models")), self.headers())

    def capabilities(self, model: str) -> frozenset[Capability]:
        """By the model's name, and what it can continue by the address too; an unknown model does what most do."""
        cites = {Capability.CITES} if fits(SEARCHING, model) else set()
        continues = {Capability.PREFILL} if self._continues(model) else set()
        return find(COMPATIBLE, model).can | cites | continues

    def reasons(self, model: str) -> bool:
        """By the model's name."""
        return find(COMPATIBLE, model).reasons

    def _is_azure(self) -> bool:
        parts = urlsplit(self.base_url)
        return (parts.hostname or "").endswith((".azure.com", ".azure.us")) or "api-version" in parts.query

    def _continues(self, model: str) -> bool:
        """DeepSeek's models without a thinking phase, below /beta, and older Claudes at OpenRouter.

        Of others it is not sure: OpenRouter has an open model served by whoever is cheapest, and many of those open a new turn
        where an old one was to be continued, which nobody would notice in time.
        """
        if self._is_deepseek(model):
            return not self.reasons(model)
        is_openrouter = (urlsplit(self.base_url).hostname or "").endswith("openrouter.ai")
        return is_openrouter and Capability.PREFILL in find(ANTHROPIC, _claude(model)).can

    def _is_deepseek(self, model: str) -> bool:
        """Whether this is the one address where DeepSeek's models continue a message."""
        return "deepseek" in model.lower() and urlsplit(self.base_url).path.endswith("/beta")


def _claude(model: str) -> str:
    """Anthropic's own name for a model of OpenRouter's, `anthropic/claude-sonnet-4.5:beta`; "" if it is no Claude.

    With `:thinking` it thinks first, and then nothing is continued.
    """
    name, _, variant = model.lower().removeprefix("anthropic/").partition(":")
    return name.replace(".", "-") if name.startswith("claude") and variant != "thinking" else ""
