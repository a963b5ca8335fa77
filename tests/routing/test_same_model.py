"""Which names are one model at two providers, and which only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import Target
from sanspanne.routing.chains import ONBOARD
from sanspanne.routing.same_model import bare_name, same_model

SAME = [
    ("gpt-4o", "gpt-4o"),
    ("gpt-4o", "openai/gpt-4o"),
    ("gpt-4o-2024-08-06", "openai/gpt-4o-2024-08-06"),
    ("GPT-4o", "gpt-4o"),
    ("claude-sonnet-5", "anthropic/claude-sonnet-5"),
    ("claude-3-5-haiku-20241022", "us.anthropic.claude-3-5-haiku-20241022-v1:0"),
    ("claude-3-5-sonnet-20241022", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("claude-sonnet-4-20250514", "claude-sonnet-4@20250514"),
    ("claude-sonnet-4-5", "anthropic/claude-sonnet-4.5"),
    ("claude-haiku-4-5-20251001", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("gemini-2.5-pro", "models/gemini-2.5-pro"),
    ("gemini-2.5-pro", "google/gemini-2.5-pro"),
    ("gemini-2.5-pro", "publishers/google/models/gemini-2.5-pro"),
    ("mistral-small-2506", "mistralai/mistral-small-2506"),
    ("deepseek-chat", "deepseek/deepseek-chat:free"),
    ("llama-3.3-70b-instruct", "meta-llama/llama-3.3-70b-instruct:nitro"),
    ("meta-llama/Llama-3.3-70B-Instruct", "meta/llama-3.3-70b-instruct"),
    ("llama3.2:3b-instruct-q4_K_M", "llama3.2:3b-instruct-q4_K_M"),
    ("sonar-pro", "perplexity/sonar-pro"),
]

OTHERS = [
    ("gpt-4o", "gpt-4o-mini"),
    ("gpt-4o", "gpt-4o-2024-08-06"),  # the undated name moves on
    ("gpt-4", "gpt-4o"),
    ("claude-sonnet-4-5", "claude-sonnet-4"),
    ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
    ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20240620"),
    ("claude-3-5-haiku-latest", "claude-3-5-haiku"),
    ("claude-sonnet-4@latest", "claude-sonnet-4"),
    ("anthropic/claude-3.7-sonnet", "anthropic/claude-3.7-sonnet:thinking"),
    ("openai/gpt-5", "openai/gpt-5:online"),  # it searches first
    ("llama3.2", "llama3.2:3b"),
    ("llama3.2:3b", "llama3.2:1b"),
    ("llama3.2:3b-instruct-q4_K_M", "llama3.2:3b-instruct-q8_0"),
    ("llama3.1:8b", "llama-3.1-8b-instruct"),
    ("llama-3.3-70b-instruct", "llama-3.3-70b-versatile"),
    ("Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct-AWQ"),
    ("someone/llama-3.3-70b-instruct", "meta-llama/llama-3.3-70b-instruct"),  # a fine-tune may bear the same name
    ("gemini-2.5-pro", "gemini-2.5-flash"),
    ("anthropic.claude-v2:1", "anthropic.claude-v2:0"),
    ("qwen2.5-7b", "qwen2-57b"),
    ("", "gpt-4o"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_model_at_two_providers(one: str, other: str) -> None:
    """Prefixes of makers, regions and clouds, a route, and the way a version is written make no other model."""
    assert same_model(Target("a", one), Target("b", other))
    assert same_model(Target("b", other), Target("a", one))


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_what_only_looks_the_same(one: str, other: str) -> None:
    """Sizes, dates, aliases that move on, modes and quantisations are other models: in doubt it is not the same."""
    assert not same_model(Target("a", one), Target("b", other))
    assert not same_model(Target("b", other), Target("a", one))


def test_the_model_on_board_is_like_no_other() -> None:
    """The model on board is the same as itself, and as nothing else, whatever a target without a name may be."""
    assert same_model(ONBOARD, ONBOARD)
    assert not same_model(ONBOARD, Target("a", ""))


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_same_is_mutual_and_of_the_bare_name_only(one: str, other: str) -> None:
    """Whatever the names: every target is the same as itself, and what is said of two is said of them in either order."""
    a, b = Target("a", one), Target("b", other)
    assert same_model(a, a)
    assert same_model(a, b) == same_model(b, a) == (bare_name(one) == bare_name(other))
