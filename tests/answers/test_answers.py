"""The life of an answer: followed, joined, left, cancelled."""

import asyncio

import pytest

from sanspanne.answers.answers import KEPT_BYTES, Answers
from sanspanne.answers.route import Caller
from sanspanne.chat import ChatRequest, Frame, TextDelta
from sanspanne.errors import CallerError, ServerFault
from sanspanne.hooks import AnswerEnded, Hooks

REQUEST = ChatRequest(dialect="openai_chat", model="m")
ALICE, BOB = Caller("alice"), Caller("bob")


class Pipeline:
    """Produces `words`, one batch each, whenever `go` lets it; counts how often it was started and cancelled."""

    def __init__(self, *words, error=None):
        self.words, self.error = words, error
        self.go = asyncio.Semaphore(1000)
        self.started = self.closed = 0

    async def produce(self, request, caller, answer_id, route):
        self.started += 1
        try:
            for word in self.words:
                await self.go.acquire()
                route.target = "a/m"
                yield [Frame("x", word.encode(), (TextDelta(word),))]
            if self.error:
                raise self.error
        finally:
            self.closed += 1


class Facts(list):
    """Remembers how answers ended."""

    def observe(self, fact):
        if isinstance(fact, AnswerEnded):
            self.append(fact)


def answers_over(pipeline):
    """Answers over a pipeline, with what the hooks were told in `.facts`."""
    facts = Facts()
    answers = Answers(pipeline.produce, Hooks([facts]), now=lambda: 0.0)
    answers.facts = facts
    return answers


async def text_of(answer):
    """Everything that an answer says."""
    return "".join([event.text async for batch in answer.follow() for frame in batch for event in frame.events])


async def test_one_caller_draws_the_answer_himself():
    """The common case: one attached caller, no task of its own, the outcome told once."""
    pipeline = Pipeline("un", "deux")
    answers = answers_over(pipeline)
    tasks = len(asyncio.all_tasks())
    answer = answers.open(REQUEST, ALICE)
    batches = answer.follow()
    assert [event.text for frame in await anext(batches) for event in frame.events] == ["un"]
    assert len(asyncio.all_tasks()) == tasks
    await batches.aclose()
    assert (pipeline.closed, answers.running) == (1, 0)
    assert [fact.outcome for fact in answers.facts] == ["left"]


async def test_the_same_key_joins_the_running_answer():
    """A repeated Idempotency-Key follows the answer that it began, from its beginning, and nothing is paid twice."""
    pipeline = Pipeline("un", "deux", "trois")
    pipeline.go = asyncio.Semaphore(1)
    answers = answers_over(pipeline)
    first = answers.open(REQUEST, ALICE, idempotency_key="k", body_hash=b"1").follow()
    await anext(first)
    second = answers.open(REQUEST, ALICE, idempotency_key="k", body_hash=b"1")
    for _ in range(10):
        pipeline.go.release()
    assert await text_of(second) == "undeuxtrois"
    assert pipeline.started == 1
    await first.aclose()


async def test_a_whole_answer_is_given_again():
    """After its end a whole answer is repeated for the same key, a failed one is asked anew."""
    pipeline = Pipeline("un")
    answers = answers_over(pipeline)
    for _ in range(3):
        assert await text_of(answers.open(REQUEST, ALICE, idempotency_key="k", body_hash=b"1")) == "un"
    assert pipeline.started == 1
    failing = Pipeline("un", error=ServerFault("broke"))
    answers = answers_over(failing)
    for _ in range(2):
        with pytest.raises(ServerFault):
            await text_of(answers.open(REQUEST, ALICE, idempotency_key="k", body_hash=b"1"))
    assert failing.started == 2


async def test_what_is_kept_to_be_joined_is_bounded_in_bytes():
    """Large questions under keys of their own are forgotten oldest first, so that no caller fills the memory."""
    large = ChatRequest(dialect="openai_chat", model="m", size=KEPT_BYTES // 3)
    pipeline = Pipeline("un")
    answers = answers_over(pipeline)
    for key in "abcdef":
        await text_of(answers.open(large, ALICE, idempotency_key=key, body_hash=b"1"))
    assert pipeline.started == 6
    await text_of(answers.open(large, ALICE, idempotency_key="f", body_hash=b"1"))
    assert pipeline.started == 6
    await text_of(answers.open(large, ALICE, idempotency_key="a", body_hash=b"1"))
    assert pipeline.started == 7


async def test_another_body_under_the_same_key_is_refused():
    """The same key with another body is 422; another caller's same key is another key."""
    answers = answers_over(Pipeline("un"))
    answers.open(REQUEST, ALICE, idempotency_key="k", body_hash=b"1")
    with pytest.raises(CallerError) as told:
        answers.open(REQUEST, ALICE, idempotency_key="k", body_hash=b"2")
    assert told.value.status == 422
    answers.open(REQUEST, BOB, idempotency_key="k", body_hash=b"2")


async def test_when_the_last_follower_leaves_everything_is_cancelled():
    """A joined answer goes on while one follower is left, and is cancelled with the last one."""
    pipeline = Pipeline("un", "deux")
    pipeline.go = asyncio.Semaphore(1)
    answers = answers_over(pipeline)
    followers = [answers.open(REQUEST, ALICE, idempotency_key="k", body_hash=b"1").follow() for _ in range(2)]
    for follower in followers:
        await anext(follower)
    await followers[0].aclose()
    await asyncio.sleep(0)
    assert pipeline.closed == 0
    await followers[1].aclose()
    async with asyncio.timeout(5):
        while not pipeline.closed:
            await asyncio.sleep(0)
    assert [fact.outcome for fact in answers.facts] == ["left"]


async def test_a_detached_answer_goes_on_without_its_caller():
    """With `x-sanspanne-detach` the answer is finished though its caller has gone."""
    pipeline = Pipeline("un", "deux")
    pipeline.go = asyncio.Semaphore(1)
    answers = answers_over(pipeline)
    follower = answers.open(REQUEST, ALICE, detach=True).follow()
    await anext(follower)
    await follower.aclose()
    pipeline.go.release()
    async with asyncio.timeout(5):
        while not answers.facts:
            await asyncio.sleep(0)
    assert [fact.outcome for fact in answers.facts] == ["whole"]


async def test_a_shared_answer_is_bounded(monkeypatch):
    """An answer that is kept for several cannot grow without end: it fails, and is not called whole."""
    monkeypatch.setattr("sanspanne.answers.answer.MAX_ANSWER", 10)
    answers = answers_over(Pipeline(*["abcd"] * 100))
    with pytest.raises(ServerFault):
        await text_of(answers.open(REQUEST, ALICE, idempotency_key="k", body_hash=b"1"))
