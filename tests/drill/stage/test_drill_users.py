"""The users of a drill: what becomes of each, how his client tries again, and that they never wait for one another."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import aiohttp.test_utils
import aiohttp.web
import pytest

from sanspanne.drill.questions import Question
from sanspanne.drill.result import Asked
from sanspanne.drill.stage.load import Crowd
from sanspanne.drill.stage.playing import Cutting, Speaking
from sanspanne.drill.stage.retrying import asks_again, pause
from sanspanne.drill.stage.user import Door
from sanspanne.testing import Break, Fail, Hang, Only, Refuse, Reply, Script, ScriptedProvider, Stage

SHORT = b'{"choices":[{"message":{"content":"SAID"},"finish_reason":"stop"}]}'


class Says(Script):
    """One response as it is given."""

    def __init__(self, status: int, body: bytes, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply = Reply(status, body, {"content-type": "application/json", **named})

    async def play(self, stage: Stage) -> None:
        await stage.reply(self.reply)


class Time:
    """A clock that only the users' own pauses move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds
        if seconds:
            self.pauses.append(seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def served(answer: Any) -> AsyncIterator[str]:
    """A server that answers so; its address."""
    server = aiohttp.test_utils.RawTestServer(answer)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """What the users share."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        yield session


def question(number: int = 1, **wishes: Any) -> Question:
    """One question of twenty words."""
    return Question(number, 0.0, "app", 20, 0.6, **wishes)


async def become(
    session: aiohttp.ClientSession, script: Script | Sequence[Script], asked: Question | None = None, **door: Any
) -> tuple[Asked, Time, ScriptedProvider]:
    """What becomes of a user at a provider that plays this."""
    time = Time()
    async with ScriptedProvider("openai", script=script) as provider:
        crowd = Crowd([asked or question()], Door(provider.base_url, "m", **door), session, time, time.sleep)
        await crowd.ask()
        await crowd.collect(5.0)
    return crowd.asked[0], time, provider


async def test_a_whole_answer_is_whole(session: aiohttp.ClientSession) -> None:
    """Streamed or in one body, it is the right one, and the time of its first word is known."""
    for stream in (True, False):
        asked, _, _ = await become(session, Speaking(0.0, 0.0), question(stream=stream))
        assert (asked.state, asked.wrong, asked.truncated, asked.calls, asked.status) == ("whole", False, False, 1, 200)
        assert asked.first is not None
        assert asked.ended is not None


@pytest.mark.parametrize("how", ["reset", "close", "half_chunk"])
async def test_a_stream_that_breaks_is_broken(session: aiohttp.ClientSession, how: Any) -> None:
    """After its first word nobody's client tries again by itself."""
    asked, _, _ = await become(session, Break(how, after=5, answer=Speaking(0.0, 0.0)))
    assert (asked.state, asked.calls, asked.reason) == ("broken", 1, "connection")


async def test_a_beginning_that_is_called_whole_is_noticed(session: aiohttp.ClientSession) -> None:
    """With a stop reason and the end, but without its last words, an answer is truncated, and so not whole."""
    asked, _, _ = await become(session, Says(200, SHORT.replace(b"SAID", b"1.0 n'est")), question(stream=False))
    assert (asked.state, asked.truncated, asked.wrong) == ("broken", True, False)


async def test_a_foreign_answer_is_wrong(session: aiohttp.ClientSession) -> None:
    """Another question's answer, or one said twice, is not the one that was to come."""
    asked, _, _ = await become(session, Says(200, SHORT.replace(b"SAID", b"2.0 n'est")), question(stream=False))
    assert (asked.state, asked.wrong) == ("whole", True)


async def test_an_empty_stream_is_refused(session: aiohttp.ClientSession) -> None:
    """An end without a word is no answer."""
    asked, _, _ = await become(session, Only("end"))
    assert (asked.state, asked.first) == ("refused", None)


async def test_errors_are_tried_again_twice(session: aiohttp.ClientSession) -> None:
    """Three calls, pauses of half a second and a second less a quarter at most, and the error's own code in the end."""
    asked, time, provider = await become(session, Fail("overloaded"))
    assert (asked.state, asked.calls, asked.status, asked.reason) == ("refused", 3, 503, "server_is_overloaded")
    assert len(provider.calls.chats) == 3
    assert 0.375 <= time.pauses[0] <= 0.5
    assert 0.75 <= time.pauses[1] <= 1.0


async def test_what_the_server_says_of_trying_again_is_obeyed(session: aiohttp.ClientSession) -> None:
    """`retry-after` is waited for, and `x-should-retry: false` ends it at once."""
    _, time, _ = await become(session, [Fail("rate_limited", retry_after=7), Speaking(0.0, 0.0)])
    assert time.pauses == [7.0]
    asked, time, _ = await become(session, Says(503, b'{"error":{"code":"queue_full"}}', x_should_retry="false"))
    assert (asked.state, asked.calls, asked.reason, time.pauses) == ("refused", 1, "queue_full", [])


async def test_a_connection_that_is_refused_is_tried_again(session: aiohttp.ClientSession) -> None:
    """Who reaches nobody tries again, and may find somebody."""
    asked, _, _ = await become(session, [Refuse(), Refuse(), Speaking(0.0, 0.0)])
    assert (asked.state, asked.calls) == ("whole", 3)
    asked, _, _ = await become(session, Refuse())
    assert (asked.state, asked.calls, asked.status, asked.reason) == ("refused", 3, 0, "connection")


async def test_patience_ends(session: aiohttp.ClientSession) -> None:
    """Who gets nothing leaves when his patience ends."""
    asked, _, provider = await become(session, Hang(), patience=0.2)
    assert (asked.state, asked.ended, asked.first) == ("left", None, None)
    assert len(provider.calls) == 1


async def test_users_do_not_wait_for_one_another(session: aiohttp.ClientSession) -> None:
    """An open loop: while nobody is answered, all others come in their time."""
    time = Time()
    questions = [Question(number, float(number), "app", 20, 0.6) for number in range(5)]
    async with ScriptedProvider("openai", script=Hang()) as provider:
        crowd = Crowd(questions, Door(provider.base_url, "m", patience=60.0), session, time, time.sleep)
        asking = asyncio.create_task(crowd.ask())
        await provider.calls.wait_for(5)
        assert (crowd.waiting, [asked.at for asked in crowd.asked]) == (5, [0.0, 1.0, 2.0, 3.0, 4.0])
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def test_a_kept_question_is_come_by_for(session: aiohttp.ClientSession) -> None:
    """After a 202 its user asks every second how it stands, and the time is noted when it is whole."""
    stands = [b'{"status":"kept"}', b'{"status":"running"}', b'{"status":"whole"}']

    async def answer(request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        if request.method == "POST":
            assert request.headers["prefer"] == "respond-async"
            return aiohttp.web.Response(status=202, headers={"x-sanspanne-answer": "ans_1"})
        assert request.path == "/v1/answers/ans_1"
        return aiohttp.web.Response(body=stands.pop(0))

    time = Time()
    async with served(answer) as url:
        crowd = Crowd([question(kept=True)], Door(f"{url}/v1", "m"), session, time, time.sleep)
        await crowd.ask()
        await crowd.collect(5.0)
    assert (crowd.asked[0].state, crowd.asked[0].kept_until, time.pauses) == ("kept", 2.0, [1.0, 1.0])


async def test_a_detached_answer_is_followed_where_it_broke(session: aiohttp.ClientSession) -> None:
    """From the last event on, over a server that is away for a moment, until it is whole."""
    said = Question(1, 0.0, "app", 4, 0.1, detached=True)
    events = [
        b'id: 1\ndata: {"choices":[{"delta":{"content":"1.0 n\'est "}}]}\n\n',
        b'id: 2\ndata: {"choices":[{"delta":{"content":"perdu :"},"finish_reason":"stop"}]}\n\nid: 3\ndata: [DONE]\n\n',
    ]
    met: list[str] = []

    async def answer(request: aiohttp.web.BaseRequest) -> aiohttp.web.StreamResponse:
        met.append(request.path_qs)
        if len(met) == 2:
            return aiohttp.web.Response(status=503)
        headers = {"content-type": "text/event-stream", "x-sanspanne-answer": "ans_1"}
        response = aiohttp.web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write(events.pop(0))
        if len(met) == 1 and request.transport is not None:
            assert request.headers["idempotency-key"] == "drill-1"
            request.transport.close()
        return response

    time = Time()
    async with served(answer) as url:
        crowd = Crowd([said], Door(f"{url}/v1", "m"), session, time, time.sleep)
        await crowd.ask()
    assert met == ["/v1/chat/completions"] + ["/v1/answers/ans_1/events?after=1"] * 2
    assert (crowd.asked[0].state, crowd.asked[0].wrong, crowd.asked[0].reason) == ("whole", False, "")


async def test_cuts_hit_their_share_of_first_answers_alone(session: aiohttp.ClientSession) -> None:
    """Which questions are cut is settled by the questions, and a JSON body is never cut."""
    time = Time()
    numbers = range(60)
    async with ScriptedProvider("openai", script=Cutting(0.3, Speaking(0.0, 0.0))) as provider:
        for stream in (True, True, False):
            questions = [Question(number, 0.0, "app", 20, 0.6, stream) for number in numbers]
            crowd = Crowd(questions, Door(provider.base_url, "m"), session, time, time.sleep)
            await crowd.ask()
            cut = {asked.number for asked in crowd.asked if asked.state != "whole"}
            assert cut == set() if not stream else 8 <= len(cut) <= 30


@pytest.mark.parametrize(
    ("status", "headers", "again"),
    [
        (0, {}, True),
        (400, {}, False),
        (408, {}, True),
        (409, {}, True),
        (429, {}, True),
        (500, {}, True),
        (529, {}, True),
        (503, {"x-should-retry": "false"}, False),
        (400, {"x-should-retry": "true"}, True),
    ],
)
def test_when_official_clients_ask_again(status: int, headers: dict[str, str], again: bool) -> None:
    """By status, unless the server says whether it is worth it."""
    assert asks_again(status, headers) is again


@pytest.mark.parametrize("told", ["", "0", "61", "-3", "soon"])
def test_a_pause_is_the_clients_own_where_none_is_told(told: str) -> None:
    """It doubles up to eight seconds, less up to a quarter; what cannot be meant is not obeyed."""
    rng = random.Random(1)
    for tries, longest in ((1, 0.5), (2, 1.0), (3, 2.0), (9, 8.0)):
        assert 0.75 * longest <= pause(tries, {"retry-after": told}, rng) <= longest
