"""A drill with the targets of a configuration: who is meant, and the scenario made to fit."""

from __future__ import annotations

import msgspec
import pytest

from sanspanne.chat import Target
from sanspanne.config import Config
from sanspanne.drill.questions import questions
from sanspanne.drill.reading import find, names
from sanspanne.drill.real.purse import Purse
from sanspanne.drill.real.real import NOTE, Guarded, Proxies, cost, fitted, rates_of, real, targets, thinned
from sanspanne.drill.result import Asked, Run
from sanspanne.errors import ConfigError
from sanspanne.ledger.prices import rates

PRICES = [rates(1.0, 10.0)]


def config(**sections: object) -> Config:
    """A configuration."""
    return msgspec.convert(sections, Config)


TWO = {
    "openai": {"kind": "openai"},
    "mine": {"kind": "anthropic"},
    "home": {"kind": "llama", "base_url": "http://localhost:1"},
}


def test_the_chain_of_auto_is_rehearsed() -> None:
    """That of `auto`, else of the first model, else every provider with its usual model; the model on board is not real."""
    both = {"first": {"chain": ["openai/gpt-4o"]}, "auto": {"chain": ["mine/claude-sonnet-5", "onboard"]}}
    assert targets(config(providers=TWO, models=both)) == [Target("mine", "claude-sonnet-5")]
    assert targets(config(providers=TWO, models={"first": both["first"]})) == [Target("openai", "gpt-4o")]
    assert [target.provider for target in targets(config(providers=TWO))] == ["openai", "mine"]


def test_prices_are_those_of_the_ledger() -> None:
    """A list price, a price that was set, nothing at home, and None for what is not known."""
    known = config(providers=TWO, prices={"mine/odd": {"input": 1.0, "output": 2.0}})
    assert rates_of(known, Target("openai", "gpt-4o")) == rates(2.5, 10, 1.25)
    assert rates_of(known, Target("mine", "odd")) == rates(1.0, 2.0)
    assert rates_of(known, Target("home", "any")) == (0, 0, 0, 0)
    assert rates_of(known, Target("openai", "unheard-of")) is None


def test_a_target_comes_with_its_address_and_its_key() -> None:
    """The provider's own address where none is set; a key that is not there is an error."""
    found = real(config(providers=TWO), Target("mine", "c"), PRICES[0], {"ANTHROPIC_API_KEY": "k"})
    assert (found.host, found.key, found.kind, found.model) == ("api.anthropic.com", "k", "anthropic", "c")
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY"):
        real(config(providers=TWO), Target("mine", "c"), PRICES[0], {})


def test_faults_go_to_the_same_name_then_the_same_kind_then_the_same_place() -> None:
    """Of June 4: `openai` by its name, Claude's faults by their kind, Perplexity's by their place; a fourth has none."""
    june = find("june-4-2024")
    made = fitted(
        june, {"mine": "anthropic", "openai": "openai", "third": "mistral", "fourth": "gemini", "fifth": "gemini"}
    )
    plans = made.providers
    assert made.chain == ("mine", "openai", "third", "fourth", "fifth")
    assert plans["openai"].fault == june.providers["openai"].fault
    assert plans["mine"].fault == june.providers["claude"].fault
    assert plans["third"].fault == june.providers["perplexity"].fault
    assert plans["fifth"].fault == ()
    assert [plan.kind for plan in plans.values()] == ["anthropic", "openai", "mistral", "gemini", "gemini"]


@pytest.mark.parametrize("name", names())
def test_only_what_real_providers_can_show_is_judged(name: str) -> None:
    """Nothing about capacities, nor about the text that was to come; everything is streamed and has a limit."""
    made = fitted(find(name), {"openai": "openai"})
    assert {promise.name for promise in made.promise}.isdisjoint(
        {"wrong", "quick_of_ceiling", "crashes", "goodput_during"}
    )
    assert (made.load.streams, made.load.kept, made.load.detached) == (1.0, 0.0, 0.0)
    assert made.load.max_tokens >= 64


@pytest.mark.parametrize("most", [1, 10, 100, 10_000])
@pytest.mark.parametrize("name", ["june-4-2024", "stampede", "noisy-tenant"])
def test_the_load_is_thinned_to_what_is_allowed(name: str, most: int) -> None:
    """No more questions than that, and no fewer than there are if all may be asked."""
    scenario = find(name)
    thin = questions(thinned(scenario, most))
    assert len(thin) <= max(most, len(scenario.load.burst))
    assert len(thin) == len(questions(scenario)) or most < len(questions(scenario))


def test_the_cost_is_that_of_the_dearest_target() -> None:
    """Every call at the dearest price, with all the words that it may have."""
    scenario = fitted(find("stampede"), {"openai": "openai"})
    most = cost(scenario, [rates(1.0, 1.0), *PRICES])
    assert (most.questions, most.calls) == (40, 52)
    assert most.micro_dollars == 52 * (800 * 1 + scenario.load.max_tokens * 10)


def test_what_came_after_the_purse_was_empty_is_not_judged() -> None:
    """Questions that were not over by then are left out, texts are not judged, and the report says so."""
    proxies = Proxies([], Purse(1, 1), None)  # type: ignore[arg-type]  # it asks nobody
    proxies.emptied = 10.0
    asked = [Asked(0, 1.0, "app", "whole", ended=3.0, wrong=True), Asked(1, 9.0, "app", "broken", ended=12.0)]
    seen = Guarded([], Purse(1, 1), proxies).seen(Run("sanspanne", asked))
    assert [(each.number, each.wrong) for each in seen.asked] == [(0, False)]
    assert seen.notes == [NOTE]
