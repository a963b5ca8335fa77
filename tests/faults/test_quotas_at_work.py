"""Quotas of a whole server, as the official clients and a killed process meet them."""

import asyncio
import hashlib

import anthropic
import httpx
import openai
import pytest
from conftest_faults import ask as asked
from conftest_faults import question, serving
from msgspec.structs import replace
from served_process import ServedProcess

from sanspanne.keys import create, limit
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_keys import SqliteKeyStore
from sanspanne.testing import Answer, ScriptedProvider, Stall

SECRET = "sk-quotas-at-work"
KEY = f'[keys.app]\nsha256 = "{hashlib.sha256(SECRET.encode()).hexdigest()}"\n'
PRICES = '[prices."a/gpt-4o"]\ninput = 1_000_000\noutput = 1_000_000\n'  # dollars per million: one for a token
QUESTION = [{"role": "user", "content": "Why is the sky blue?"}]
BODY = {"model": "auto", "messages": QUESTION, "stream": True}


def openai_client(server, secret=SECRET, **more):
    return openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key=secret, max_retries=0, **more)


async def ask(client):
    return await client.chat.completions.create(model="auto", messages=QUESTION)


async def refusal(client):
    """Asks until it is refused; how."""
    async with asyncio.timeout(30):
        while True:
            try:
                await ask(client)
            except openai.RateLimitError as refused:
                return refused


@pytest.fixture
async def provider(stack):
    """A provider that answers."""
    return await stack.enter_async_context(ScriptedProvider("openai", script=Answer("It scatters.")))


async def test_openai_client_is_told_of_its_limit(stack, tmp_path, provider):
    """Answers carry what is left in OpenAI's names; beyond it the client raises RateLimitError with all that helps."""
    limits = "requests_per_minute = 2\ntokens_per_day = 100000\n"
    server = await stack.enter_async_context(ServedProcess(tmp_path, {"a": provider}, more=KEY + limits))
    client = await stack.enter_async_context(openai_client(server))
    heads = []
    for stream in (False, True):
        raw = await client.chat.completions.with_raw_response.create(model="auto", messages=QUESTION, stream=stream)
        heads.append(raw.headers)
        if stream:
            async for _ in raw.parse():
                pass
    assert [head["x-ratelimit-limit-requests"] for head in heads] == ["2", "2"]
    assert [head["x-ratelimit-remaining-requests"] for head in heads] == ["1", "0"]
    assert 0 < int(heads[1]["x-ratelimit-remaining-tokens"]) < 100_000
    assert heads[0]["x-ratelimit-reset-requests"].endswith("s")
    with pytest.raises(openai.RateLimitError) as refused:
        await ask(client)
    assert refused.value.code == "quota_requests_per_minute"
    assert 'The key "app" has used 2 of its 2 requests per minute.' in refused.value.message
    assert "under [keys.app]: requests_per_minute = 4" in refused.value.message
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 30
    assert "x-should-retry" not in refused.value.response.headers
    assert len(provider.calls) == 2


async def test_anthropic_client_is_told_of_its_limit(stack, tmp_path, provider):
    """The same in Anthropic's words; a limit that resets tomorrow is not worth a retry."""
    limits = "requests_per_day = 1\n"
    server = await stack.enter_async_context(ServedProcess(tmp_path, {"a": provider}, more=KEY + limits))
    client = anthropic.AsyncAnthropic(base_url=server.url, api_key=SECRET, max_retries=0)
    await stack.enter_async_context(client)
    raw = await client.messages.with_raw_response.create(model="auto", messages=QUESTION, max_tokens=50)
    assert raw.headers["anthropic-ratelimit-requests-limit"] == "1"
    assert raw.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert raw.headers["anthropic-ratelimit-requests-reset"].endswith("T00:00:00Z")
    with pytest.raises(anthropic.RateLimitError, match="has used 1 of its 1 requests per day") as refused:
        await client.messages.create(model="auto", messages=QUESTION, max_tokens=50)
    assert refused.value.response.json()["error"]["type"] == "rate_limit_error"
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert refused.value.response.headers["retry-after"] == "60"


async def test_joining_an_answer_costs_nothing(stack, tmp_path, provider):
    """The same question under the same Idempotency-Key is one request, however often it is asked."""
    limits = "requests_per_day = 1\n"
    server = await stack.enter_async_context(ServedProcess(tmp_path, {"a": provider}, more=KEY + limits))
    headers = {"Idempotency-Key": "once"}
    client = await stack.enter_async_context(openai_client(server, default_headers=headers))
    texts = [(await ask(client)).choices[0].message.content for _ in range(3)]
    assert texts == ["It scatters."] * 3


async def test_caller_who_leaves_gives_his_place_back(stack, tmp_path):
    """Of a key with one answer at once, the next passes as soon as the first caller has left."""
    provider = await stack.enter_async_context(ScriptedProvider("openai", script=Stall(after=2)))
    server = await stack.enter_async_context(ServedProcess(tmp_path, {"a": provider}, more=KEY + "streams = 1\n"))
    http = await stack.enter_async_context(httpx.AsyncClient(headers={"authorization": f"Bearer {SECRET}"}, timeout=30))
    url = f"{server.url}/v1/chat/completions"
    async with http.stream("POST", url, json=BODY) as first:
        assert first.status_code == 200
        refused = await http.post(url, json=BODY)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "quota_streams")
    status = 429
    while status == 429:
        async with http.stream("POST", url, json=BODY) as again:
            status = again.status_code
    assert status == 200


async def test_budget_survives_kill_9(stack, tmp_path, provider):
    """What was spent before kill -9 counts after it, at the prices of its time: the month's money is not there twice."""
    more = KEY + "dollars_per_month = 1\n" + PRICES
    server = await stack.enter_async_context(ServedProcess(tmp_path, {"a": provider}, more=more))
    client = await stack.enter_async_context(openai_client(server))
    before = await refusal(client)
    await server.kill()
    config = tmp_path / "sanspanne.toml"
    config.write_text(config.read_text().replace(PRICES, ""))  # what is asked in the second life has no price
    await server.start()
    after = await refusal(client)
    assert before.code == after.code == "quota_dollars_per_month"
    assert before.message.partition(" There is room")[0] == after.message.partition(" There is room")[0]


async def test_running_server_notices_new_limits(stack, tmp_path, provider):
    """Limits that the command line gives to a key of the store hold in a running server."""
    server = await stack.enter_async_context(ServedProcess(tmp_path, {"a": provider}))
    store = SqliteKeyStore(Database(tmp_path / "data"))
    client = await stack.enter_async_context(openai_client(server, create(store, "laptop", 0.0).secret))
    await ask(client)
    limit(store, "laptop", None, lambda limits: replace(limits, requests_per_day=1))
    refused = await refusal(client)
    assert refused.code == "quota_requests_per_day"
    assert "sanspanne keys limit laptop --requests-per-day 2" in refused.message


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
async def test_without_limits_nothing_is_said_of_them(stack, tmp_path, provider, path):
    """A caller without limits gets no header about any."""
    server = await stack.enter_async_context(ServedProcess(tmp_path, {"a": provider}))
    http = await stack.enter_async_context(httpx.AsyncClient())
    response = await http.post(server.url + path, json={"model": "auto", "messages": QUESTION, "max_tokens": 50})
    assert response.status_code == 200
    assert not [name for name in response.headers if "ratelimit" in name]


async def test_attachment_is_reckoned_by_its_answer(stack, tmp_path, provider):
    """A picture's bytes are not taken for tokens: the second one passes too, where as much text would have to wait."""
    picture, text = question(needs={"images": "messages[0]"}), question()
    picture.size = text.size = 1_000_000
    async with serving(tmp_path, {"a": provider}, quotas={"tokens_per_day": 10_000}) as service:
        assert [(await asked(service, picture)).whole for _ in range(2)] == [True, True]
        refused = await asked(service, text)
    assert refused.error.code == "quota_tokens_per_day"
