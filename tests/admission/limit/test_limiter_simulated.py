"""The limiter against providers that reject, queue without end, slow down and crash, in virtual time.

Streams last four seconds after a first word that takes 0.3 s; both vary as prompts and answers do.
"""

from random import Random

import pytest
from limiter_world import Crowd, Provider, Queueing, Rejecting, Slowing, World

from sanspanne.admission.limit.limiter import Limiter

STREAM = 4.3
CRASH_AFTER = 1.5 * STREAM
SEEDS = (1, 2)


def provider(world: World, kind: str, capacity: int) -> Provider:
    if kind == "crash":
        return Slowing(world, capacity, CRASH_AFTER)
    return {"reject": Rejecting, "queue": Queueing, "slow": Slowing}[kind](world, capacity)


def crowd(kind: str, capacity: int, seed: int, *, own_engine: bool = False) -> Crowd:
    world = World(seed)
    limiter = Limiter(world.clock, own_engine=own_engine, rng=Random(seed))
    return Crowd(world, limiter, provider(world, kind, capacity))


@pytest.mark.parametrize(("capacity", "requests", "calls"), [(5, 40, 44), (3, 30, 33), (8, 80, 88), (20, 200, 220)])
@pytest.mark.parametrize("rest", [0.7, 4.0, 20.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_stampede_is_served_with_hardly_a_call_too_many(capacity, requests, calls, rest, seed):
    """Ten times as many as a fallback takes, all at once: every one is served, with at most a tenth of the calls refused."""
    people = crowd("reject", capacity, seed)
    people.rest, people.leavers, people.patience = rest, 0.0, 1e9
    for _ in range(requests):
        people.ask(spill=True)
    people.world.run(60 + 3 * requests * (rest + 0.3) / capacity)
    assert people.served == requests
    assert people.calls <= calls


@pytest.mark.parametrize("kind", ["reject", "queue", "slow"])
@pytest.mark.parametrize("capacity", [5, 20, 100])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_provider_in_demand_is_used(kind, capacity, seed):
    """Half as much demand again as a provider can carry: from the tenth second on, 95 % of its capacity is used."""
    people = crowd(kind, capacity, seed)
    people.flow(1.5 * capacity / STREAM, 130.0)
    people.world.run(10.0)
    people.provider.utilisation()
    people.world.run(130.0)
    assert people.provider.utilisation() >= 0.95
    assert people.refused <= 0.05 * people.calls


@pytest.mark.parametrize("capacity", [30, 50, 100])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_provider_that_crashes_when_overrun_does_not(capacity, seed):
    """It never carries more than 1.6 x its knee for one and a half times as long as an answer takes."""
    people = crowd("crash", capacity, seed)
    people.flow(1.5 * capacity / STREAM, 130.0)
    people.world.run(130.0)
    assert people.provider.crashes == 0
    assert people.provider.utilisation() >= 0.9


@pytest.mark.parametrize("kind", ["reject", "queue", "slow"])
@pytest.mark.parametrize("seed", SEEDS)
def test_capacity_that_halves_and_comes_back_is_followed(kind, seed):
    """Within a little more than 10 s of the loss nothing is too much for it; within 60 s of the return all of it is used."""
    people = crowd(kind, 40, seed)
    world, target = people.world, people.provider
    people.flow(1.5 * 40 / STREAM, 230.0)

    def carries(capacity: int) -> None:
        target.account()
        target.capacity = capacity

    world.after(60.0, lambda: carries(20))
    world.after(150.0, lambda: carries(40))
    world.run(60.0)
    before = people.limiter.limit
    world.run(75.0)
    assert people.limiter.limit <= 0.75 * before
    world.run(90.0)
    target.utilisation()
    refused = people.refused
    world.run(150.0)
    assert target.utilisation() >= 0.93
    assert people.refused - refused <= 6
    world.run(210.0)
    target.utilisation()
    world.run(230.0)
    assert target.utilisation() >= 0.95


@pytest.mark.parametrize("kind", ["reject", "queue", "slow", "crash"])
@pytest.mark.parametrize("seed", SEEDS)
def test_spill_of_three_times_the_own_load_leaves_the_own_alone(kind, seed):
    """A target half used by its own traffic gets three times as much spill: its own waits for a second at most, 95 % of it."""
    people = crowd(kind, 40, seed)
    world = people.world
    rate = 40 / STREAM
    waits: list[float] = []
    send = people._send

    def noting(request, permit):
        if not request.spill:
            waits.append(world.now - request.arrived)
        send(request, permit)

    people._send = noting
    people.flow(0.5 * rate, 180.0)
    world.after(60.0, lambda: people.flow(1.5 * rate, 180.0, spill=True))
    world.run(180.0)
    assert sorted(waits)[int(0.95 * len(waits))] <= 1.0
    assert max(waits) <= 5.0
    assert people.provider.crashes == 0
    assert not people.broken


@pytest.mark.parametrize("kind", ["queue", "slow"])
@pytest.mark.parametrize("capacity", [2, 4, 8])
def test_a_local_engine_is_found_out(kind, capacity):
    """A local engine that says nothing of its slots is kept at work, and never given many more than it has."""
    people = crowd(kind, capacity, 1, own_engine=True)
    people.flow(1.5 * capacity / STREAM, 130.0)
    people.world.run(10.0)
    people.provider.utilisation()
    people.world.run(130.0)
    assert people.provider.utilisation() >= 0.9
    assert people.highest <= max(5, 2.5 * capacity)


@pytest.mark.parametrize("sigma", [0.3, 0.6])
@pytest.mark.parametrize("seed", SEEDS)
def test_ordinary_traffic_never_notices(sigma, seed):
    """Traffic below what a provider can carry never waits, however different its prompts are."""
    people = crowd("reject", 1000, seed)
    people.first_sigma = sigma
    people.flow(30 / STREAM, 300.0)
    waited = []
    send = people._send

    def noting(request, permit):
        waited.append(people.world.now - request.arrived)
        send(request, permit)

    people._send = noting
    people.world.run(300.0)
    assert len(waited) > 1500
    assert max(waited) < 0.001


def test_prompts_that_become_longer_are_not_taken_for_load():
    """First words that take three times as long for good, because the prompts do: the window comes back by itself."""
    people = crowd("reject", 1000, 1)
    people.flow(20 / STREAM, 400.0)
    people.world.run(60.0)
    people.first = 0.9
    people.world.run(300.0)
    served, asked = people.served, people.asked
    people.world.run(400.0)
    assert people.served - served >= 0.9 * (people.asked - asked)
    assert not any(people.lines.values())


@pytest.mark.parametrize("seed", range(4))
def test_a_false_alarm_heals(seed):
    """Short answers with slow first words: even a mistaken baseline costs less than a fifth of two minutes."""
    people = crowd("reject", 20, seed)
    people.first, people.rest = 0.5, 1.0
    people.flow(1.5 * 20 / 1.5, 130.0)
    people.world.run(130.0)
    assert people.provider.utilisation() >= 0.8
