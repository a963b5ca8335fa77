"""The breaker over real connections: it learns quickly, spares the provider, and only probes bring it back."""

import asyncio

import pytest
from conftest_faults import ask, question, serving

from sanspanne.answers.route import Caller
from sanspanne.attempts.clocks import ENOUGH
from sanspanne.chat import Rung, Target
from sanspanne.hooks import Notice, TargetMoved
from sanspanne.testing import Answer, Fail, Hang, Reason, ScriptedProvider

PROBES = {"probes": {"every_min": 0.01, "every_max": 0.02}}
FIRST = Target("first", "gpt-4o")


async def pair(stack, tmp_path, script, **sections):
    """A service over a first target with this script and a healthy second one."""
    first = await stack.enter_async_context(ScriptedProvider("openai", script=script))
    second = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("ok")))
    service = await stack.enter_async_context(serving(tmp_path, {"first": first, "second": second}, **sections))
    return service, first, second


async def until(condition):
    """Let the loop run until a condition holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_once_it_knows_nobody_pays_for_the_outage(tmp_path, stack):
    """After at most five failures the failing target gets no more of the users' requests, and each costs one upstream call."""
    service, _, _ = await pair(stack, tmp_path, Fail(Reason.SERVER_ERROR), probes={"every_min": 60, "every_max": 60})
    outcomes = [await ask(service) for _ in range(100)]
    assert all(outcome.whole for outcome in outcomes)
    assert len(service.facts.attempts("first/gpt-4o")) <= 5
    assert len(service.facts.attempts()) <= 105


async def test_probes_bring_it_back(tmp_path, stack):
    """A target that answers again is used again without any user's request having been the test."""
    service, first, _ = await pair(stack, tmp_path, Fail(Reason.SERVER_ERROR), **PROBES)
    while service.standings.obstacle(FIRST) is None:
        await ask(service)
    failed = len(service.facts.attempts("first/gpt-4o"))
    first.script = Answer("ok")
    await ask(service)
    await until(lambda: service.standings.obstacle(FIRST) is None)
    assert len(service.facts.attempts("first/gpt-4o")) == failed
    assert (await ask(service)).route.rung is Rung.PRIMARY


async def test_nothing_is_probed_that_nobody_wants(tmp_path, stack):
    """A target that is down and not asked for is left alone: one outage must not cost a probe every two seconds for days."""
    time = 0.0
    service, first, _ = await pair(stack, tmp_path, Fail(Reason.SERVER_ERROR), **PROBES)
    standing = service.standings.of(FIRST)
    standing._now = lambda: time
    while service.standings.obstacle(FIRST) is None:
        await ask(service)
    time = 120.0
    await until(lambda: not standing.wanted.is_set())
    calls = len(first.calls)
    await asyncio.sleep(0.1)
    assert len(first.calls) == calls
    await ask(service)
    await until(lambda: len(first.calls) > calls)


async def test_a_silent_target_is_found_out_by_probes(tmp_path, stack, monkeypatch):
    """A target that is silent before anything was learnt of it costs the first users no minute: probes prove the silence."""
    monkeypatch.setattr("sanspanne.attempts.clocks.UNKNOWN_PATIENCE", 0.1)
    service, first, _ = await pair(stack, tmp_path, Hang("before_headers"), **PROBES)
    monkeypatch.setattr("sanspanne.attempts.clocks.UNKNOWN_SUSPICION", 0.1)
    outcome = await ask(service)
    assert outcome.whole
    assert outcome.route.rung is Rung.FALLBACK
    assert service.standings.of(FIRST).breaker.is_open
    assert len(first.calls) >= 3


async def test_a_learnt_target_is_given_up_quickly(tmp_path, stack):
    """Once its pace is known, a target that falls silent is given up by its own measure, not by the configured minute."""
    service, first, _ = await pair(stack, tmp_path, Answer("ok"), **PROBES)
    for _ in range(ENOUGH):
        await ask(service)
    first.script = Hang("after_headers")
    async with asyncio.timeout(5):
        outcome = await ask(service)
    assert outcome.whole
    assert outcome.route.rung is Rung.FALLBACK


@pytest.mark.parametrize("reason", [Reason.AUTH, Reason.QUOTA, Reason.MODEL_GONE])
async def test_what_does_not_heal_is_left_out_after_one_request(reason, tmp_path, stack):
    """A refused key, an empty account, a model that is gone: one request notices, a probe confirms, the operator is told."""
    service, _, _ = await pair(stack, tmp_path, Fail(reason), **PROBES)
    assert (await ask(service)).whole
    assert service.standings.obstacle(FIRST) is not None
    await until(lambda: any(isinstance(fact, Notice) for fact in service.facts.all))
    for _ in range(20):
        assert (await ask(service)).whole
    assert len(service.facts.attempts("first/gpt-4o")) == 1
    assert not service.standings.of(FIRST).breaker.is_open
    moved = [fact for fact in service.facts.all if isinstance(fact, TargetMoved)]
    assert [fact.after for fact in moved] == ["suspended"]


async def test_a_rate_limit_is_respected(tmp_path, stack):
    """A target that says 429 is not asked again before the time it named, and that is no outage."""
    service, first, _ = await pair(stack, tmp_path, Fail(Reason.RATE_LIMITED), **PROBES)
    for _ in range(30):
        assert (await ask(service)).whole
    assert len(first.calls) == 1
    assert not service.standings.of(FIRST).breaker.is_open


async def test_a_lone_target_gets_a_second_try_from_the_budget(tmp_path, stack):
    """With no other target, one failure is tried again while the budget lasts, and no more often than that."""
    provider = await stack.enter_async_context(
        ScriptedProvider("openai", script=[Fail(Reason.SERVER_ERROR), Answer("ok"), Fail(Reason.SERVER_ERROR)])
    )
    service = await stack.enter_async_context(serving(tmp_path, {"only": provider}, **PROBES))
    assert (await ask(service)).whole
    assert not (await ask(service)).whole
    assert len(service.facts.attempts()) == 3


async def test_a_caller_who_leaves_ends_the_upstream_call(tmp_path, stack):
    """When the last caller has gone, the upstream connection is closed: nobody pays for an answer that nobody reads."""
    provider = await stack.enter_async_context(
        ScriptedProvider("openai", script=Answer(["one ", "two "] * 50, gap=0.05))
    )
    service = await stack.enter_async_context(serving(tmp_path, {"only": provider}))
    answer = service.answers.open(question(), Caller())
    batches = answer.follow()
    await anext(batches)
    await batches.aclose()
    async with asyncio.timeout(5):
        await provider.calls[0].wait_until_left()
    assert service.facts.attempts()[0].outcome == "left"


async def test_a_hedge_wins_before_the_first_token(tmp_path, stack):
    """With hedging on, a request whose first target is unusually slow is answered by the standby, within the budget."""
    first = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("slow")))
    second = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("fast")))
    providers = {"first": first, "second": second}
    models = {"auto": {"chain": ["first/gpt-4o", "second/gpt-4o"], "onboard": False, "hedge": True}}
    service = await stack.enter_async_context(serving(tmp_path, providers, models=models))
    for _ in range(ENOUGH):
        assert (await ask(service)).text == "slow"
    first.script = Answer("slow", delay=0.4)
    outcome = await ask(service)
    assert outcome.text == "fast"
    assert outcome.route.attempts == 2
    assert outcome.route.target == "second/gpt-4o"
