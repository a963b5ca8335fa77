"""What a token costs: list prices for the providers' own addresses, the configuration before them, nothing for one's own."""

from __future__ import annotations

import tomllib

import pytest

from sanspanne.config import KIND_NAMES, Config, parse
from sanspanne.ledger.prices import LIST, listed, rates
from sanspanne.pricing import prices_of

CONFIG = """
[providers.openai]
kind = "openai"
[providers.second]
kind = "anthropic"
[providers.proxy]
kind = "openai"
base_url = "https://llm.example.com/v1"
[providers.llama]
kind = "llama"
[providers.box]
kind = "openai-compatible"
base_url = "http://192.168.1.7:8000/v1"
[providers.groq]
kind = "openai-compatible"
base_url = "https://api.groq.com/openai/v1"
[prices."groq/llama-4"]
input = 0.5
output = 1.5
cached = 0.1
[prices."openai/gpt-4o"]
input = 1
output = 2
"""


def config() -> Config:
    return parse(tomllib.loads(CONFIG))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("openai/gpt-4o-mini", (rates(0.15, 0.6, 0.075), False)),
        ("openai/gpt-4o", (rates(1, 2), False)),
        ("second/claude-sonnet-5", (rates(2, 10, 0.2, 2.5), False)),
        ("openai/gpt-unheard-of", (None, False)),
        ("proxy/gpt-4o-mini", (None, False)),
        ("llama/llama3.2", (None, True)),
        ("box/qwen", (None, True)),
        ("groq/llama-4", (rates(0.5, 1.5, 0.1), False)),
        ("groq/other", (None, False)),
        ("onboard", (None, True)),
        ("gone/gpt-4o", (None, False)),
    ],
)
def test_whose_price_holds(target: str, expected: object) -> None:
    """The configuration goes first; list prices hold at the provider's own address; engines near us cost nothing."""
    prices = prices_of(config())
    assert prices.of(target) == expected
    assert prices.of(target) == expected  # the second time it is remembered


def test_snapshots_have_the_price_of_their_model() -> None:
    """A dated snapshot has its model's price, unless it has one of its own; other variants have none."""
    assert listed("openai", "gpt-4o-2024-11-20") == listed("openai", "gpt-4o")
    assert listed("openai", "gpt-4o-2024-05-13") == rates(5, 15)
    assert listed("anthropic", "claude-haiku-4-5-20251001") == rates(1, 5, 0.1, 1.25)
    assert listed("openai", "gpt-4o-audio-preview") is None


def test_list_names_kinds_that_there_are() -> None:
    """Every list belongs to a kind of provider, and reading from a cache never costs more than reading anew."""
    assert LIST.keys() <= set(KIND_NAMES)
    assert all(cached <= read for models in LIST.values() for read, _, cached, _ in models.values())
