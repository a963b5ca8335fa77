"""The cases of `benchmarks.cuts`, each settled by its number: what is asked, who breaks, where and how, who goes on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from benchmarks.texts import TEXTS
from sanspanne.testing import cut_shapes

SEED = 20240604
FIRST = ("openai", "anthropic", "gemini", "mistral", "perplexity", "vllm")
DIALECTS = ("openai_chat", "anthropic_messages")
SIZES = ((1, 12), (1, 12), (1, 12), (5, 40), (5, 40), (400, 400), (1, 1))  # of the pieces, in characters
GROWING = "perplexity"  # repeats all of the message in every chunk: a chunk for each character would take minutes


class Player(Struct, frozen=True):
    """A provider of a chain: its kind as it is scripted, as it is configured, its model, its path if it is no usual one."""

    scripted: str
    kind: str
    model: str
    path: str = ""


FIRST_MODELS = {
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-5",
    "gemini": "gemini-2.5-flash-lite",
    "mistral": "mistral-small-latest",
    "perplexity": "sonar",
    "vllm": "meta-llama/Llama-3.1-8B-Instruct",
}
PLAYERS: dict[str, tuple[Player, ...]] = {
    "prefill": (
        Player("ollama", "llama", "llama3.2"),
        Player("llamacpp", "llama", "llama-3.2-3b-instruct"),
        Player("vllm", "llama", "meta-llama/Llama-3.1-8B-Instruct"),
        Player("anthropic", "anthropic", "claude-haiku-4-5"),
        Player("mistral", "mistral", "mistral-small-latest"),
        Player("openai-compatible", "openai-compatible", "deepseek-chat", "/beta"),
    ),
    "anchor": (
        Player("openai", "openai", "gpt-4o"),
        Player("anthropic", "anthropic", "claude-sonnet-5"),
        Player("gemini", "gemini", "gemini-2.5-flash-lite"),
        Player("openai-compatible", "openai-compatible", "open-model-70b"),
        Player("perplexity", "perplexity", "sonar"),
    ),
}


class Case(Struct, frozen=True, kw_only=True):
    """One answer that is cut. `others` are asked in turn to go on with it; the first of them breaks too if `twice`.

    `worded` gives each call words of its own; `fields` are further fields of the caller's request.
    """

    number: int
    corpus: str
    text: str
    means: str
    first: Player
    others: tuple[Player, ...]
    shape: str
    at: float
    twice: str = ""
    twice_at: float = 0.0
    sizes: tuple[int, int]
    scatter: int | None
    worded: bool = False
    dialect: str
    max_tokens: int | None = None
    fields: dict[str, Any] = {}

    @property
    def question(self) -> str:
        """What is asked; no other case asks it."""
        return f"Question {self.number} : que s'est-il passé ?"


def cases(count: int, seed: int = SEED, *, twice: float = 0.0) -> Iterator[Case]:
    """The first `count` cases; a share `twice` of them breaks a second time."""
    return (_case(number, random.Random(f"{seed}|{number}"), twice) for number in range(count))


def _case(number: int, rng: random.Random, twice: float) -> Case:
    corpus = rng.choice(tuple(TEXTS))
    means = rng.choice(tuple(PLAYERS))
    kind = rng.choice(FIRST)
    others = tuple(rng.sample(PLAYERS[means], 2))
    sizes = rng.choice(SIZES[:-1] if GROWING in (kind, *(player.scripted for player in others)) else SIZES)
    return Case(
        number=number,
        corpus=corpus,
        text=TEXTS[corpus](rng),
        means=means,
        first=Player(kind, "llama" if kind == "vllm" else kind, FIRST_MODELS[kind]),
        others=others,
        shape=rng.choice(cut_shapes(kind)),
        at=rng.random(),
        twice=rng.choice(("reset", "clean", "half_chunk", "error")) if rng.random() < twice else "",
        twice_at=rng.random(),
        sizes=sizes,
        scatter=rng.randint(1, 40) if rng.random() < 0.1 else None,
        worded=rng.random() < 0.5,
        dialect=rng.choice(DIALECTS),
        max_tokens=rng.randint(20, 60) if rng.random() < 0.05 else None,
    )
