"""The kinds of provider that a configuration may name, and what is assumed of each when it says no more.

What else there is to know of a provider stands in its own file; the configuration needs these three things and no provider.
"""

from __future__ import annotations

from msgspec import Struct


class Kind(Struct, frozen=True):
    """`key_envs`: where a key is looked for, in this order; `default_model`: what stands for the kind in `auto`."""

    name: str
    key_envs: tuple[str, ...] = ()
    default_model: str = ""


KINDS: tuple[Kind, ...] = (
    Kind("openai", ("OPENAI_API_KEY",), "gpt-4o"),
    Kind("anthropic", ("ANTHROPIC_API_KEY",), "claude-sonnet-5"),
    Kind("perplexity", ("PERPLEXITY_API_KEY",), "sonar"),
    Kind("gemini", ("GEMINI_API_KEY", "GOOGLE_API_KEY"), "gemini-flash-latest"),
    Kind("mistral", ("MISTRAL_API_KEY",), "mistral-small-latest"),
    Kind("llama"),
    Kind("openai-compatible"),
    Kind("onboard"),
)

KIND_NAMES: tuple[str, ...] = tuple(kind.name for kind in KINDS)


def kind_named(name: str) -> Kind:
    """The kind of that name, which must be one of `KIND_NAMES`."""
    return KINDS[KIND_NAMES.index(name)]
