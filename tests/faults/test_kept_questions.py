"""A question that nobody can answer in time is kept, over our own death too, and answered when somebody can."""

import asyncio

import httpx
import pytest
from served_process import ServedProcess

from sanspanne.testing import Answer, ScriptedProvider

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
QUESTION = {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": "Es-tu là, secret-7f ?"}]}
LATER = {"prefer": "respond-async, wait=0"}
ONE = [{"ends": "stop", "in": CHAT}]


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


def text_in(path, body):
    return body["choices"][0]["message"]["content"] if path == CHAT else body["content"][0]["text"]


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
    assert (stands["status"], stands["position"], stands["expires"]) == ("kept", 2, second["expires"])
    assert (await client.delete(served.url + told["url"])).status_code == 204
    assert (await client.get(served.url + second["url"])).json()["position"] == 1
    assert (await client.get(served.url + told["url"])).status_code == 410


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_a_kept_question_outlives_us(path, tmp_path, stack):
    """kill -9 while it is kept, in either dialect: the next life answers it, says its rung, and keeps it over a death too."""
    provider, port = await down(stack)
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    told = (await put(served, client, path)).json()
    await served.kill()
    assert not [file for file in (tmp_path / "data").rglob("*") if file.is_file() and b"secret-7f" in file.read_bytes()]
    await stack.enter_async_context(ScriptedProvider(port=port, script=Answer("Oui, je suis là.")))
    await served.start()
    response = await account(served, client, told, "whole")
    stands = response.json()
    assert text_in(path, stands["body"]) == "Oui, je suis là."
    assert (stands["rung"], stands["target"]) == ("deferred", "first/gpt-4o")
    assert response.headers["x-sanspanne-rung"] == "deferred"
    assert await served.stop() == 0
    await served.start()
    again = (await client.get(served.url + told["url"])).json()
    assert again == stands
