"""Answers over a scripted pipeline, and a book that is written when the test says so."""

import asyncio

from sanspanne.answers.answers import Answers, Bounds
from sanspanne.answers.question import Question, hashed
from sanspanne.answers.route import Caller
from sanspanne.chat import Begun, ChatRequest, Ended, Frame, Stop, Stopped, StopReason, TextDelta
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.hooks import AnswerEnded, Hooks
from sanspanne.server.refusals import explained

DIALECTS = {dialect.name: dialect for dialect in (OPENAI_CHAT, ANTHROPIC_MESSAGES)}
ALICE, BOB = Caller("alice"), Caller("bob")


class Pipeline:
    """Produces `words` (or other events), one batch each, whenever `go` lets it; counts how often it was started and cancelled."""

    def __init__(self, *words, error=None):
        self.words, self.error = words, error
        self.go = asyncio.Semaphore(1000)
        self.started = self.closed = 0
        self.said = []

    async def produce(self, request, caller, answer_id, route, said=None):
        self.started += 1
        self.said.append(said)
        try:
            for place, word in enumerate(self.words):
                await self.go.acquire()
                route.target = "a/m"
                begun = (Begun(f"own_{self.started}", "m"),) if not place and said is None else ()
                said_now = TextDelta(word) if isinstance(word, str) else word
                yield [Frame("x", b"", (*begun, said_now))]
            if self.error:
                raise self.error
            yield [Frame("x", b"", (Stopped(Stop(StopReason.END)), Ended()))]
        finally:
            self.closed += 1


class Facts(list):
    """Remembers how answers ended."""

    def observe(self, fact):
        if isinstance(fact, AnswerEnded):
            self.append(fact)


class Book:
    """A journal whose write comes when `write` is called."""

    def __init__(self):
        self.records, self.calls = [], []

    def append(self, record):
        self.records.append(record)

    def when_written(self, call):
        self.calls.append(call)

    def write(self):
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def answers_over(pipeline, bounds=None, now=lambda: 0.0, wall=lambda: 1000.0, sleep=asyncio.sleep):
    """Answers over a pipeline, with what the hooks were told in `.facts`."""
    facts = Facts()
    answers = Answers(
        pipeline.produce,
        Hooks([facts]),
        now,
        dialects=DIALECTS,
        explain=explained,
        bounds=bounds or Bounds(),
        wall=wall,
        sleep=sleep,
    )
    answers.facts = facts
    return answers


def question(body=b"1", caller=ALICE, key=None, detach=False, stream=True, dialect="openai_chat"):
    """A question that is to be recorded."""
    request = ChatRequest(dialect=dialect, model="m", stream=stream)
    return Question(request, caller, body, hashed(dialect, body), "req_1", key, detach)


async def bytes_of(answer, after=0):
    """All that a follower gets."""
    return b"".join([data async for data in answer.follow(after)])


def text_of(data, dialect="openai_chat"):
    """What the bytes of a stream say."""
    frames = DIALECTS[dialect].reader().feed(data)
    return "".join(event.text for frame in frames for event in frame.events if isinstance(event, TextDelta))


async def until(condition):
    """Let the loop run until `condition()` holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)
