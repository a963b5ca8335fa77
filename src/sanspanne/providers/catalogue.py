"""Every kind of provider that a configuration may name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sanspanne.errors import ConfigError
from sanspanne.providers.anthropic import Anthropic
from sanspanne.providers.base import Provider
from sanspanne.providers.compatible import OpenAICompatible
from sanspanne.providers.gemini import Gemini
from sanspanne.providers.llama import Llama
from sanspanne.providers.mistral import Mistral
from sanspanne.providers.onboard import Onboard
from sanspanne.providers.openai import OpenAI
from sanspanne.providers.perplexity import Perplexity

_ALL: tuple[type[Provider], ...] = (
    OpenAI,
    Anthropic,
    Perplexity,
    Gemini,
    Mistral,
    Llama,
    OpenAICompatible,
    Onboard,
)

KINDS: Mapping[str, type[Provider]] = MappingProxyType({provider.kind: provider for provider in _ALL})


def make(name: str, kind: str, base_url: str = "", key: str | None = None, *, background: bool = False) -> Provider:
    """The provider called `name`; `background` is for OpenAI alone.

    Raises `ConfigError` for a kind that there is not, or an address that is missing.
    """
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise ConfigError(
            f'providers.{name}.kind is "{kind}", but expected one of {known}. For example: kind = "openai"'
        )
    if kind == OpenAICompatible.kind and not base_url:
        example = 'base_url = "https://api.groq.com/openai/v1"'
        raise ConfigError(
            f"providers.{name}.base_url is missing: a compatible service may be anywhere. For example: {example}"
        )
    if kind == OpenAI.kind:
        return OpenAI(name, base_url=base_url, key=key, background=background)
    return KINDS[kind](name, base_url=base_url, key=key)
