"""What breaks after the first token: the caller keeps what was said, and is told that it is not all."""

import asyncio

import msgspec
import pytest
from conftest_faults import ask, question, serving

from sanspanne.attempts.attempt import Attempt
from sanspanne.attempts.clocks import Limits
from sanspanne.attempts.report import Report
from sanspanne.chat import Target
from sanspanne.errors import Failure, Stalled, Unanswered
from sanspanne.providers.catalogue import make
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.transport import TransportError
from sanspanne.testing import Answer, ScriptedProvider, failure_shapes

QUICK = {"clocks": {"first_token": 0.3, "gap": 0.3, "connect": 0.3}, "probes": {"every_min": 0.01, "every_max": 0.02}}
KINDS = ["openai", "anthropic", "perplexity", "gemini", "mistral"]
LATE = [(kind, name) for kind in KINDS for name in failure_shapes(kind, "after")]
LATE_IN_ONE_PIECE = [(kind, name) for kind, name in LATE if not failure_shapes(kind)[name].streams]


@pytest.mark.parametrize(("kind", "shape"), LATE)
async def test_a_broken_answer_is_never_whole(kind, shape, tmp_path, stack):
    """A stream that breaks after its first word ends with a failure, and what was said before it has been passed on."""
    provider = await stack.enter_async_context(ScriptedProvider(kind, script=failure_shapes(kind)[shape].script))
    service = await stack.enter_async_context(serving(tmp_path, {"only": provider}, **QUICK))
    outcome = await ask(service)
    assert isinstance(outcome.error, Failure | Unanswered)
    assert outcome.text or isinstance(outcome.error, Unanswered)


@pytest.mark.parametrize(("kind", "shape"), LATE_IN_ONE_PIECE)
async def test_in_one_piece_it_is_answered_elsewhere(kind, shape, tmp_path, stack):
    """An answer that was to come in one piece and broke is made anew by the next target: nothing of it had been passed on."""
    first = await stack.enter_async_context(ScriptedProvider(kind, script=failure_shapes(kind)[shape].script))
    second = await stack.enter_async_context(ScriptedProvider("openai", script=Answer("Tout va bien.")))
    service = await stack.enter_async_context(serving(tmp_path, {"first": first, "second": second}, **QUICK))
    outcome = await ask(service, question(stream=False))
    assert outcome.whole
    assert outcome.text == "Tout va bien."


class Upstream:
    """Plays one streamed answer, piece by piece; an exception in the row is raised. The last piece comes again and again."""

    def __init__(self, *pieces):
        self.status, self.headers = 200, {}
        self.pieces = list(pieces)
        self.aborted = asyncio.Event()

    async def next_chunk(self):
        if self.aborted.is_set():
            raise TransportError("reset", "aborted")
        await asyncio.sleep(0.01)
        piece = self.pieces.pop(0) if len(self.pieces) > 1 else self.pieces[0]
        if isinstance(piece, Exception):
            raise piece
        return piece

    def abort(self):
        self.aborted.set()


class Played:
    """A transport that plays one answer to whoever calls."""

    def __init__(self, *pieces):
        self.pieces = pieces

    async def open(self, call):
        return Upstream(*self.pieces)


async def play(*pieces):
    """One streamed attempt at a target of OpenAI's kind that plays these pieces: what it said, and its failure if any."""
    endpoint = Endpoint(make("openai", "openai", base_url="http://127.0.0.1:9/v1", key="k"), Played(*pieces))
    limits = Limits(first_token=1.0, suspicion=1.0, patience=1.0, gap=0.1, drip=0.1, learnt=True)
    attempt = Attempt(question(), Target("openai", "gpt-4o"), endpoint, limits, lambda: None, Report())
    frames = []
    try:
        async with asyncio.timeout(10):
            async for batch in attempt.run():
                frames += batch
    except Failure as failure:
        return frames, failure
    return frames, None


def piece(text, stop=None):
    """One event of OpenAI's stream."""
    delta = {"content": text} if text is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": stop}
    return b"data: " + msgspec.json.encode({"id": "c", "model": "m", "choices": [choice]}) + b"\n\n"


@pytest.mark.parametrize("sign", [b": ping\n\n", piece("")], ids=["comments", "empty pieces"])
async def test_signs_of_life_do_not_pass_for_an_answer_for_ever(sign):
    """After a word, comments and empty pieces put the clock off for a while only: then the answer has stalled."""
    frames, failure = await play(piece("Bonjour"), sign)
    assert isinstance(failure, Stalled)
    assert frames


async def test_an_end_marker_without_a_reason_to_stop_is_not_passed_on():
    """A client stops reading at the end marker: of an answer that is not whole it never gets one."""
    frames, failure = await play(piece("Bonjour"), piece(", et"), b"data: [DONE]\n\n", b"")
    assert failure is not None
    raw = b"".join(frame.raw for frame in frames)
    assert (b", et" in raw, b"[DONE]" in raw) == (True, False)


async def test_a_connection_that_breaks_after_the_end_marker_breaks_nothing():
    """Once the end marker has come the answer is whole, even if the connection then ends without its own last bytes."""
    lost = TransportError("cut", "the body ended before its announced end")
    _, failure = await play(piece("Bonjour"), piece(None, "stop") + b"data: [DONE]\n\n", lost)
    assert failure is None
    _, failure = await play(piece("Bonjour"), piece(None, "stop"), lost)
    assert failure is not None
