"""When nobody can answer, a caller who asked for it gets his own earlier answer to the same question, and is told so."""

from email.utils import parsedate_to_datetime

import anthropic
import httpx
import openai
import pytest
from served_process import ServedProcess

from sanspanne.testing import Answer, ScriptedProvider

EARLIER = {"x-sanspanne-earlier": "true"}
ALICE, BOB = ({"authorization": f"Bearer sk-{name}-0123456789abcdef"} for name in ("alice", "bob"))
KEYS = """
[queue]
wait = 0.5
[keys.alice]
secret_env = "ALICE"
[keys.bob]
secret_env = "BOB"
"""
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
QUESTION = {
    "model": "auto",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Ouvert le lundi, secret-91 ?"}],
}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
async def asked(tmp_path, stack, monkeypatch):
    """A service that has answered Alice's question in both dialects, and whose provider has gone."""
    monkeypatch.setenv("ALICE", "sk-alice-0123456789abcdef")
    monkeypatch.setenv("BOB", "sk-bob-0123456789abcdef")
    client = await stack.enter_async_context(httpx.AsyncClient())
    async with ScriptedProvider() as gone:
        pass
    async with ScriptedProvider(script=Answer("Oui, de 9 h à 17 h.")) as provider:
        providers = {"first": provider, "second": gone}
        served = await stack.enter_async_context(ServedProcess(tmp_path, providers, more=KEYS))
        for path in (CHAT, MESSAGES):
            response = await put(served, client, path)
            assert (response.status_code, response.headers["x-sanspanne-rung"]) == (200, "primary")
            served.first = getattr(served, "first", response.headers["x-sanspanne-answer"])
        response = await put(served, client, tools=[TOOL])
        assert response.status_code == 200
    await served.stop()  # all is written by then
    await served.start()
    return served, client


async def put(served, client, path=CHAT, headers=ALICE, wish=EARLIER, **more):
    return await client.post(served.url + path, json={**QUESTION, **more}, headers={**headers, **wish}, timeout=60)


async def test_it_is_given_again_and_dated(asked):
    """The same words, from the rung `cached`, with the date in header and body; nothing of it stands on the disk in clear."""
    served, client = asked
    for path, more in ((CHAT, {"user": "somebody"}), (MESSAGES, {"metadata": {"user_id": "somebody"}})):
        response = await put(served, client, path, **more)
        assert response.status_code == 200, response.text
        assert response.headers["x-sanspanne-rung"] == "cached"
        assert response.headers["x-sanspanne-target"] == "first/gpt-4o"
        at = parsedate_to_datetime(response.headers["x-sanspanne-answered-at"]).timestamp()
        body = response.json()
        assert body["sanspanne"] == {"rung": "cached", "answered_at": int(at)}
        said = body["choices"][0]["message"]["content"] if path == CHAT else body["content"][0]["text"]
        assert said == "Oui, de 9 h à 17 h."
    files = [file.read_bytes() for file in (served.folder / "data").rglob("*") if file.is_file()]
    assert not any(b"de 9 h" in data or b"secret-91" in data for data in files)


async def test_streamed_it_is_a_proper_stream(asked):
    """The official clients read it as a stream like any other, though the question was put without one before."""
    served, _ = asked
    client = openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="sk-alice-0123456789abcdef", max_retries=0)
    stream = await client.chat.completions.create(**QUESTION, stream=True, extra_headers=EARLIER)
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Oui, de 9 h à 17 h."
    assert [chunk.sanspanne["rung"] for chunk in chunks if hasattr(chunk, "sanspanne")] == ["cached"]
    assert chunks[-1].choices[0].finish_reason == "stop"
    other = anthropic.AsyncAnthropic(base_url=served.url, api_key="sk-alice-0123456789abcdef", max_retries=0)
    async with other.messages.stream(**QUESTION, extra_headers=EARLIER) as stream:
        message = await stream.get_final_message()
    assert (message.content[0].text, message.stop_reason) == ("Oui, de 9 h à 17 h.", "end_turn")


OTHERS = {
    "another key": {"headers": BOB},
    "not asked for": {"wish": {}},
    "another question": {"temperature": 0.5},
    "with tools": {"tools": [TOOL]},
    "its provider left out": {"wish": {**EARLIER, "x-sanspanne-allow": "second"}},
}


async def test_who_does_not_get_it(asked):
    """Another key, who did not ask for it, another question, tools, a provider that is left out: 503 as ever."""
    served, client = asked
    for why, other in OTHERS.items():
        response = await put(served, client, **other)
        assert response.status_code == 503, why
        assert "x-sanspanne-answered-at" not in response.headers


async def test_it_can_be_forgotten(asked):
    """DELETE of the answer forgets also what was kept of it for this."""
    served, client, first = *asked, asked[0].first
    given = await put(served, client)
    assert given.status_code == 200
    missing = served.url + "/v1/answers/" + given.headers["x-sanspanne-answer"]
    assert (await client.delete(missing, headers=ALICE)).status_code == 410  # what was given again is not kept anew
    assert (await client.delete(f"{served.url}/v1/answers/{first}", headers=BOB)).status_code == 410
    assert (await put(served, client)).status_code == 200
    assert (await client.delete(f"{served.url}/v1/answers/{first}", headers=ALICE)).status_code == 204
    assert (await put(served, client)).status_code == 503
