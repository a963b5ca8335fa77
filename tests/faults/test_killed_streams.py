"""A first target that kills three of ten streams: nobody loses a word, and nobody pays for it. (Times: benchmarks.killed.)"""

import asyncio

from benchmarks.killed import CALLS, INTACT, SHARE, Killing, text_for
from conftest_faults import ask, question, serving

from sanspanne.chat import Message, Text
from sanspanne.testing import Continuing, ScriptedProvider

REQUESTS, AT_ONCE = 400, 8
PROBES = {"probes": {"every_min": 0.05, "every_max": 0.1}}


async def test_most_answers_survive_and_cost_little(tmp_path, stack):
    """Of 400 answers 99 % are whole and exact, and one costs at most 1.35 upstream calls, probes included."""
    answer = Continuing(text_for)
    first = await stack.enter_async_context(ScriptedProvider("openai", script=Killing(answer, SHARE)))
    second = await stack.enter_async_context(ScriptedProvider("gemini", script=answer))
    service = await stack.enter_async_context(serving(tmp_path, {"first": first, "second": second}, **PROBES))
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number):
        asked = f"question {number}"
        async with room:
            outcome = await ask(service, question(messages=(Message("user", (Text(asked),)),)))
        return outcome.whole and outcome.text == text_for(asked) and all(s.exact for s in outcome.route.seams)

    intact = await asyncio.gather(*(one(number) for number in range(REQUESTS)))
    assert sum(intact) >= INTACT * REQUESTS
    assert len(first.calls.chats) + len(second.calls.chats) <= CALLS * REQUESTS
    assert len(first.calls.chats) > REQUESTS / 2
