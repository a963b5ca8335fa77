"""`/v1/answers/{id}`: looked at, followed again, forgotten."""

from __future__ import annotations

import asyncio

import pytest
from recorded_edge import CHAT, DETACHED, DIALECTS, Follower, Pipeline, account, body, numbers, recording
from scripted_edge import Keys, serving, until, waiting

from sanspanne.chat import TextDelta
from sanspanne.errors import ServerFault, Unanswered
from sanspanne.server.protocol import Shortcut
from sanspanne.server.stream import Patience

WORDS = ("Bon", "jour, ", "tout ", "le ", "monde")
IMPATIENT = Patience(hold=0.0, comment_every=0.01)


def edge(pipeline, **how):
    """An edge that speaks both real dialects over recorded answers."""
    dialects = list(DIALECTS.values())
    return serving(chat=dialects[0], messages=dialects[1], answers=recording(pipeline), **how)


def text_of(data, dialect="openai_chat"):
    """What a stream says."""
    frames = DIALECTS[dialect].reader().feed(data)
    return "".join(event.text for frame in frames for event in frame.events if isinstance(event, TextDelta))


@pytest.mark.parametrize("by", ["address", "header"])
@pytest.mark.parametrize("path", [CHAT, "/v1/messages"])
async def test_a_dropped_connection_is_taken_up(path, by):
    """Who was cut off after event N gets exactly the events after N, those that were missed and those to come."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        dropped = await _begin(served, path, pipeline)
        seen = await dropped.until(b"Bon")
        dropped.leave()
        pipeline.say(2)
        last = numbers(seen)[-1]
        where = f"/v1/answers/{dropped.answer_id}/events"
        if by == "address":
            again = await Follower(served).ask("GET", f"{where}?after={last}", last_event_id="1")
        else:
            again = await Follower(served).ask("GET", where, last_event_id=str(last))
        await again.until(b"tout ")
        pipeline.say_all()
        await again.rest()
        _, headers, whole = await served.ask("GET", where)
        _, _, rest = await served.ask("GET", f"{where}?after={last}")
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["x-sanspanne-target"] == "openai/gpt-4o"
    assert numbers(whole) == list(range(1, numbers(whole)[-1] + 1))
    assert rest == whole[whole.index(b"id: %d\n" % (last + 1)) :]
    assert text_of(whole, "openai_chat" if path == CHAT else "anthropic_messages") == "".join(WORDS)
    assert pipeline.started == 1


async def _begin(served, path, pipeline, **headers):
    """A detached answer that has said its first word."""
    pipeline.say()
    return await Follower(served).ask("POST", path, body(max_tokens=100), **DETACHED, **headers)


async def test_an_answer_says_how_it_stands():
    """Its account names its state, who answers it and how far it is, while it runs and when it is over."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        follower = await _begin(served, CHAT, pipeline)
        where = f"/v1/answers/{follower.answer_id}"
        await follower.until(b"Bon")
        status, headers, data = await served.ask("GET", where)
        running = account(data)
        pipeline.say_all()
        await follower.rest()
        whole = account((await served.ask("GET", where))[2])
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert (running["status"], running["object"], running["id"]) == ("running", "answer", follower.answer_id)
    assert (running["target"], running["rung"], running["stream"]) == ("openai/gpt-4o", "primary", True)
    assert (running["ended"], running["error"], whole["status"]) == (None, None, "whole")
    assert whole["events"] > running["events"] > 0
    assert "body" not in whole


async def test_an_answer_in_one_piece_is_in_its_account():
    """The body of an answer that was not streamed is in its account once it is whole; it has no events."""
    pipeline = Pipeline("oui")
    async with edge(pipeline) as served:
        asking = asyncio.create_task(served.ask("POST", CHAT, body(stream=False), **DETACHED))
        await until(lambda: pipeline.started)
        pipeline.say_all()
        status, headers, data = await asking
        told = account((await served.ask("GET", f"/v1/answers/{headers['x-sanspanne-answer']}"))[2])
        events = await served.ask("GET", f"/v1/answers/{headers['x-sanspanne-answer']}/events")
    assert (status, told["status"], told["body"]) == (200, "whole", account(data))
    assert events[0] == 400


async def test_it_is_found_by_the_id_in_its_chunks():
    """The id that a client sees in the answer itself finds it too."""
    pipeline = Pipeline("un")
    pipeline.say_all()
    async with edge(pipeline) as served:
        _, headers, _ = await served.ask("POST", CHAT, body(), **DETACHED)
        _, _, data = await served.ask("GET", "/v1/answers/chatcmpl-1")
    assert account(data)["id"] == headers["x-sanspanne-answer"]


async def test_a_detached_answer_needs_nobody():
    """With `x-sanspanne-detach` the answer is finished after its caller has left; with a key alone it is given up."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        left = await _begin(served, CHAT, pipeline)
        left.leave()
        pipeline.say_all()
        await until(lambda: pipeline.closed)
        assert account((await served.ask("GET", f"/v1/answers/{left.answer_id}"))[2])["status"] == "whole"
        pipeline.go = asyncio.Semaphore(1)
        keyed = await Follower(served).ask("POST", CHAT, body(), idempotency_key="k")
        keyed.leave()
        async with asyncio.timeout(10):
            await until(lambda: pipeline.closed == 2)
        assert pipeline.go.locked()


async def test_a_repetition_joins():
    """The same key follows the same answer, from its beginning or after the last event it has seen."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        pipeline.say()
        first = await Follower(served).ask("POST", CHAT, body(), idempotency_key="k")
        seen = await first.until(b"Bon")
        second = await Follower(served).ask("POST", CHAT, body(), idempotency_key="k", last_event_id="1")
        pipeline.say_all()
        rest = await second.rest()
        status, headers, _ = await served.ask("POST", CHAT, body(model="other"), idempotency_key="k")
    assert (first.answer_id, pipeline.started) == (second.answer_id, 1)
    assert numbers(rest)[0] == 2
    assert numbers(seen)[0] == 1
    assert (status, headers["x-should-retry"]) == (422, "false")


@pytest.mark.parametrize("key", [None, "k"])
async def test_a_stream_that_is_not_kept_is_not_begun_again(key):
    """A caller who has seen events of an answer that nobody knows is told so, instead of another answer's beginning."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        status, _, data = await served.ask("POST", CHAT, body(), idempotency_key=key, last_event_id="7")
    assert (status, account(data)["error"]["code"], pipeline.started) == (410, "answer_gone", 0)


@pytest.mark.parametrize(
    ("name", "status"), [("ans_0123456789ab", 410), ("chatcmpl-abc", 410), ("what?", 404), ("a/b", 404)]
)
@pytest.mark.parametrize("end", ["", "/events"])
async def test_what_is_not_kept_is_told(name, status, end):
    """An id of ours that is not known is gone, anything else never was; both are errors in the caller's dialect."""
    async with edge(Pipeline()) as served:
        got, _, data = await served.ask("GET", f"/v1/answers/{name}{end}")
        _, _, as_anthropic = await served.ask("GET", f"/v1/answers/{name}{end}", anthropic_version="2023-06-01")
    assert got == status
    assert "message" in account(data)["error"]
    assert account(as_anthropic)["type"] == "error"


async def test_an_answer_is_its_callers_alone():
    """Another caller's key finds no answer, follows none and forgets none."""
    pipeline = Pipeline("un")
    pipeline.say_all()
    async with edge(pipeline, keys=Keys({"a": "alice", "b": "bob"}, required=True)) as served:
        _, headers, _ = await served.ask("POST", CHAT, body(), authorization="Bearer a", **DETACHED)
        where = f"/v1/answers/{headers['x-sanspanne-answer']}"
        for method, path in (("GET", where), ("GET", where + "/events"), ("DELETE", where)):
            assert (await served.ask(method, path, authorization="Bearer b"))[0] == 404
            assert (await served.ask(method, path))[0] == 401
        assert (await served.ask("GET", where, authorization="Bearer a"))[0] == 200


async def test_a_forgotten_answer_is_gone():
    """DELETE cancels an answer that runs, tells its followers, and leaves nothing to be followed."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        follower = await _begin(served, CHAT, pipeline)
        where = f"/v1/answers/{follower.answer_id}"
        await follower.until(b"Bon")
        status, _, data = await served.ask("DELETE", where)
        rest = await follower.rest()
        assert (status, data, pipeline.closed) == (204, b"", 1)
        assert b"given up" in rest
        assert [(await served.ask(method, where))[0] for method in ("GET", "DELETE")] == [410, 410]


@pytest.mark.parametrize("path", [CHAT, "/v1/messages"])
async def test_errors_come_in_the_words_of_the_question(path):
    """What went wrong with an answer is told as its own API tells it, though nothing in the address or the headers names one."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        follower = await _begin(served, path, pipeline)
        pipeline.say_all()
        await follower.rest()
        status, _, told = await served.ask("GET", f"/v1/answers/{follower.answer_id}/events?after=99")
    assert status == 400
    assert told.startswith(b'{"error"' if path == CHAT else b'{"type":"error"')


async def test_a_failure_before_the_first_word_is_told_to_who_comes_later():
    """A detached answer that nobody could give says so in its account, and to who wants its events by status."""
    pipeline = Pipeline(error=Unanswered([ServerFault("broke", target="a/b")]))
    pipeline.say_all()
    async with edge(pipeline) as served:
        status, headers, _ = await served.ask("POST", CHAT, body(), **DETACHED)
        where = f"/v1/answers/{headers['x-sanspanne-answer']}"
        told = account((await served.ask("GET", where))[2])
        again, _, _ = await served.ask("GET", f"{where}/events")
    assert (status, again, told["status"]) == (503, 503, "refused")
    assert "broke" in told["error"]["message"]


@pytest.mark.parametrize("after", ["-1", "x", "", "1.5", "99"])
async def test_a_place_that_is_none_is_refused(after):
    """`after` is a whole number, at most that of the last event; the sentence says what would do."""
    pipeline = Pipeline("un")
    pipeline.say_all()
    async with edge(pipeline) as served:
        _, headers, whole = await served.ask("POST", CHAT, body(), **DETACHED)
        where = f"/v1/answers/{headers['x-sanspanne-answer']}/events"
        status, _, data = await served.ask("GET", f"{where}?after={after}")
        by_header, _, _ = await served.ask("GET", where, last_event_id="x" if after == "" else after)
    error = account(data)["error"]
    assert (status, by_header, error["param"]) == (400, 400, "after")
    assert str(numbers(whole)[-1] if after == "99" else 17) in error["message"]


async def test_a_silent_answer_keeps_its_line_alive():
    """While nothing comes the follower gets comments, which have no numbers, and then the answer."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline, patience=IMPATIENT) as served:
        follower = await Follower(served).ask("POST", CHAT, body(), **DETACHED)
        for _ in range(2):
            await follower.until(b": waiting for an answer\n")
        pipeline.say()
        first = await follower.until(b"Bon")
        for _ in range(2):
            await follower.until(b": waiting for an answer\n")
        pipeline.say_all()
        rest = await follower.rest()
    assert b": sanspanne target=openai/gpt-4o" in first
    assert b"[DONE]" in rest


async def test_the_methods_are_those_of_other_routes():
    """HEAD is GET without its body, OPTIONS names what there is, anything else is 405."""
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        follower = await _begin(served, CHAT, pipeline)
        where = f"/v1/answers/{follower.answer_id}"
        assert [(await served.ask("HEAD", path))[::2] for path in (where, where + "/events")] == [(200, b"")] * 2
        assert (await served.ask("OPTIONS", where))[1]["allow"] == "GET, DELETE, HEAD, OPTIONS"
        assert (await served.ask("OPTIONS", where + "/events"))[1]["allow"] == "GET, HEAD, OPTIONS"
        assert (await served.ask("POST", where, b"{}"))[0] == 405
        assert (await served.ask("GET", "/v1/answers/"))[0] == 404


async def test_a_slow_follower_holds_nobody_back():
    """Who does not read holds neither the answer nor its other followers back, and gets all of it when he reads."""
    pipeline = Pipeline(*["x" * 65_536] * 100)
    async with edge(pipeline) as served:
        pipeline.say()
        slow = await Follower(served).ask("POST", CHAT, body(), idempotency_key="k")
        quick = await Follower(served).ask("POST", CHAT, body(), idempotency_key="k")
        pipeline.say_all()
        at_once = await quick.rest()
        waited = await slow.rest()
    assert numbers(at_once) == numbers(waited) == list(range(1, numbers(waited)[-1] + 1))
    assert len(numbers(waited)) > 100


async def test_who_keeps_up_is_written_to_at_once(monkeypatch):
    """A follower at the end of the recording gets each piece without a switch of tasks, and nothing of it twice."""
    sent = []
    send = Shortcut.send
    monkeypatch.setattr(Shortcut, "send", lambda self, data: (sent.append(data), send(self, data)))
    pipeline = Pipeline(*WORDS)
    async with edge(pipeline) as served:
        follower = await _begin(served, CHAT, pipeline)
        for word in WORDS[:-1]:
            await follower.until(word.encode())
            pipeline.say()
        pipeline.say_all()
        await follower.rest()
        _, _, whole = await served.ask("GET", f"/v1/answers/{follower.answer_id}/events")
    assert len(sent) >= len(WORDS) - 1
    assert all(whole.count(piece) == 1 for piece in sent)


async def test_every_response_names_its_answer():
    """Also an answer that cannot be followed again has a name, in the head of its response even when that goes out early."""
    async with serving(patience=IMPATIENT) as served:
        _, headers, _ = await served.chat()
        assert headers["x-sanspanne-answer"] == "answer-1"
        served.answers.script = waiting(asyncio.Event())
        follower = await Follower(served).ask("POST", CHAT, b'{"model":"auto","stream":true}')
        assert follower.answer_id == "answer-1"
