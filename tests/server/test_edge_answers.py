"""Chat requests, whole and streamed, through the edge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
from scripted_edge import Served, failing, request, serving, text, until, waiting, whole

from sanspanne.answers.route import Route
from sanspanne.chat import ChatRequest, Frame
from sanspanne.errors import CallerError, RateLimited, ServerFault, Stalled, Unanswered
from sanspanne.server.body import BodyLimits
from sanspanne.server.stream import Patience

STREAM = b'{"model":"auto","stream":true}'
IMPATIENT = Patience(hold=0.0, comment_every=0.01)


async def test_whole_answer_says_its_route(served: Served) -> None:
    """A JSON answer comes with its target, rung and attempts, and is never cached."""
    status, headers, body = await served.chat()
    assert status == 200
    assert json.loads(body) == {"id": "answer-1", "model": "gpt-4o", "text": "bonjour"}
    assert headers["x-sanspanne-target"] == "openai/gpt-4o"
    assert (headers["x-sanspanne-rung"], headers["x-sanspanne-attempts"]) == ("fallback", "2")
    assert headers["cache-control"] == "no-store"


async def test_same_dialect_body_is_passed_untouched(served: Served) -> None:
    """A body of the caller's own dialect reaches him byte for byte."""
    raw = b'{ "new_field": 1,\n"text": "\xe2\x80\xa8" }'

    async def script(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
        yield text("x", dialect="chat", raw=raw)

    served.answers.script = script
    assert (await served.chat())[2] == raw
    assert (await served.chat("/v1/messages"))[2] != raw


async def test_omitted_fields_are_told(served: Served) -> None:
    """Fields that the target was not told are named in a header, their odd characters made harmless."""

    async def script(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
        route.omitted = ("seed", "naïve\r\nset-cookie: x")
        yield text("x")

    served.answers.script = script
    _, headers, _ = await served.chat()
    assert headers["x-sanspanne-omitted"] == "seed,na?ve??set-cookie: x"
    assert "set-cookie" not in headers


async def test_stream_is_written_as_it_comes(served: Served) -> None:
    """A stream starts with the first batch, says its route in headers, numbers its events, and ends."""
    served.answers.script = whole("bon", "jour")
    status, headers, body = await served.ask("POST", "/v1/messages", STREAM)
    assert status == 200
    assert body == b'id: 1\ndata: "bon"\n\nid: 2\ndata: "jour"\n\n'
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"
    assert headers["x-sanspanne-rung"] == "fallback"


async def test_connection_is_kept_for_the_next_request(served: Served) -> None:
    """A second request on the same connection is answered after a stream and after a JSON answer."""
    reader, writer = await served.connect()
    for body in (STREAM, b'{"model":"auto"}', STREAM):
        writer.write(request("POST", "/v1/messages", body))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        await reader.readuntil(b"0\r\n\r\n" if body is STREAM else b"}")
    writer.close()


@pytest.mark.parametrize("body", [STREAM, b'{"model":"auto"}'])
@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (CallerError(422, "unprocessable", "no", should_retry=False), 422, "unprocessable"),
        (Unanswered([ServerFault("broke", target="a/b")]), 503, "unavailable"),
        (Unanswered([RateLimited("quota", target="a/b", retry_after=900.2)]), 503, "overloaded"),
        (ValueError("a bug"), 500, "server_error"),
    ],
)
async def test_failure_before_the_first_word_is_a_status(
    served: Served, body: bytes, error: Exception, status: int, kind: str
) -> None:
    """Until the first word a failure is told by status and in the caller's dialect, streaming or not."""
    served.answers.script = failing(error)
    got, headers, said = await served.ask("POST", "/v1/messages", body)
    fields = json.loads(said)
    assert (got, fields["kind"], fields["said_by"]) == (status, kind, "messages")
    assert headers["content-type"] == "application/json"
    assert headers["x-should-retry"] == "false"
    assert int(headers.get("retry-after", "1")) in range(1, 61)


async def test_a_bug_shows_its_request_id_and_nothing_else(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error costs one answer: the caller learns the id, the log the trace, and the next one is served."""
    served.answers.script = failing(ValueError("the inner secret"))
    status, headers, body = await served.chat()
    assert status == 500
    assert headers["x-request-id"] in body.decode()
    assert b"inner secret" not in body
    assert "the inner secret" in caplog.text
    served.answers.script = whole("fine")
    assert (await served.chat())[0] == 200


async def test_broken_stream_ends_with_an_honest_error(served: Served) -> None:
    """A stream that breaks after its first word says in-band, by a numbered event, that it is not complete."""
    served.answers.script = failing(Stalled("silent for 20 s", target="a/b"), "bon")
    status, _, body = await served.ask("POST", "/v1/chat/completions", STREAM)
    assert status == 200
    assert body.startswith(b'id: 1\ndata: "bon"\n\nid: 2\nevent: error\n')
    assert b"not complete: silent for 20 s" in body


async def test_answer_that_says_nothing_is_no_answer(served: Served) -> None:
    """An answer that ends without a word is an error, never an empty success."""
    served.answers.script = whole()
    assert (await served.chat())[0] == 500
    assert (await served.ask("POST", "/v1/messages", STREAM))[0] == 500


async def test_head_is_held_no_longer_than_it_may() -> None:
    """When nothing comes in time the head goes out and comments follow, then the route, then the answer."""
    release = asyncio.Event()
    async with serving(patience=IMPATIENT) as served:
        served.answers.script = waiting(release, after=["bonjour"])
        reader, writer = await served.connect()
        writer.write(request("POST", "/v1/messages", STREAM, connection="close"))
        head = await reader.readuntil(b"\r\n\r\n")
        for _ in range(3):
            await reader.readuntil(b": waiting for an answer\n\n")
        release.set()
        rest = await reader.read()
        writer.close()
    assert b"x-sanspanne-target" not in head
    assert b": sanspanne target=openai/gpt-4o rung=fallback attempts=2\n\n" in rest
    assert rest.index(b"rung=fallback") < rest.index(b'data: "bonjour"')


async def test_failure_after_the_head_went_out_is_told_in_band() -> None:
    """When the head could not be held until the failure, the stream carries the error; nothing broke off that never began."""
    async with serving(patience=IMPATIENT) as served:
        release = asyncio.Event()

        async def script(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
            await release.wait()
            raise Unanswered([ServerFault("broke", target="a/b")])
            yield []

        served.answers.script = script
        reader, writer = await served.connect()
        writer.write(request("POST", "/v1/messages", STREAM, connection="close"))
        await reader.readuntil(b": waiting for an answer\n\n")
        release.set()
        told = await reader.read()
        writer.close()
    assert b"event: error\n" in told
    assert b"No target gave an answer" in told
    assert b"broke off" not in told


@pytest.mark.parametrize("body", [STREAM, b'{"model":"auto"}'])
@pytest.mark.parametrize("said", [[], ["bon"]])
async def test_caller_who_leaves_ends_the_work(served: Served, body: bytes, said: list[str]) -> None:
    """When the caller leaves, before the first word or in mid-answer, the answer below is closed although it is silent."""
    served.answers.script = waiting(asyncio.Event(), before=said)
    reader, writer = await served.connect()
    writer.write(request("POST", "/v1/messages", body))
    await served.answers.any_opened.wait()
    if said and body is STREAM:
        await reader.readuntil(b'data: "bon"\n\n')
    writer.transport.abort()
    await asyncio.wait_for(served.answers.answers[0].closed.wait(), 5)


async def test_caller_who_leaves_is_no_error(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """A caller who leaves is ordinary: nothing is logged about him."""
    served.answers.script = waiting(asyncio.Event())
    _, writer = await served.connect()
    writer.write(request("POST", "/v1/messages", STREAM))
    await served.answers.any_opened.wait()
    writer.transport.abort()
    await asyncio.wait_for(served.answers.answers[0].closed.wait(), 5)
    await until(lambda: not served.server.server_state.tasks)
    assert not caplog.records


async def test_slow_reader_holds_the_answer_back(served: Served) -> None:
    """An answer is not made faster than its caller reads it: what waits for him is bounded."""
    made = 0

    async def script(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
        nonlocal made
        while True:
            made += 1
            await asyncio.sleep(0)
            yield text("x" * 65_536)

    served.answers.script = script
    reader, writer = await served.connect()
    writer.write(request("POST", "/v1/messages", STREAM))
    await reader.readuntil(b"\r\n\r\n")
    before = -1
    while made != before:  # until a whole round of the loop brings nothing more
        before = made
        for _ in range(200):
            await asyncio.sleep(0)
    writer.transport.abort()
    assert made < 500  # 32 MB: the kernel's buffers on both sides, and no more of ours


async def test_wishes_reach_the_answer(served: Served) -> None:
    """The headers of ours are read: the narrowed circle, the detached answer, the idempotency key with the body's hash."""
    await served.chat(x_sanspanne_allow="openai, onboard", x_sanspanne_detach="true", idempotency_key="k-1")
    _, caller, how = served.answers.opened[0]
    assert caller.allow == {"openai", "onboard"}
    question = how["question"]
    assert (question.detach, question.idempotency_key, len(question.body_hash)) == (True, "k-1", 32)
    assert question.request_id.startswith("req_")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x_sanspanne_allow", ""),
        ("x_sanspanne_allow", "openai;onboard"),
        ("x_sanspanne_resume", "maybe"),
        ("x_sanspanne_detach", "yes"),
        ("x_sanspanne_priority", "high"),
        ("idempotency_key", "with space"),
        ("last_event_id", "seventeen"),
        ("idempotency_key", "x" * 256),
    ],
)
async def test_unknown_wish_is_an_error(served: Served, name: str, value: str) -> None:
    """A wish that we do not understand is a 400 with the header's name, not passed over."""
    status, _, body = await served.chat(**{name: value})
    assert status == 400
    assert json.loads(body)["param"] == name.replace("_", "-")
    assert not served.answers.opened


async def test_broken_json_is_400(served: Served) -> None:
    """A body that is not JSON is a 400 in a sentence, and asks nobody."""
    status, _, body = await served.ask("POST", "/v1/messages", b'{"model":')
    assert (status, json.loads(body)["kind"]) == (400, "invalid_request")
    assert not served.answers.opened


@pytest.mark.parametrize("announced", [True, False])
async def test_large_body_is_413(announced: bool) -> None:
    """A body over the limit is 413, at once when its length is announced and else as soon as it is passed."""
    body = b"x" * 300_000
    async with serving(limits=BodyLimits(size=100_000)) as served:
        if announced:
            data = request("POST", "/v1/messages", body)
        else:
            chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            data = request("POST", "/v1/messages", content_length=None, transfer_encoding="chunked") + chunk
        answer = await served.send(data)
        assert not served.answers.opened
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close\r\n" in answer
    assert b"max_body_mb" in answer


@pytest.mark.parametrize("limits", [BodyLimits(silence=0.05), BodyLimits(silence=60.0, total=0.05)])
async def test_slow_body_is_408(limits: BodyLimits) -> None:
    """A body that pauses too long is 408 and the connection is closed."""
    async with serving(limits=limits) as served:
        answer = await served.send(request("POST", "/v1/messages", content_length="100") + b'{"mod')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close\r\n" in answer


async def test_dripping_body_is_408() -> None:
    """A body that comes byte by byte is 408 as a silent one is: a byte now and then holds no connection."""
    async with serving(limits=BodyLimits(silence=0.2)) as served:
        reader, writer = await served.connect()
        writer.write(request("POST", "/v1/messages", content_length="100000"))
        answer = asyncio.ensure_future(reader.readuntil(b"\r\n\r\n"))
        while not answer.done():
            writer.write(b" ")
            await asyncio.wait([answer], timeout=0.02)
        writer.close()
    assert (await answer).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("header", ["x_sanspanne_alow", "x_sanspanne_only_these"])
async def test_misspelt_header_of_ours_is_refused(served: Served, header: str) -> None:
    """A header of ours that does not exist is 400: to pass over a misspelt `allow` would widen the circle of companies."""
    status, _, body = await served.chat(**{header: "onboard"})
    assert status == 400
    assert b"x-sanspanne-allow" in body
    assert not served.answers.opened


async def test_caller_who_leaves_before_his_body_is_whole(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """A caller who leaves in the middle of his own request costs nothing and logs nothing."""
    _, writer = await served.connect()
    writer.write(request("POST", "/v1/messages", content_length="100") + b'{"mod')
    await until(lambda: served.server.server_state.tasks)
    writer.transport.abort()
    await until(lambda: not served.server.server_state.tasks)
    assert not caplog.records
