"""What an attempt makes of an answer that comes too slowly, or only half."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from sanspanne.attempts.attempt import Attempt
from sanspanne.attempts.attempts import Attempts
from sanspanne.attempts.clocks import Ceilings, Clocks, Limits
from sanspanne.attempts.report import Report
from sanspanne.attempts.standing import Standings
from sanspanne.chat import ChatRequest, Frame, Message, Target, Text
from sanspanne.errors import Failure, Stalled
from sanspanne.hooks import Hooks
from sanspanne.providers.catalogue import make
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.http1 import HttpTransport
from sanspanne.testing import Answer, Break, Hang, ScriptedProvider

TARGET = Target("it", "gpt-4o")
WORDS = "one two three four five six seven eight nine ten"
REQUEST = ChatRequest(dialect="", model="gpt-4o", messages=(Message("user", (Text("Say it."),)),), stream=True)


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider("openai") as provider:
        yield provider


@pytest.fixture
async def endpoint(provider: ScriptedProvider) -> AsyncIterator[Endpoint]:
    transport = HttpTransport()
    yield Endpoint(make("it", "openai", base_url=provider.base_url, key="any"), transport)
    await transport.close()


async def read(batches: AsyncIterator[list[Frame]]) -> None:
    """All of an answer."""
    async for _ in batches:
        pass


async def test_three_long_gaps_in_a_row_are_a_stall(endpoint: Endpoint, provider: ScriptedProvider) -> None:
    """An answer that falls to a drip is given up, though no single gap was too long."""
    provider.script = Answer(WORDS, gap=0.06)
    limits = Limits(first_token=5.0, suspicion=5.0, patience=5.0, gap=5.0, drip=0.02, learnt=True)
    attempt = Attempt(REQUEST, TARGET, endpoint, limits, lambda: None, Report())
    with pytest.raises(Stalled) as stalled:
        await read(attempt.run())
    assert stalled.value.reason == "drip"


async def test_half_an_answer_counts_a_quarter(endpoint: Endpoint, provider: ScriptedProvider) -> None:
    """Nine answers that broke off after their first word leave a target in; ten take it out as three refusals would."""
    provider.script = Break("reset", after=5, answer=Answer(WORDS))
    standings = Standings(lambda: 0.0, Hooks())
    attempts = Attempts(lambda _: endpoint, Clocks(Ceilings()), standings, Hooks(), asyncio.get_running_loop().time)
    for _ in range(9):
        with pytest.raises(Failure):
            await read(attempts.run(REQUEST, TARGET, "ans", Report()))
    assert standings.obstacle(TARGET) is None
    with pytest.raises(Failure):
        await read(attempts.run(REQUEST, TARGET, "ans", Report()))
    assert standings.obstacle(TARGET) is not None


@pytest.mark.parametrize(("lag", "suspected"), [(0.0, True), (0.1, False)])
async def test_a_late_loop_raises_no_suspicion(
    lag: float, suspected: bool, endpoint: Endpoint, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first word that is late is worth a probe, unless it is our own loop that is late."""
    monkeypatch.setattr("sanspanne.attempts.clocks.UNKNOWN_SUSPICION", 0.02)
    provider.script = Hang("before_headers")
    standings, suspicions = Standings(lambda: 0.0, Hooks()), []
    standings.on_suspicion = lambda target, patience: suspicions.append(target)
    now = asyncio.get_running_loop().time
    attempts = Attempts(lambda _: endpoint, Clocks(Ceilings(first_token=0.1)), standings, Hooks(), now, lambda: lag)
    with pytest.raises(Stalled):
        await read(attempts.run(REQUEST, TARGET, "ans", Report()))
    assert bool(suspicions) is suspected
