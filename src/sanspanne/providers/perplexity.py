"""Perplexity Sonar: OpenAI's dialect with sources."""

from __future__ import annotations

from sanspanne.chat import Capability, Frame
from sanspanne.dialects.base import StreamReader
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import PERPLEXITY, find
from sanspanne.providers.limits import LimitHeaders
from sanspanne.providers.perplexity_sources import PerplexityReader, read_answer


class Perplexity(Provider):
    """api.perplexity.ai."""

    kind = "perplexity"
    dialect = OPENAI_CHAT
    default_base_url = "https://api.perplexity.ai"
    limit_headers = LimitHeaders()

    def reader(self) -> StreamReader:
        """Knows Perplexity's sources and its four ways to end."""
        return PerplexityReader()

    def read_answer(self, body: bytes) -> Frame:
        """With the sources in OpenAI's own citation field too."""
        return read_answer(body)

    def capabilities(self, model: str) -> frozenset[Capability]:
        """Search and structured output; no tools, and no stop sequences that are documented."""
        return find(PERPLEXITY, model).can

    def reasons(self, model: str) -> bool:
        """The reasoning and the research models."""
        return find(PERPLEXITY, model).reasons
