"""Open weights on an engine of the user's own: Ollama, llama.cpp's server, vLLM, LM Studio."""

from __future__ import annotations

from sanspanne.chat import Capability, ChatRequest, Frame
from sanspanne.dialects.base import Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import LLAMA, find
from sanspanne.providers.prefill import left_open, unfinished, without_echo


class Llama(Provider):
    """Any engine that offers OpenAI's dialect on the own machine or network; a key only if one is configured."""

    kind = "llama"
    dialect = OPENAI_CHAT
    default_base_url = "http://127.0.0.1:11434/v1"

    def headers(self) -> dict[str, str]:
        """A connection for each call: llama.cpp's server closes kept ones without a word, and a new one costs 0.1 ms here."""
        return {**super().headers(), "connection": "close"}

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """An answer that has begun is gone on with, by models that do not have to think first."""
        if unfinished(request) and Capability.PREFILL in self.capabilities(model):
            return left_open(written)
        return written

    def read_answer(self, body: bytes, request: ChatRequest | None = None) -> Frame:
        """Without the unfinished answer that llama.cpp puts before what it adds."""
        return without_echo(super().read_answer(body), unfinished(request) if request else "")

    def capabilities(self, model: str) -> frozenset[Capability]:
        """By the model's name, as Ollama's and Hugging Face's catalogues write it."""
        return find(LLAMA, _family(model)).can

    def reasons(self, model: str) -> bool:
        """Models with a thinking phase."""
        return find(LLAMA, _family(model)).reasons


def _family(model: str) -> str:
    """`Qwen/Qwen3-8B` and `qwen3:8b` are one family: the owner before the slash says nothing."""
    return model.rpartition("/")[2]
