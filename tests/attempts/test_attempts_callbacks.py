"""Whom the attempts tell at once: the first word of a stream, what the headers say of our quota, and who is being served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import msgspec
import pytest

from sanspanne.attempts.attempts import Attempts
from sanspanne.attempts.clocks import Ceilings, Clocks
from sanspanne.attempts.report import Report
from sanspanne.attempts.standing import Standings
from sanspanne.chat import ChatRequest, Message, Target, Text
from sanspanne.errors import Failure
from sanspanne.hooks import Hooks
from sanspanne.providers.catalogue import make
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.http1 import HttpTransport
from sanspanne.providers.limits import LimitState
from sanspanne.testing import Answer, Break, Fail, Reason, ScriptedProvider

TARGET = Target("it", "gpt-4o")
STREAMED = ChatRequest(dialect="", model="gpt-4o", messages=(Message("user", (Text("Say it."),)),), stream=True)
WHOLE = msgspec.structs.replace(STREAMED, stream=False)


class World:
    """Attempts at one scripted provider, and what they have told."""

    def __init__(self, kind: str, provider: ScriptedProvider, transport: HttpTransport) -> None:
        self.provider = provider
        self.endpoint = Endpoint(make("it", kind, base_url=provider.base_url, key="any"), transport)
        self.standings = Standings(lambda: 0.0, Hooks())
        now = asyncio.get_running_loop().time
        self.attempts = Attempts(lambda _: self.endpoint, Clocks(Ceilings()), self.standings, Hooks(), now)
        self.words: list[tuple[Target, float]] = []
        self.limits: list[tuple[Target, LimitState]] = []
        self.attempts.on_first_word = lambda target, seconds: self.words.append((target, seconds))
        self.attempts.on_limits = lambda target, state: self.limits.append((target, state))

    async def run(self, request: ChatRequest = STREAMED) -> Report:
        """One attempt, to its end or its failure."""
        report = Report()
        with suppress(Failure):
            async for _ in self.attempts.run(request, TARGET, "ans", report):
                pass
        return report


@pytest.fixture
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    kind = getattr(request, "param", "openai")
    transport = HttpTransport()
    async with ScriptedProvider(kind) as provider:
        yield World(kind, provider, transport)
        await transport.close()


async def test_the_first_word_of_a_stream_is_told_once(world: World) -> None:
    """A streamed attempt tells its first-token time at its first word, whether it is whole in the end or not."""
    for script in (Answer("one two three"), Break("reset", after=2, answer=Answer("one two three"))):
        world.provider.script = script
        report = await world.run()
        assert world.words.pop() == (TARGET, report.first_token)
        assert not world.words


async def test_what_has_no_first_token_time_tells_none(world: World) -> None:
    """An answer in one piece and a refusal have no first word whose time would say how full the target is."""
    await world.run(WHOLE)
    world.provider.script = Fail(Reason.SERVER_ERROR)
    await world.run()
    assert not world.words


@pytest.mark.parametrize("request_", [STREAMED, WHOLE], ids=["streamed", "whole"])
async def test_the_quota_is_told_from_the_head_of_an_answer(world: World, request_: ChatRequest) -> None:
    """What a provider says of our quota is told, once, with every answer."""
    await world.run(request_)
    [(target, state)] = world.limits
    assert (target, state.requests_left, state.requests_limit) == (TARGET, 9999, 10000)


async def test_the_quota_is_told_from_a_refusal_too(world: World) -> None:
    """A 429 says most of all how much is left."""
    world.provider.script = Fail(Reason.RATE_LIMITED)
    await world.run()
    [(_, state)] = world.limits
    assert state.requests_left == 0


@pytest.mark.parametrize("world", ["gemini", "perplexity"], indirect=True)
async def test_who_says_nothing_of_the_quota_is_not_told_of(world: World) -> None:
    """Providers without such headers cost no reading of them."""
    await world.run()
    assert not world.limits


def test_headers_of_other_kinds_say_nothing() -> None:
    """An answer without one of the provider's own headers has nothing to tell."""
    endpoint = Endpoint(make("it", "anthropic", key="any"), HttpTransport())
    assert endpoint.limits({"x-ratelimit-remaining-requests": "5"}) is None
    assert endpoint.limits({"anthropic-ratelimit-requests-remaining": "5"}) == LimitState(requests_left=5)


async def test_an_attempt_speaks_from_its_first_word_to_its_end(world: World) -> None:
    """Whoever has said his first word is being served, until he has ended, was cut or his caller has left."""
    standing = world.standings.of(TARGET)
    world.provider.script = Answer("one two three four", gap=0.01)
    async with aclosing(world.attempts.run(STREAMED, TARGET, "ans", Report())) as batches:
        await anext(batches)
        assert (len(standing.speaking), len(standing.waiting)) == (1, 0)
    assert not standing.speaking
    for script in (Answer("one"), Break("reset", after=2, answer=Answer("one two three")), Fail(Reason.OVERLOADED)):
        world.provider.script = script
        await world.run()
        assert (len(standing.speaking), len(standing.waiting)) == (0, 0)


async def test_a_full_target_stays_in_while_it_answers_somebody(world: World) -> None:
    """Refusals beside an answer that goes on do not take the target out; once it has ended, three do."""
    world.provider.script = Answer("one two three four", gap=0.01)
    async with aclosing(world.attempts.run(STREAMED, TARGET, "ans", Report())) as batches:
        await anext(batches)
        world.provider.script = Fail(Reason.OVERLOADED)
        for _ in range(5):
            await world.run()
        assert world.standings.obstacle(TARGET) is None
    for _ in range(3):
        await world.run()
    assert world.standings.of(TARGET).breaker.is_open
