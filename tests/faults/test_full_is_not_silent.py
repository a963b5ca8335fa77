"""A provider that queues is full, and not silent: who has been patient is served."""

import asyncio

from conftest_faults import ask, serving

from sanspanne.attempts.clocks import ENOUGH
from sanspanne.testing import Answer, Capacity, ScriptedProvider


async def test_who_waits_in_a_providers_queue_is_not_given_up(tmp_path, stack):
    """While a provider gives others their first words, nobody is given up for having learnt that it is usually quicker."""
    provider = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("ok")))
    service = await stack.enter_async_context(serving(tmp_path, {"first": provider}))
    for _ in range(ENOUGH):
        await ask(service)
    provider.capacity = Capacity(1, "queue", service_time=0.2)
    outcomes = await asyncio.gather(*(ask(service) for _ in range(6)))  # the last one's first word comes after 1.2 s
    assert [outcome.text for outcome in outcomes] == ["ok"] * 6
    assert len(provider.calls.chats) == ENOUGH + 6
