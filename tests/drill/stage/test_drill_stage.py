"""The stage: a scenario is performed with real children, its sums agree, and nothing is left running."""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from sanspanne.config import parse as parse_configuration
from sanspanne.drill.reading import find, names, parse
from sanspanne.drill.scenario import Fault, ProviderPlan, Scenario
from sanspanne.drill.stage import sanspanne
from sanspanne.drill.stage.backstage import Cast
from sanspanne.drill.stage.cast import Endpoint, Player
from sanspanne.drill.stage.contender import DrillError, key_of
from sanspanne.drill.stage.playing import Limiting, Part, Quota, Speaking
from sanspanne.drill.stage.sanspanne import Sanspanne, configuration
from sanspanne.drill.stage.stage import Moment, perform
from sanspanne.testing import Refuse

MINI = """
name = "mini"
seconds = 4
chain = ["openai", "claude"]
patience = 8
[title]
[load]
words = 10
pace = 0.02
spread = 0.3
kept = 0.2
detached = 0.2
tenants = { app = 1, press = 1 }
[[load.phase]]
at = 0
rate = 8.0
[[load.burst]]
at = 2.0
count = 10
[providers.openai]
kind = "openai"
first_word = 0.1
[[providers.openai.fault]]
at = 1.0
until = 2.5
shape = "down-refuse"
[[providers.openai.fault]]
at = 2.5
until = 3600
shape = "cut"
share = 0.5
[providers.claude]
kind = "anthropic"
limit = 4
own = 2.0
"""


def mini() -> Scenario:
    """Four seconds with an outage, a burst, cuts, and own users at a second provider."""
    return parse(MINI, source="mini.toml")


class Direct:
    """No gateway: everybody asks the first provider."""

    name = "direct"
    queue_url = ""
    pid = None

    def __init__(self) -> None:
        self.stopped = False
        self.restarts = 0

    async def start(self, providers: Mapping[str, Endpoint], scenario: Scenario, folder: Path) -> str:
        """Nothing to start."""
        return providers[scenario.chain[0]].base_url

    async def restart(self) -> None:
        """Nothing to kill."""
        self.restarts += 1

    async def stop(self) -> None:
        """Nothing to end."""
        self.stopped = True


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_scenario_is_performed_against_the_real_server() -> None:
    """Everybody has one outcome, the calls were counted where they arrived, and both children have ended."""
    served, moments = Sanspanne(), list[Moment]()
    pids: list[int | None] = []

    def watch(moment: Moment) -> None:
        moments.append(moment)
        pids.append(served.pid)

    run = await perform(mini(), served, watch)
    states = Counter(asked.state for asked in run.asked)
    assert len(run.asked) == sum(states.values()) >= 25
    assert set(states) <= {"whole", "broken", "refused", "kept", "left"}
    assert states["whole"] >= len(run.asked) / 2
    assert not any(asked.wrong or asked.truncated for asked in run.asked)
    assert [asked.number for asked in run.asked] == list(range(len(run.asked)))
    assert {asked.tenant for asked in run.asked} == {"app", "press"}
    assert all(asked.first is not None and asked.target for asked in run.asked if asked.state == "whole")
    assert {asked.tenant for asked in run.own} == {"claude"}
    assert sum(run.calls.values()) >= states["whole"]
    assert {tick.provider for tick in run.providers} == {"openai", "claude"}
    assert {tick.up for tick in run.providers if tick.provider == "openai"} == {True, False}
    assert moments[-1].asked == len(run.asked)
    assert moments[-1].waiting == 0
    assert pids[0] is not None
    assert not is_alive(pids[0])


async def test_a_scenario_is_performed_without_a_gateway() -> None:
    """The users meet the provider's failures themselves, every call is one of theirs, and a kill kills nothing."""
    direct = Direct()
    scenario = msgspec.structs.replace(mini(), kill=find("restart").kill[:0])
    run = await perform(scenario, direct, lambda moment: None)
    assert direct.stopped
    assert run.contender == "direct"
    assert {"whole", "broken"} <= {asked.state for asked in run.asked}
    sent = sum(asked.calls for asked in run.asked)
    assert abs(run.calls["openai"] - sent) <= 2  # one may be cut off between its connection and its question
    assert run.calls["claude"] == 0  # its own users' calls are not ours
    assert run.continuations == 0


async def test_a_drill_that_is_called_off_leaves_nothing_running() -> None:
    """Ctrl-C cancels it, and its children end."""
    served = Sanspanne()
    running = asyncio.Event()
    task = asyncio.create_task(perform(mini(), served, lambda moment: running.set()))
    await running.wait()
    pid = served.pid
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pid is not None
    assert not is_alive(pid)


async def test_a_gateway_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own last words are in the error."""
    monkeypatch.setattr(sanspanne, "configuration", lambda providers, scenario: "nonsense = 1")
    with pytest.raises(DrillError, match=r"sanspanne did not start(?s:.*)nonsense is not a setting"):
        await perform(mini(), Sanspanne(), lambda moment: None)


async def test_a_cast_that_ends_too_early_is_told() -> None:
    """A play whose providers have gone gives no figures."""
    cast = await Cast.start(mini())
    cast.go()
    await cast.stop()
    with pytest.raises((DrillError, asyncio.CancelledError)):
        await cast.finish()


@pytest.mark.parametrize("name", names())
def test_the_gateway_is_given_a_configuration_that_it_takes(name: str) -> None:
    """The chain is the scenario's, and each of several tenants has a key of his own."""
    scenario = find(name)
    providers = {
        n: Endpoint(n, "llama" if n == "llama" else "openai", "http://127.0.0.1:9/v1", "m") for n in scenario.providers
    }
    config = parse_configuration(tomllib.loads(configuration(providers, scenario)))
    assert [entry.partition("/")[0] for entry in config.models["drill"].chain] == list(scenario.chain)
    assert set(config.keys) == (set(scenario.load.tenants) if len(scenario.load.tenants) > 1 else set())
    assert key_of("app") != key_of("press")


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_quota_fills_with_time() -> None:
    """As many at once as per second, then no more than the rate; the headers say what is left."""
    clock = Clock()
    quota = Quota(3.0, clock)
    assert [quota.take() for _ in range(4)] == [True, True, True, False]
    assert quota.headers("openai") == {
        "x-ratelimit-limit-requests": "3",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1.000s",
    }
    clock.now += 0.4
    assert [quota.take(), quota.take()] == [True, False]
    assert quota.headers("anthropic")["anthropic-ratelimit-requests-remaining"] == "0"


def test_faults_are_played_in_their_time() -> None:
    """Each from its beginning to its end, health between them; what a provider carries is not a script."""
    faults = (Fault(5, 10, "down-refuse"), Fault(8, 20, "rate-limit"), Fault(3, 30, "capacity", capacity=2))
    plan = ProviderPlan("openai", fault=faults)
    played = {at: type(script) for at, script in Part(plan, mini(), Clock()).timeline()}
    assert played == {0.0: Speaking, 5: Refuse, 8: Refuse, 10: Limiting, 20: Speaking}


async def test_a_players_limit_follows_the_scenario() -> None:
    """From a capacity fault's beginning to its end it carries less; a tick tells so."""
    plan = ProviderPlan("openai", limit=9, fault=(Fault(1, 5, "capacity", capacity=2), Fault(3, 4, "down-503")))
    player = Player("openai", plan, mini())
    assert [player.tick(at).capacity for at in (0.5, 1.0, 3.5, 4.5, 6.0)] == [9, 2, 0, 2, 9]
    assert [player.tick(at).up for at in (0.5, 3.5)] == [True, False]
