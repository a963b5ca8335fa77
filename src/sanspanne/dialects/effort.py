"""How much a model shall think, in the words that both of OpenAI's APIs have for it."""

from __future__ import annotations

from sanspanne.chat import Reasoning

LOW, MEDIUM = 2048, 8192  # the largest budgets, in tokens, that become these words


def effort_word(reasoning: Reasoning) -> str | None:
    """The word for how much to think. A budget in tokens, which these APIs do not know, becomes the nearest word."""
    if not reasoning.enabled:
        return "none"
    if reasoning.effort or reasoning.budget is None:
        return reasoning.effort
    return "low" if reasoning.budget <= LOW else "medium" if reasoning.budget <= MEDIUM else "high"
