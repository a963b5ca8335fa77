"""Estimates of tokens."""

from __future__ import annotations

import pytest

from sanspanne.tokens import estimated_tokens, tokens_of, tokens_of_prompt


@pytest.mark.parametrize(
    ("characters", "dense", "tokens"), [(400, 0, 100), (150, 150, 100), (550, 150, 200), (1, 0, 1), (0, 0, 0)]
)
def test_dense_scripts_have_more_tokens(characters: int, dense: int, tokens: int) -> None:
    """Four characters are a token, of Chinese, Japanese and Korean one and a half."""
    assert tokens_of(characters, dense) == tokens
    assert estimated_tokens("語" * dense + "a" * (characters - dense)) == tokens


def test_a_prompt_is_judged_by_its_bytes() -> None:
    """Three and a half bytes are a token, and what asks anything asks at least one."""
    assert [tokens_of_prompt(size) for size in (0, 1, 35, 36)] == [0, 1, 10, 11]
