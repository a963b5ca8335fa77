"""A question that nobody can answer in time is kept, over our own death too, and answered when somebody can."""

import asyncio
import itertools

import httpx
from served_process import ServedProcess, numbers, whole_events

from sanspanne.chat import Ended, TextDelta
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.testing import Answer, Continuing, ScriptedProvider, unworded

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
QUESTION = {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": "Es-tu là, secret-7f ?"}]}
LATER = {"prefer": "respond-async, wait=0"}
TEXT = (
    "Une panne commence rarement par un grand bruit. D'abord une requête tarde, puis une autre, et personne n'y pense. "
    * 4
)


def port_of(provider):
    return int(provider.base_url.split(":")[2].split("/")[0])


async def down(stack):
    """A provider that has gone, and the port at which it may come back."""
    async with ScriptedProvider("openai") as provider:
        port = port_of(provider)
    return provider, port


async def put(served, client, path=CHAT, stream=False, **headers):
    """Put a question that nobody can answer: what the caller is told."""
    response = await client.post(served.url + path, json={**QUESTION, "stream": stream}, headers={**LATER, **headers})
    assert response.status_code == 202, response.text
    return response


async def account(served, client, told, *statuses):
    """How it stands, once it is one of `statuses`."""
    async with asyncio.timeout(30):
        while True:
            response = await client.get(served.url + told["url"])
            if response.status_code != 200 or response.json()["status"] in statuses:
                return response
            await asyncio.sleep(0.02)


async def test_what_the_caller_is_told(tmp_path, stack):
    """202 with the address of the answer, and all that a client needs to come again; meanwhile it is said to be kept."""
    provider, _ = await down(stack)
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    response = await put(served, client)
    told = response.json()
    assert response.headers["location"] == told["url"] == f"/v1/answers/{told['id']}"
    assert response.headers["preference-applied"] == "respond-async"
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert (told["object"], told["status"], told["model"]) == ("answer", "kept", "auto")
    assert told["events_url"] is None
    assert told["expires"] == told["created"] + 24 * 3600
    second = (await put(served, client, stream=True)).json()
    assert second["events_url"] == f"{second['url']}/events"
    stands = (await client.get(served.url + second["url"])).json()
    assert (stands["status"], stands["expires"]) == ("kept", second["expires"])
    assert stands["position"] in (1, 2)  # the first one may rest, and then does not stand in line
    assert (await client.delete(served.url + told["url"])).status_code == 204
    assert (await client.get(served.url + second["url"])).json()["position"] == 1
    assert (await client.get(served.url + told["url"])).status_code == 410


async def test_a_kept_question_outlives_us(tmp_path, stack):
    """kill -9 while it is kept: the next life answers it, says its rung, and keeps it over a death too."""
    provider, port = await down(stack)
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    told = (await put(served, client, MESSAGES)).json()
    await served.kill()
    assert not [file for file in (tmp_path / "data").rglob("*") if file.is_file() and b"secret-7f" in file.read_bytes()]
    await stack.enter_async_context(ScriptedProvider(port=port, script=Answer("Oui, je suis là.")))
    await served.start()
    response = await account(served, client, told, "whole")
    stands = response.json()
    assert stands["body"]["content"][0]["text"] == "Oui, je suis là."
    assert (stands["rung"], stands["target"]) == ("deferred", "first/gpt-4o")
    assert response.headers["x-sanspanne-rung"] == "deferred"
    assert await served.stop() == 0
    await served.start()
    again = (await client.get(served.url + told["url"])).json()
    assert again == stands


async def test_it_is_followed_while_it_waits(tmp_path, stack):
    """Its events can be followed from the first moment, over our orderly end, and by a kill -9 in mid-answer; each comes once."""
    provider, port = await down(stack)
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    told = (await put(served, client, stream=True)).json()
    async with client.stream("GET", served.url + told["events_url"]) as response:
        assert response.status_code == 200
        assert await served.stop() == 0
        assert b"shutting down" in await response.aread()
    script = Continuing(TEXT, numbers=itertools.count(1), sizes=(6, 14), gap=0.005)
    await stack.enter_async_context(ScriptedProvider(port=port, script=script))
    await served.start()
    seen = b""
    async with client.stream("GET", served.url + told["events_url"]) as response:
        async for piece in response.aiter_raw():
            seen += piece
            if len(numbers(seen)) > 10:
                break
    await served.kill()
    await served.start()
    seen = whole_events(seen)
    rest = await served.events(client, numbers(seen)[-1], told["id"])
    assert numbers(seen + rest) == list(range(1, numbers(rest)[-1] + 1))
    events = [event for frame in OPENAI_CHAT.reader().feed(seen + rest) for event in frame.events]
    assert unworded("".join(event.text for event in events if isinstance(event, TextDelta))) == TEXT
    assert isinstance(events[-1], Ended)
    stands = (await account(served, client, told, "whole")).json()
    assert stands["rung"] == "deferred"


async def test_who_did_not_ask_for_it(tmp_path, stack):
    """Without `Prefer: respond-async` nobody is sent away with 202: 503 and when to ask again."""
    provider, _ = await down(stack)
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}, more="[queue]\nwait = 0.2"))
    for headers in ({}, {"prefer": "wait=0"}, {"prefer": "return=minimal"}, {"x-sanspanne-detach": "true"}):
        response = await client.post(served.url + CHAT, json=QUESTION, headers=headers)
        assert response.status_code == 503, response.text
        assert "location" not in response.headers
        assert "error" in response.json()
