"""The wire formats of the scripted providers, by kind."""

from __future__ import annotations

from sanspanne.testing.wires.anthropic import AnthropicWire
from sanspanne.testing.wires.base import Piece, Reason, Reply, Told, Wire
from sanspanne.testing.wires.compatible import (
    CompatibleWire,
    LlamaCppWire,
    LlamaWire,
    LmStudioWire,
    OllamaWire,
    VllmWire,
)
from sanspanne.testing.wires.gemini import GeminiWire
from sanspanne.testing.wires.mistral import MistralWire
from sanspanne.testing.wires.openai_responses import OpenAIPlatformWire
from sanspanne.testing.wires.perplexity import PerplexityWire

__all__ = ["KINDS", "Piece", "Reason", "Reply", "Told", "Wire", "wire"]

_WIRES: dict[str, type[Wire]] = {
    "openai": OpenAIPlatformWire,
    "anthropic": AnthropicWire,
    "perplexity": PerplexityWire,
    "gemini": GeminiWire,
    "mistral": MistralWire,
    "llama": LlamaWire,
    "ollama": OllamaWire,
    "llamacpp": LlamaCppWire,
    "vllm": VllmWire,
    "lmstudio": LmStudioWire,
    "openai-compatible": CompatibleWire,
}

KINDS: tuple[str, ...] = tuple(_WIRES)


def wire(kind: str) -> Wire:
    """The wire format of a kind of provider. Raises `ValueError` for an unknown kind."""
    if kind not in _WIRES:
        raise ValueError(f"there is no scripted provider of kind {kind!r}; the kinds are {', '.join(KINDS)}")
    return _WIRES[kind]()
