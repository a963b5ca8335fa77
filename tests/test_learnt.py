"""What a target was seen to refuse is remembered until the configuration is read again."""

from __future__ import annotations

from typing import Any, cast

from sanspanne.chat import Capability, Target
from sanspanne.config import Config, ProviderConfig
from sanspanne.wiring import MOST_TARGETS, Wiring

TARGET = Target("llama", "llama3.2")


def wiring() -> Wiring:
    """The wiring of a configuration with one engine."""
    return Wiring(Config(providers={"llama": ProviderConfig(kind="llama")}), {}, cast(Any, None))


def test_what_a_target_refuses_it_can_no_longer_do() -> None:
    """Whether or not it was asked about before: it lacks what it refused, and nothing else; others of its kind keep it."""
    one, before = wiring(), wiring().capabilities(TARGET)
    assert Capability.PREFILL in before
    one.learn(TARGET, Capability.PREFILL)
    assert one.capabilities(TARGET) == before - {Capability.PREFILL}
    one.learn(TARGET, Capability.STOP)
    one.learn(TARGET, Capability.STOP)
    assert one.capabilities(TARGET) == before - {Capability.PREFILL, Capability.STOP}
    assert one.capabilities(Target("llama", "llama3.3")) == before


def test_a_reload_forgets() -> None:
    """A new configuration may have brought a new engine: a new wiring knows of no refusal."""
    wiring().learn(TARGET, Capability.PREFILL)
    assert Capability.PREFILL in wiring().capabilities(TARGET)


def test_names_without_end_fill_no_memory() -> None:
    """Names come from callers: only so many are remembered, and those that were go on being known and added to."""
    one = wiring()
    for number in range(MOST_TARGETS + 10):
        one.learn(Target("llama", f"m{number}"), Capability.PREFILL)
        one.capabilities(Target("llama", f"m{number}"))
    assert len(one._learnt) == len(one._capabilities) == MOST_TARGETS
    one.learn(Target("llama", "m0"), Capability.STOP)
    assert not {Capability.PREFILL, Capability.STOP} & one.capabilities(Target("llama", "m0"))
