"""A kept question and the budget of its key: while it waits it uses nothing, and its budget applies when it is answered."""

import asyncio

from conftest_faults import question, serving
from msgspec import json

from sanspanne.answers.later import Later
from sanspanne.answers.question import Question, hashed
from sanspanne.answers.route import Caller
from sanspanne.testing import Answer, ScriptedProvider

BODY = json.encode({"model": "auto", "messages": [{"role": "user", "content": "Bonjour ?"}]})


async def test_it_waits_for_its_budget_too(tmp_path, stack):
    """Asked again and again it counts as nothing; when its turn comes and the budget is used up it waits for that as well."""
    wake = asyncio.Event()

    async def pause(seconds):
        await wake.wait()
        wake.clear()

    async with ScriptedProvider() as gone:
        port = int(gone.base_url.split(":")[2].split("/")[0])
    quotas = {"requests_per_day": 1, "streams": 1}
    service = await stack.enter_async_context(serving(tmp_path, {"first": gone}, quotas=quotas))
    service.answers._later = Later(pause, lambda: 0.5)
    service.remember()
    asked = Question(question(stream=False), Caller("app", kept=True), BODY, hashed("openai_chat", BODY))
    answer = await service.answers.record(asked)
    assert not await answer.begins(0.0)
    await service.answers.defer(answer)
    for _ in range(5):  # by then it rests, or stands in line for a target that is out
        wake.set()
        await asyncio.sleep(0.02)
    async with asyncio.timeout(10):  # unless one of its turns lasts just now
        while any(use.used for use in service.entrance.quotas.left("app")):
            await asyncio.sleep(0.001)
    service.entrance.quotas.enter("app", "another", 1)  # so there is room for another one; and then for nothing more
    await stack.enter_async_context(ScriptedProvider(port=port, script=Answer("Oui.")))
    for _ in range(5):
        wake.set()
        await asyncio.sleep(0.01)
    assert answer.status == "kept"
    service.entrance.quotas.withdraw("another")
    async with asyncio.timeout(20):
        while answer.status != "whole":
            wake.set()
            await asyncio.sleep(0.01)
    (requests, streams) = (use.used for use in service.entrance.quotas.left("app"))
    assert (requests, streams) == (1, 0)
