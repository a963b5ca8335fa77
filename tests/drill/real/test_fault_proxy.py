"""The fault proxy in front of a real provider; scripted ones stand for the real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from sanspanne.drill.real.proxy import FaultProxy, Real
from sanspanne.drill.real.purse import Purse
from sanspanne.drill.scenario import Fault, ProviderPlan
from sanspanne.ledger.prices import rates
from sanspanne.testing import Answer, Fail, Script, ScriptedProvider

KEY, RATES = "the-real-key", rates(1.0, 1.0)
ASKED = {"model": "gpt-4o", "stream": True, "max_tokens": 50, "messages": [{"role": "user", "content": "Bonjour"}]}


@asynccontextmanager
async def proxied(
    *faults: Fault, kind: str = "openai", script: Script | None = None, purse: Purse | None = None
) -> AsyncIterator[tuple[ScriptedProvider, FaultProxy, aiohttp.ClientSession]]:
    """A provider with a proxy before it, at the beginning of the scenario, and somebody who asks it."""
    async with (
        ScriptedProvider(kind, key=KEY, script=script or Answer("Tout va bien.")) as provider,
        aiohttp.ClientSession(auto_decompress=False) as outgoing,
        aiohttp.ClientSession() as session,
    ):
        real = Real("mine", kind, provider.base_url, KEY, "gpt-4o", RATES)
        proxy = FaultProxy(real, ProviderPlan(kind, fault=faults), purse or Purse(100, 1_000_000), outgoing)
        await proxy.start()
        try:
            proxy.go()
            yield provider, proxy, session
        finally:
            await proxy.stop()


async def ask(proxy: FaultProxy, session: aiohttp.ClientSession) -> tuple[int, bytes]:
    """One question, as the gateway puts it."""
    headers = {"authorization": "Bearer sk-drill", "x-mine": "kept"}
    url = f"{proxy.endpoint.base_url}/chat/completions"
    async with session.post(url, json=ASKED, headers=headers) as response:
        return response.status, await response.read()


async def test_all_is_passed_on_but_the_key() -> None:
    """The answer's bytes are the provider's own; the request is as it was, with the real key in the place of ours."""
    async with proxied() as (provider, proxy, session):
        status, body = await ask(proxy, session)
        assert (status, body.endswith(b"data: [DONE]\n\n"), b"Tout" in body) == (200, True, True)
        call = provider.calls[0]
        assert (call.body, call.headers["x-mine"]) == (ASKED, "kept")
        assert call.headers["authorization"] == f"Bearer {KEY}"
        assert (proxy.calls, proxy.continuations, proxy.purse.calls) == (1, 0, 1)
        assert 0 < proxy.purse.spent < 200


async def test_anthropics_key_header_is_kept() -> None:
    """Who names the key in a header of his own gets it there."""
    async with proxied(kind="anthropic") as (provider, proxy, session):
        body = {**ASKED, "model": "claude-sonnet-5"}
        url = f"{proxy.endpoint.base_url}/v1/messages"
        async with session.post(url, json=body, headers={"x-api-key": "sk-drill"}) as response:
            assert response.status == 200
        assert provider.calls[0].headers["x-api-key"] == KEY


async def test_a_real_error_is_passed_on_and_costs_nothing() -> None:
    """What the provider refuses is told as it said it."""
    async with proxied(script=Fail("overloaded")) as (_provider, proxy, session):
        status, body = await ask(proxy, session)
        assert (status >= 429, b"error" in body, proxy.purse.spent) == (True, True, 0)


@pytest.mark.parametrize(("shape", "status"), [("down-503", 503), ("down-529", 529)])
async def test_a_provider_that_is_down_is_not_asked(shape: Any, status: int) -> None:
    """The proxy answers in the provider's own words, and nothing leaves."""
    async with proxied(Fault(at=0, until=60, shape=shape)) as (provider, proxy, session):
        told, body = await ask(proxy, session)
        assert (told, b"error" in body) == (status, True)
        assert (len(provider.calls), proxy.purse.calls, proxy.calls, proxy.rejected) == (0, 0, 1, 1)
        assert proxy.tick(1.0).up is False


async def test_a_provider_that_refuses_connections_is_not_asked() -> None:
    """The connection is reset."""
    async with proxied(Fault(at=0, until=60, shape="down-refuse")) as (provider, proxy, session):
        with pytest.raises(aiohttp.ClientError):
            await ask(proxy, session)
        assert len(provider.calls) == 0


async def test_a_silent_provider_says_nothing_until_the_caller_leaves() -> None:
    """No word, no header; when the caller has gone nothing is left running."""
    async with proxied(Fault(at=0, until=60, shape="silent")) as (provider, proxy, session):
        timeout = aiohttp.ClientTimeout(total=0.2)
        with pytest.raises(TimeoutError):
            await session.post(f"{proxy.endpoint.base_url}/chat/completions", json=ASKED, timeout=timeout)
        assert len(provider.calls) == 0


async def test_a_slow_provider_is_asked_after_its_stall() -> None:
    """The stall is before the answer, which then is whole."""
    async with proxied(Fault(at=0, until=60, shape="slow", seconds=0.05)) as (_provider, proxy, session):
        assert (await ask(proxy, session))[0] == 200


async def test_streams_are_cut() -> None:
    """With a share of one every stream breaks off before its end."""
    long = Answer(" ".join(f"mot{i}" for i in range(200)))
    async with proxied(Fault(at=0, until=60, shape="cut", share=1.0), script=long) as (provider, proxy, session):
        with pytest.raises(aiohttp.ClientError):
            await ask(proxy, session)
        assert len(provider.calls) == 1


async def test_a_limit_of_the_rate_tells_when_to_come_back() -> None:
    """The first is passed on, the second gets 429 with retry-after, and is not."""
    limited = Fault(at=0, until=60, shape="rate-limit", rate=0.01, retry_after=7.0)
    async with proxied(limited) as (provider, proxy, session):
        assert [(await ask(proxy, session))[0] for _ in range(2)] == [200, 429]
        assert len(provider.calls) == 1


async def test_a_provider_without_capacity_refuses() -> None:
    """A capacity of nothing turns everybody away."""
    async with proxied(Fault(at=0, until=60, shape="capacity", capacity=0)) as (provider, proxy, session):
        assert (await ask(proxy, session))[0] >= 429
        assert len(provider.calls) == 0


async def test_faults_end() -> None:
    """Before it begins and after it is over a fault does nothing."""
    async with proxied(Fault(at=500, until=600, shape="down-503")) as (_provider, proxy, session):
        assert (await ask(proxy, session))[0] == 200


async def test_nothing_is_passed_on_when_the_purse_is_empty() -> None:
    """After the last call that is allowed, the provider is not asked any more."""
    purse = Purse(1, 1_000_000)
    async with proxied(purse=purse) as (provider, proxy, session):
        assert [(await ask(proxy, session))[0] for _ in range(3)] == [200, 503, 503]
        assert (len(provider.calls), purse.empty) == (1, "1 calls have been made")


async def test_a_provider_that_is_not_there_is_a_broken_connection() -> None:
    """Its own trouble is not ours: the caller sees what he would have seen."""
    async with proxied() as (provider, proxy, session):
        await provider.close_port()
        with pytest.raises(aiohttp.ClientError):
            await ask(proxy, session)
