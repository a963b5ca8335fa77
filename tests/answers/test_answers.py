"""The life of an answer: followed, joined, left, cancelled."""

import asyncio

import pytest
from scripted_pipeline import ALICE, BOB, Pipeline, answers_over, bytes_of, question, text_of, until

from sanspanne.answers.answers import Bounds
from sanspanne.chat import ChatRequest
from sanspanne.errors import CallerError, ServerFault

REQUEST = ChatRequest(dialect="openai_chat", model="m")


async def test_one_caller_draws_the_answer_himself():
    """The common case: one attached caller, no task of its own, the outcome told once."""
    pipeline = Pipeline("un", "deux")
    answers = answers_over(pipeline)
    tasks = len(asyncio.all_tasks())
    answer = answers.open(REQUEST, ALICE)
    batches = answer.follow()
    assert [frame.events[-1].text for frame in await anext(batches)] == ["un"]
    assert len(asyncio.all_tasks()) == tasks
    await batches.aclose()
    assert (pipeline.closed, answers.running) == (1, 0)
    assert [fact.outcome for fact in answers.facts] == ["left"]


async def test_the_same_key_joins_the_running_answer():
    """A repeated Idempotency-Key follows the answer that it began, from its beginning, and nothing is paid twice."""
    pipeline = Pipeline("un", "deux", "trois")
    pipeline.go = asyncio.Semaphore(1)
    answers = answers_over(pipeline)
    first = (await answers.record(question(key="k"))).follow()
    begun = await anext(first)
    second = await answers.record(question(key="k"))
    for _ in range(10):
        pipeline.go.release()
    whole = await bytes_of(second)
    assert text_of(whole) == "undeuxtrois"
    assert begun + b"".join([data async for data in first]) == whole
    assert pipeline.started == 1


async def test_a_whole_answer_is_given_again():
    """After its end a whole answer is repeated for the same key, a failed one is asked anew."""
    pipeline = Pipeline("un")
    answers = answers_over(pipeline)
    given = [await bytes_of(await answers.record(question(key="k"))) for _ in range(3)]
    assert text_of(given[0]) == "un"
    assert len(set(given)) == 1
    assert pipeline.started == 1
    failing = Pipeline("un", error=ServerFault("broke"))
    answers = answers_over(failing)
    for _ in range(2):
        assert b"broke" in await bytes_of(await answers.record(question(key="k")))
    assert failing.started == 2


async def test_what_is_kept_is_bounded_in_bytes():
    """Answers of many keys are forgotten oldest first, so that no caller fills the memory."""
    pipeline = Pipeline("x" * 1000)
    answers = answers_over(pipeline, Bounds(size=4000))
    for key in "abcdef":
        await bytes_of(await answers.record(question(key=key)))
    assert pipeline.started == 6
    await bytes_of(await answers.record(question(key="f")))
    assert pipeline.started == 6
    await bytes_of(await answers.record(question(key="a")))
    assert pipeline.started == 7


async def test_no_more_is_recorded_than_there_is_room_for():
    """When running answers fill what may be held, a further one is refused with 503 instead of dropping any of them."""
    pipeline = Pipeline("un")
    pipeline.go = asyncio.Semaphore(0)
    answers = answers_over(pipeline, Bounds(size=1000))
    running = await answers.record(question(b"x" * 900, detach=True))
    with pytest.raises(CallerError) as told:
        await answers.record(question(b"x" * 200, detach=True))
    assert told.value.status == 503
    pipeline.go.release()
    assert text_of(await bytes_of(running)) == "un"


async def test_answers_are_forgotten_when_their_time_is_over():
    """An answer can be followed for so many seconds after its end, and then is 410."""
    now = [0.0]
    answers = answers_over(Pipeline("un"), Bounds(seconds=600.0), now=lambda: now[0])
    answer = await answers.record(question(detach=True))
    await bytes_of(answer)
    now[0] = 599.0
    assert answers.find("alice", answer.id) is answer
    now[0] = 601.0
    with pytest.raises(CallerError) as told:
        answers.find("alice", answer.id)
    assert told.value.status == 410


async def test_another_body_under_the_same_key_is_refused():
    """The same key with another body, or on another path, is 422; another caller's same key is another key."""
    answers = answers_over(Pipeline("un"))
    await bytes_of(await answers.record(question(b"1", key="k")))
    for other in (question(b"2", key="k"), question(b"1", key="k", dialect="anthropic_messages")):
        with pytest.raises(CallerError) as told:
            await answers.record(other)
        assert told.value.status == 422
    await answers.record(question(b"2", key="k", caller=BOB))


async def test_when_the_last_follower_leaves_everything_is_cancelled():
    """A joined answer goes on while one follower is left, and is cancelled with the last one."""
    pipeline = Pipeline("un", "deux")
    pipeline.go = asyncio.Semaphore(1)
    answers = answers_over(pipeline)
    followers = [(await answers.record(question(key="k"))).follow() for _ in range(2)]
    for follower in followers:
        await anext(follower)
    await followers[0].aclose()
    await asyncio.sleep(0)
    assert pipeline.closed == 0
    await followers[1].aclose()
    await until(lambda: pipeline.closed)
    assert [fact.outcome for fact in answers.facts] == ["left"]


async def test_a_detached_answer_goes_on_without_its_caller():
    """With `x-sanspanne-detach` the answer is finished though its caller has gone."""
    pipeline = Pipeline("un", "deux")
    pipeline.go = asyncio.Semaphore(1)
    answers = answers_over(pipeline)
    follower = (await answers.record(question(detach=True))).follow()
    await anext(follower)
    await follower.aclose()
    pipeline.go.release()
    await until(lambda: answers.facts)
    assert [fact.outcome for fact in answers.facts] == ["whole"]


async def test_a_recorded_answer_is_bounded(monkeypatch):
    """An answer that is kept for several cannot grow without end: it breaks off, and is not called whole."""
    monkeypatch.setattr("sanspanne.answers.recorded.MAX_ANSWER", 1000)
    answers = answers_over(Pipeline(*["abcdefghijklmnop"] * 100))
    answer = await answers.record(question(key="k"))
    assert b"grown beyond" in await bytes_of(answer)
    assert (answer.state, [fact.outcome for fact in answers.facts]) == ("broken", ["broken"])
    in_one_piece = await answers.record(question(key="k2", stream=False))
    with pytest.raises(CallerError):
        await bytes_of(in_one_piece)
