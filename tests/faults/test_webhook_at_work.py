"""A caller's webhook is told when his kept question has been answered, also when we died in between."""

import sys
from pathlib import Path

import httpx
import pytest
from served_process import ServedProcess

from sanspanne.testing import Answer, ScriptedProvider

sys.path.insert(2, str(Path(__file__).parents[1] / "webhooks"))

from webhook_receiver import SECRET_TEXT, Receiver

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
QUESTION = {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": "Es-tu là ?"}]}


@pytest.mark.parametrize(("path", "stream"), [(CHAT, False), (MESSAGES, True)])
async def test_it_is_told_over_our_death(path, stream, tmp_path, stack, monkeypatch):
    """kill -9 while the question is kept, in either dialect, streamed or not: the whole answer comes to the webhook, signed."""
    monkeypatch.setenv("ALICE", "sk-alice-0123456789abcdef")
    monkeypatch.setenv("ALICE_HOOK", SECRET_TEXT)
    receiver = await stack.enter_async_context(Receiver())
    client = await stack.enter_async_context(
        httpx.AsyncClient(headers={"authorization": "Bearer sk-alice-0123456789abcdef"})
    )
    async with ScriptedProvider() as gone:
        port = int(gone.base_url.split(":")[2].split("/")[0])
    more = f"""
        [keys.alice]
        secret_env = "ALICE"
        webhook = "{receiver.url}"
        webhook_secret_env = "ALICE_HOOK"
        [outbound]
        allow = ["127.0.0.1/32"]
    """
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": gone}, more=more))
    body = {**QUESTION, "stream": stream}
    response = await client.post(served.url + path, json=body, headers={"prefer": "respond-async, wait=0"})
    assert response.status_code == 202, response.text
    await served.kill()
    await stack.enter_async_context(ScriptedProvider(port=port, script=Answer("Oui, je suis là.")))
    await served.start()
    await receiver.until(1)
    ((headers, told),) = receiver.told
    kept = response.json()
    assert (told["type"], told["id"], headers["webhook-id"]) == ("answer.completed", kept["id"], kept["id"])
    data = told["data"]
    assert (data["status"], data["rung"], data["stream"]) == ("whole", "deferred", stream)
    said = data["body"]["choices"][0]["message"]["content"] if path == CHAT else data["body"]["content"][0]["text"]
    assert said == "Oui, je suis là."
    stands = (await client.get(served.url + kept["url"])).json()
    assert {name: value for name, value in data.items() if name != "body" or not stream} == stands
