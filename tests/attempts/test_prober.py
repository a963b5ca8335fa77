"""When probes are sent, on a clock of the tests' own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from sanspanne.attempts.cuts import FIRST_HOLD
from sanspanne.attempts.prober import DAY, GLANCE, QUICKLY, SELDOM, Pace, Prober
from sanspanne.attempts.standing import Standings
from sanspanne.chat import Target
from sanspanne.errors import CredentialFailure, Failure, ModelGone, ServerFault
from sanspanne.hooks import Fact, Hooks, Notice

TARGET = Target("it", "model")


class World:
    """The clock, what the target answers, and what was noticed. A nap of a minute ends only when `wake` is set."""

    def __init__(self) -> None:
        self.time = 0.0
        self.naps: list[float] = []
        self.asked = 0
        self.failure: Failure | None = None
        self.key_is_refused: bool | None = None
        self.demand = False
        self.asked_at: list[float] = []
        self.silent = False
        self.back_at = float("inf")  # when the failure is over
        self.first_token = 0.0
        self.speak = asyncio.Event()
        self.wake = asyncio.Event()
        self.facts: list[Fact] = []
        self.standings = Standings(self.now, Hooks([self]))
        self.prober = Prober(
            self.standings,
            self.ask,
            Pace(per_day=3),
            now=self.now,
            sleep=self.sleep,
            key_is_refused=self.free,
            rng=random.Random(1),
            demand=lambda target: self.demand,
        )

    def now(self) -> float:
        return self.time

    def observe(self, fact: Fact) -> None:
        self.facts.append(fact)

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.time += seconds
        if seconds >= SELDOM:
            await self.wake.wait()

    async def ask(self, target: Target, patience: float) -> float:
        self.asked += 1
        self.asked_at.append(self.time)
        if self.silent:
            await self.speak.wait()
        if self.failure is not None and self.time < self.back_at:
            raise self.failure
        self.time += self.first_token
        return self.first_token

    async def free(self, target: Target) -> bool | None:
        return self.key_is_refused

    def fall(self) -> None:
        """Three failures open the breaker."""
        for _ in range(3):
            self.standings.failed(TARGET, ServerFault("broken"))

    async def wanted(self, turns: int = 50) -> None:
        """Let time pass while requests would use the target."""
        for _ in range(turns):
            self.standings.of(TARGET).want()
            await asyncio.sleep(0)

    async def probes(self, count: int) -> list[float]:
        """The seconds between so many probes from now on."""
        first = len(self.asked_at)
        async with asyncio.timeout(10):
            while len(self.asked_at) <= first + count:
                await self.wanted(1)
        times = self.asked_at[first:]
        return [later - earlier for earlier, later in pairwise(times)]

    async def fall_and_rise(self) -> float:
        """Three failures open the breaker, probes close it again; the seconds until the first of them."""
        since, first = self.time, len(self.asked_at)
        self.fall()
        await self.wanted(100)
        assert self.standings.obstacle(TARGET) is None
        return round(self.asked_at[first] - since, 6)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.prober.close()


async def settle() -> None:
    """Let every task run until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_daily_allowance_makes_probes_rare_not_impossible(world: World) -> None:
    """Answered probes are paid for: when the day's are used up one a minute is sent, and the next day they are quick again."""
    world.wake.set()
    assert await world.fall_and_rise() <= 5.0
    assert await world.fall_and_rise() <= 5.0
    assert await world.fall_and_rise() == SELDOM
    world.time += DAY
    assert await world.fall_and_rise() <= 5.0


async def test_a_refused_key_is_confirmed_for_nothing(world: World) -> None:
    """A key that the list of models refuses as well costs no probe, and the operator is told at once."""
    world.key_is_refused = True
    world.standings.failed(TARGET, CredentialFailure("the key is refused", reason="auth"))
    await settle()
    assert world.asked == 0
    assert [fact.text for fact in world.facts if isinstance(fact, Notice)] == [
        "it/model is left out until this is mended: the key is refused"
    ]


async def test_an_account_that_is_spent_is_confirmed_by_a_probe(world: World) -> None:
    """A list of models says nothing about an account's money: there a probe of one token asks at once, and may clear it."""
    world.key_is_refused = True
    world.standings.failed(TARGET, CredentialFailure("nothing is left", reason="spend"))
    await settle()
    assert (world.asked, world.standings.obstacle(TARGET)) == (1, None)


async def test_a_key_that_was_mended_comes_back(world: World) -> None:
    """A target that is left out is asked again within a minute, and is back with the first answer."""
    world.failure = CredentialFailure("nothing is left", reason="spend")
    world.standings.of(TARGET).want()
    world.standings.failed(TARGET, world.failure)
    await settle()
    assert world.standings.obstacle(TARGET) is not None
    world.failure = None
    world.wake.set()
    await settle()
    assert (world.naps, world.standings.obstacle(TARGET)) == ([SELDOM], None)


async def test_a_target_that_cuts_its_answers_is_not_probed_while_it_is_held(world: World) -> None:
    """No probe is spent on what no probe can show: the first follows when the time is over, and two bring it back."""
    while world.standings.obstacle(TARGET) is None:
        world.standings.failed(TARGET, ServerFault("cut"), share=0.01, cut=True)
    await settle()
    assert (world.asked, world.naps) == (0, [FIRST_HOLD])
    world.standings.of(TARGET).want()
    world.wake.set()
    await settle()
    assert (world.asked, world.standings.obstacle(TARGET)) == (2, None)


async def test_a_proved_silence_hands_over_to_the_revival(world: World) -> None:
    """Two failed probes under suspicion open the breaker, and the probes that follow close it again."""
    world.failure = ServerFault("silent")
    world.standings.suspect(TARGET, 1.0)
    await settle()
    assert world.asked >= 2
    assert world.standings.of(TARGET).breaker.is_open
    world.failure = None
    for _ in range(50):
        world.standings.of(TARGET).want()
        await asyncio.sleep(0)
    assert world.standings.obstacle(TARGET) is None


async def test_a_user_who_is_answered_clears_the_suspicion(world: World) -> None:
    """Probes do not outvote users: if one is answered meanwhile, the target stays, whatever the probe met."""
    world.failure = ServerFault("no streams here")
    world.standings.suspect(TARGET, 1.0)
    world.standings.answered(TARGET)
    await settle()
    assert world.asked == 1
    assert world.standings.obstacle(TARGET) is None


async def test_suspicions_keep_to_the_allowance(world: World) -> None:
    """When the day's answered probes are used up, a suspicion sends none."""
    for _ in range(4):
        world.standings.suspect(TARGET, 1.0)
        await settle()
        world.time += 60.0
    assert world.asked == 3


async def test_a_key_that_is_accepted_again_is_used_for_other_models(world: World) -> None:
    """If the probe of a refused key meets a missing model, the key is good: only that model stays out."""
    world.failure = CredentialFailure("refused", reason="auth")
    world.standings.failed(TARGET, world.failure)
    await settle()
    other = Target("it", "another")
    assert world.standings.obstacle(other) is not None
    world.failure = ModelGone("gone")
    world.standings.of(TARGET).want()
    world.wake.set()
    await settle()
    assert world.standings.obstacle(other) is None
    assert world.standings.obstacle(TARGET) is not None


async def test_a_model_that_nobody_asks_for_is_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing model costs no prober for ever: after a while without a request it is as if it had never been named."""
    monkeypatch.setattr("sanspanne.attempts.prober.FORGOTTEN", 0.01)
    world.failure = ModelGone("gone")
    world.standings.failed(TARGET, world.failure)
    world.wake.set()
    async with asyncio.timeout(5):
        while world.standings.obstacle(TARGET) is not None:
            await asyncio.sleep(0.005)
    await settle()
    assert not world.prober._running


# --- how quickly one who is down is asked


async def test_a_young_outage_is_probed_more_often(world: World) -> None:
    """In the first five minutes a probe is sent every 4/3 to 8/3 s, later every 2 to 4 s, never in step."""
    world.failure = ServerFault("still down")
    world.fall()
    young = await world.probes(50)
    assert all(1.33 <= pause <= 2.67 for pause in young)
    world.time += 300.0
    await world.probes(1)
    old = await world.probes(50)
    assert all(2.0 <= pause <= 4.0 for pause in old)
    assert len(set(young)) == len(set(old)) == 50


async def test_who_is_waited_for_is_probed_more_often(world: World) -> None:
    """While requests wait for a target it is probed every 0.6 to 1.2 s, however old the outage is."""
    world.failure = ServerFault("still down")
    world.fall()
    world.time += 400.0
    await world.probes(1)
    world.demand = True
    await world.probes(1)
    assert all(0.6 <= pause <= 1.2 for pause in await world.probes(50))


async def test_demand_cuts_a_pause_short(world: World) -> None:
    """A request that begins to wait does not wait for the end of a pause that began before."""
    world.failure = ServerFault("still down")
    world.fall()
    world.time += 400.0
    await world.probes(1)
    last = world.asked_at[-1]
    world.demand = True
    await world.probes(0)
    assert world.asked_at[-1] - last <= 1.0 + GLANCE


async def test_demand_does_not_touch_the_allowance_nor_a_hold(world: World) -> None:
    """Also while requests wait, a spent allowance means one probe a minute, and a held target none."""
    world.wake.set()
    world.demand = True
    pauses = [await world.fall_and_rise() for _ in range(4)]
    assert all(pause <= 1.2 for pause in pauses[:-1])
    assert pauses[-1] == SELDOM
    while world.standings.obstacle(TARGET) is None:
        world.standings.failed(TARGET, ServerFault("cut"), share=0.01, cut=True)
    since, first = world.time, len(world.asked_at)
    await world.wanted()
    assert world.asked_at[first] - since >= FIRST_HOLD - 1e-6


@pytest.mark.parametrize(("age", "demand", "most"), [(0.0, False, 3.7), (400.0, False, 5.0), (400.0, True, 2.2)])
async def test_who_is_back_is_back_within_seconds(world: World, age: float, demand: bool, most: float) -> None:
    """A provider that answers again is asked by users within 3.7 s of its return, after a long outage 5 s, if waited for 2.2 s."""
    chance = random.Random(7)
    world.prober._pace = Pace()  # whose allowance is larger
    world.first_token = 0.4
    for _ in range(60):
        world.failure, world.back_at, world.demand = ServerFault("down"), float("inf"), demand
        world.fall()
        await world.probes(0)
        world.time += age
        await world.probes(1)
        world.back_at = world.time + chance.uniform(0.0, 10.0)
        while world.standings.obstacle(TARGET) is not None:
            await world.wanted(1)
        assert 0.0 < world.asked_at[-1] + world.first_token - world.back_at <= most + 1e-9
        await world.wanted(10)


async def test_the_second_probe_follows_the_first_at_once(world: World) -> None:
    """One answered probe brings the next within the fifth of a second, and the two close the breaker."""
    world.fall()
    pauses = await world.probes(1)
    assert pauses == [pytest.approx(QUICKLY)]
    await world.wanted(10)
    assert world.standings.obstacle(TARGET) is None


async def test_a_silent_probe_does_not_hold_up_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that hangs is asked again on time, and is back as soon as it answers those that come after."""
    monkeypatch.setattr("sanspanne.attempts.prober.MOMENT", 0.0)
    world.silent = True
    world.fall()
    assert all(1.33 <= pause <= 2.67 for pause in await world.probes(4))
    world.silent = False
    await world.wanted()
    assert world.standings.obstacle(TARGET) is None
    assert not world.prober._running  # nobody listens to those who are silent still


async def test_late_answers_bring_a_slow_target_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that has become slow is not kept out for it: answers that come after the moment count."""
    monkeypatch.setattr("sanspanne.attempts.prober.MOMENT", 0.0)
    world.silent = True
    world.fall()
    await world.probes(2)
    world.speak.set()
    await world.wanted(10)
    assert world.standings.obstacle(TARGET) is None


async def test_closing_ends_the_probes_under_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the service stops, no probe is left behind, not even a silent one."""
    monkeypatch.setattr("sanspanne.attempts.prober.MOMENT", 0.0)
    world.silent = True
    world.fall()
    await world.probes(3)
    await world.prober.close()
    assert not world.prober._running
