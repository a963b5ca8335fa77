"""`Prefer: respond-async` at the edge: who is answered as usual, who is sent away with 202, and who is refused."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from recorded_edge import CHAT, DIALECTS, Follower, Pipeline, account, body, recording
from scripted_edge import serving, until

from sanspanne.answers.kept_questions import KeptQuestions, Terms
from sanspanne.answers.sealing import Sealing
from sanspanne.errors import CallerError, ClientFault, ServerFault, Unanswered
from sanspanne.store.kept_questions import SqliteKeptQuestions
from sanspanne.store.sqlite import Database

NOBODY = Unanswered([ServerFault("refused", reason="refused")])
NOW, GLADLY = {"prefer": "respond-async, wait=0"}, {"prefer": "respond-async, wait=60"}


class Refusing(Pipeline):
    """Fails before its first word, as long as there is an `error`."""

    async def __call__(self, request, caller, answer_id, route, said=None):
        if self.error is not None:
            self.started += 1
            raise self.error
        async for batch in super().__call__(request, caller, answer_id, route, said):
            yield batch


@asynccontextmanager
async def edge(folder, pipeline, terms=None):
    """An edge that keeps questions in `folder`; None: it has no disk. Whoever rests asks again at once when `wake` is set."""
    answers, wake = recording(pipeline), asyncio.Event()

    async def sleep(seconds):
        await wake.wait()

    answers._later = type(answers._later)(sleep, lambda: 0.0)
    if folder is not None:
        store = SqliteKeptQuestions(Database(folder))
        answers.kept = KeptQuestions(store, Sealing(bytes(32)), terms or Terms(), wall=time.time, notice=pytest.fail)
    chat, messages = DIALECTS.values()
    async with serving(chat=chat, messages=messages, answers=answers) as served:
        served.wake = wake
        yield served
        await answers.close(CallerError(503, "unavailable", "over"))
    if answers.kept is not None:
        await answers.kept.close()


@pytest.mark.parametrize("stream", [True, False])
async def test_who_is_answered_in_time(stream, tmp_path):
    """An answer that begins within the caller's wait comes as usual: 200, no 202's headers, its own rung."""
    pipeline = Pipeline("Bon", "jour")
    pipeline.say_all()
    async with edge(tmp_path, pipeline) as served:
        status, headers, data = await served.ask("POST", CHAT, body(stream=stream), **GLADLY)
    assert (status, headers["x-sanspanne-rung"]) == (200, "primary")
    assert "preference-applied" not in headers
    assert b"jour" in data


async def test_who_is_answered_after_a_pause(tmp_path):
    """A caller who waits gladly gets the answer of the second try as usual."""
    pipeline = Refusing("Bonjour", error=NOBODY)
    pipeline.say_all()
    async with edge(tmp_path, pipeline) as served:
        asking = asyncio.create_task(served.ask("POST", CHAT, body(), **GLADLY))
        await until(lambda: pipeline.started)
        pipeline.error = None
        served.wake.set()
        status, headers, data = await asking
    assert (status, headers["x-sanspanne-rung"]) == (200, "primary")
    assert b"Bonjour" in data


@pytest.mark.parametrize("path", [CHAT, "/v1/messages"])
@pytest.mark.parametrize("stream", [True, False])
async def test_who_is_sent_away(path, stream, tmp_path):
    """202 and an address, for both dialects, streamed or not; when somebody is there again the answer is at that address."""
    pipeline = Refusing("Bon", "jour", error=NOBODY)
    async with edge(tmp_path, pipeline) as served:
        status, headers, data = await served.ask("POST", path, body(stream=stream, max_tokens=9), **NOW)
        kept = account(data)
        assert (status, headers["location"]) == (202, kept["url"])
        assert headers["content-type"] == "application/json"
        assert headers["x-sanspanne-answer"] == kept["id"]
        assert account((await served.ask("GET", kept["url"]))[2])["status"] == "kept"
        follower = await Follower(served).ask("GET", kept["events_url"]) if stream else None
        pipeline.error = None
        pipeline.say_all()
        served.wake.set()
        said = b"" if follower is None else await follower.rest()
        stands = {"status": "kept"}
        while stands["status"] in ("kept", "running"):
            status, headers, data = await served.ask("GET", kept["url"])
            stands = account(data)
    assert (stands["status"], stands["rung"], headers["x-sanspanne-rung"]) == ("whole", "deferred", "deferred")
    assert b"jour" in (said if stream else data)


@pytest.mark.parametrize("wish", [NOW, GLADLY])
async def test_the_requests_own_fault(wish, tmp_path):
    """What is wrong with the request itself is told at once, not kept, also to who does not want to wait at all."""
    async with edge(tmp_path, Refusing(error=ClientFault("too long", status=400))) as served:
        status, headers, _ = await served.ask("POST", CHAT, body(), **wish)
    assert status == 400
    assert "location" not in headers


async def test_a_budget_that_is_used_up(tmp_path):
    """A caller who may not ask now is told so with 429: to keep the question would not be a way round."""
    spent = CallerError(429, "rate_limit", "used up", retry_after=9.0)
    async with edge(tmp_path, Refusing(error=spent)) as served:
        status, headers, _ = await served.ask("POST", CHAT, body(), **NOW)
    assert (status, headers["retry-after"]) == (429, "9")


async def test_without_a_disk(tmp_path):
    """A preference is no demand: where nothing can be kept it is passed over, and nobody there is 503 as ever."""
    async with edge(None, Refusing(error=NOBODY)) as served:
        status, headers, _ = await served.ask("POST", CHAT, body(), **NOW)
    assert status == 503
    assert "preference-applied" not in headers


async def test_no_room_for_more(tmp_path):
    """When as many questions are kept as there is room for, the next caller is told so: 503, ask again."""
    async with edge(tmp_path, Refusing(error=NOBODY), Terms(most=1)) as served:
        assert (await served.ask("POST", CHAT, body(), **NOW))[0] == 202
        status, headers, data = await served.ask("POST", CHAT, body(), **NOW)
    assert (status, headers["retry-after"], headers["x-should-retry"]) == (503, "30", "true")
    assert "as it has room for (1)" in account(data)["error"]["message"]


async def test_who_leaves_while_he_waits(tmp_path):
    """Who hangs up before he was told where to come again has given his question up."""
    pipeline = Pipeline("never")
    async with edge(tmp_path, pipeline) as served:
        _, writer = await served.connect()
        head = f"POST {CHAT} HTTP/1.1\r\nhost: 127.0.0.1:{served.port}\r\nprefer: respond-async, wait=60\r\n"
        asked = body()
        writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(asked)}\r\n\r\n".encode() + asked)
        await until(lambda: pipeline.started)
        writer.transport.abort()
        async with asyncio.timeout(10):
            await until(lambda: pipeline.closed)


async def test_a_repetition_finds_the_same(tmp_path):
    """The same Idempotency-Key is sent to the same address as long as it is kept, and then gets the answer itself."""
    pipeline = Refusing("Bonjour", error=NOBODY)
    async with edge(tmp_path, pipeline) as served:
        first = await served.ask("POST", CHAT, body(), **NOW, idempotency_key="k")
        second = await served.ask("POST", CHAT, body(), **NOW, idempotency_key="k")
        assert first[1]["location"] == second[1]["location"]
        pipeline.error = None
        pipeline.say_all()
        served.wake.set()
        status, _, data = await served.ask("POST", CHAT, body(), **GLADLY, idempotency_key="k")
    assert status == 200
    assert b"Bonjour" in data
    assert pipeline.started == 2
