"""Our own death: what was shown of a detached answer is gone on with by the next life, without a gap and without a repetition."""

import asyncio
import itertools
import sqlite3
from contextlib import closing

import httpx
import pytest
from served_process import ServedProcess, numbers, whole_events

from sanspanne.chat import Begun, Ended, TextDelta
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.testing import Answer, Continuing, Hang, ScriptedProvider, unworded

TEXT = (
    "Une panne commence rarement par un grand bruit. D'abord une requête tarde, puis une autre, et personne n'y prend garde. "
    "Ensuite les files d'attente grandissent, les clients insistent, et ce qui restait debout fléchit sous leur nombre. "
    "Il faut alors savoir refuser, attendre un peu, et recommencer doucement, sans jamais perdre ce qui a déjà été dit. "
) * 2
PATHS = {
    "/v1/chat/completions": (OPENAI_CHAT, {"model": "auto", "stream": True}),
    "/v1/messages": (ANTHROPIC_MESSAGES, {"model": "auto", "stream": True, "max_tokens": 4000}),
}
QUESTION = {"messages": [{"role": "user", "content": "Qu'est-ce qu'une panne ?"}]}


def talker(kind="openai", gap=0.005):
    """A provider that words each call differently, so that only what was journalled can match."""
    return ScriptedProvider(kind, script=Continuing(TEXT, numbers=itertools.count(1), sizes=(6, 14), gap=gap))


def read(dialect, data):
    """The text of a stream, and whether it says that it is whole."""
    events = [event for frame in dialect.reader().feed(data) for event in frame.events]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    return text, any(isinstance(event, Ended) for event in events)


@pytest.mark.parametrize(("path", "moment"), [*itertools.product(PATHS, (1, 20)), ("/v1/chat/completions", 55)])
async def test_a_detached_answer_outlives_us(path, moment, tmp_path, stack):
    """kill -9 after some events: the attached caller sees no end; the next life gives him the rest, each event once."""
    dialect, fields = PATHS[path]
    provider = await stack.enter_async_context(talker())
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    before = await served.ask(client, {**fields, **QUESTION}, path, until=lambda data: len(numbers(data)) >= moment)
    await served.kill()
    before = whole_events(before)
    assert not read(dialect, before)[1]
    await served.start()
    rest = await served.events(client, numbers(before)[-1])
    seen = numbers(before + rest)
    assert seen == list(range(1, len(seen) + 1))
    text, whole = read(dialect, before + rest)
    assert whole
    assert unworded(text) == TEXT
    assert {"₁", "₂"} <= set(text)  # two calls have said it
    assert numbers(await served.events(client, 0)) == seen


async def test_sigterm_hands_answers_to_the_next_life(tmp_path, stack):
    """After the drain an attached caller is told in-band that the server stops, and the next life finishes his answer."""
    provider = await stack.enter_async_context(talker(gap=0.05))
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    body = {**PATHS["/v1/chat/completions"][1], **QUESTION}
    stopping = []

    def stop_after_some(data):
        if not stopping and len(numbers(data)) >= 5:
            stopping.append(asyncio.create_task(served.stop()))
        return False

    before = await served.ask(client, body, until=stop_after_some)
    assert await stopping[0] == 0
    assert b"shutting down" in before
    assert not read(OPENAI_CHAT, before)[1]
    await served.start()
    rest = await served.events(client, numbers(before)[-1])
    told = before.index(b'data: {"error"')
    text, whole = read(OPENAI_CHAT, before[:told] + rest)
    assert whole
    assert unworded(text) == TEXT


async def test_a_provider_that_comes_back_after_us(tmp_path, stack):
    """When nobody can be reached at our restart, the answer waits, and is finished as soon as its provider is there again."""
    dialect, fields = PATHS["/v1/chat/completions"]
    client = await stack.enter_async_context(httpx.AsyncClient())
    async with talker() as provider:
        served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
        before = await served.ask(client, {**fields, **QUESTION}, until=lambda data: len(numbers(data)) >= 5)
        await served.kill()
        port = int(provider.base_url.split(":")[2].split("/")[0])
    before = whole_events(before)
    await served.start()
    rest = asyncio.create_task(served.events(client, numbers(before)[-1]))
    account = f"{served.url}/v1/answers/{served.answer_id}"
    async with asyncio.timeout(20):
        while (await client.get(account)).json()["attempts"] < 2:  # the first one was the earlier life's
            await asyncio.sleep(0.01)
    assert (await client.get(account)).json()["status"] == "running"
    script = Continuing(TEXT, numbers=itertools.count(2), sizes=(6, 14), gap=0)
    await stack.enter_async_context(ScriptedProvider(script=script, port=port))
    text, whole = read(dialect, before + await rest)
    assert whole
    assert unworded(text) == TEXT


async def test_what_was_over_can_still_be_followed(tmp_path, stack):
    """An answer that ended before our death is given again byte for byte, also by its own id; a forgotten one stays so."""
    provider = await stack.enter_async_context(talker(gap=0))
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    body = {**PATHS["/v1/chat/completions"][1], **QUESTION}
    forgotten = await served.ask(client, body, until=lambda data: False)
    assert (await client.delete(f"{served.url}/v1/answers/{served.answer_id}")).status_code == 204
    gone, data = served.answer_id, await served.ask(client, body, until=lambda data: False)
    await served.kill()
    await served.start()
    own = next(e.id for f in OPENAI_CHAT.reader().feed(data) for e in f.events if isinstance(e, Begun))
    assert own.startswith("chatcmpl-")
    for name in (served.answer_id, own):
        assert await served.events(client, 0, name) == data
        assert await served.events(client, 7, name) == data[data.index(b"id: 8\n") :]
    assert forgotten != data
    assert (await client.get(f"{served.url}/v1/answers/{gone}/events")).status_code == 410
    assert len(provider.calls) == 2


async def test_an_answer_in_one_piece_starts_afresh(tmp_path, stack):
    """Of an answer that was to come in one piece nobody has seen anything: the next life asks again, and keeps its body."""
    provider = await stack.enter_async_context(ScriptedProvider(script=[Hang(), Answer("Tout va bien.")]))
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    asking = asyncio.create_task(
        client.post(
            f"{served.url}/v1/chat/completions",
            json={"model": "auto", **QUESTION},
            headers={"x-sanspanne-detach": "true", "idempotency-key": "k-1"},
        )
    )
    while not provider.calls:
        await asyncio.sleep(0.01)
    await served.kill()
    with pytest.raises(httpx.TransportError):
        await asking
    await served.start()
    again = await client.post(
        f"{served.url}/v1/chat/completions",
        json={"model": "auto", **QUESTION},
        headers={"x-sanspanne-detach": "true", "idempotency-key": "k-1"},
    )
    assert again.json()["choices"][0]["message"]["content"] == "Tout va bien."
    assert len(provider.calls) == 2
    account = (await client.get(f"{served.url}/v1/answers/{again.headers['x-sanspanne-answer']}")).json()
    assert (account["status"], account["body"]) == ("whole", again.json())


async def test_what_was_paid_is_not_paid_again(tmp_path, stack):
    """A whole answer is given again for its Idempotency-Key after kill -9, though it was not detached."""
    provider = await stack.enter_async_context(talker(gap=0))
    client = await stack.enter_async_context(httpx.AsyncClient())
    served = await stack.enter_async_context(ServedProcess(tmp_path, {"first": provider}))
    body = {**PATHS["/v1/chat/completions"][1], **QUESTION}
    keyed = {"headers": {"idempotency-key": "k-2", "x-sanspanne-detach": "false"}, "until": lambda data: False}
    first = await served.ask(client, body, **keyed)
    database = tmp_path / "data" / "sanspanne.sqlite3"
    async with asyncio.timeout(10):
        while not kept_answers(database):
            await asyncio.sleep(0.01)
    said = b"chat.completion.chunk"
    assert said in first
    assert not [path for path in database.parent.rglob("*") if path.is_file() and said in path.read_bytes()]
    await served.kill()
    await served.start()
    assert await served.ask(client, body, **keyed) == first
    assert len(provider.calls) == 1


def kept_answers(database):
    """How many answers the database has."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT count(*) FROM kept_answers").fetchone()[0]
