"""Probes: requests of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sanspanne.attempts.probe import probe
from sanspanne.chat import Target
from sanspanne.errors import Overloaded
from sanspanne.hooks import AttemptEnded, Fact, Hooks
from sanspanne.providers.catalogue import make
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.http1 import HttpTransport
from sanspanne.testing import Fail, Reason, ScriptedProvider

TARGET = Target("it", "gpt-4o")


class Noted(list[Fact]):
    """Keeps every fact."""

    def observe(self, fact: Fact) -> None:
        self.append(fact)


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider("openai") as provider:
        yield provider


@pytest.fixture
async def endpoint(provider: ScriptedProvider) -> AsyncIterator[Endpoint]:
    transport = HttpTransport()
    yield Endpoint(make("it", "openai", base_url=provider.base_url, key="any"), transport)
    await transport.close()


async def test_answered_probe_is_told(endpoint: Endpoint, provider: ScriptedProvider) -> None:
    """Whoever watches the attempts sees each probe as one, for a single token, and apart from callers' attempts."""
    noted = Noted()
    seconds = await probe(endpoint, TARGET, 5.0, Hooks([noted]))
    [fact] = noted
    assert isinstance(fact, AttemptEnded)
    assert (fact.target, fact.outcome, fact.probe, fact.first_token) == ("it/gpt-4o", "answered", True, seconds)
    assert [call.asked.max_tokens for call in provider.calls.chats if call.asked] == [1]


async def test_failed_probe_is_told(endpoint: Endpoint, provider: ScriptedProvider) -> None:
    """A probe that fails is told with the failure's name, and the failure is raised."""
    provider.script = Fail(Reason.OVERLOADED)
    noted = Noted()
    with pytest.raises(Overloaded):
        await probe(endpoint, TARGET, 5.0, Hooks([noted]))
    [fact] = noted
    assert isinstance(fact, AttemptEnded)
    assert (fact.outcome, fact.probe, fact.first_token) == ("overloaded", True, None)
