"""An answer whose stream broke is taken up again by the provider that was giving it; nobody else would notice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from sanspanne.attempts import attempt as attempts_module
from sanspanne.attempts.attempt import LOST_ANSWER, Attempt
from sanspanne.attempts.attempts import Attempts
from sanspanne.attempts.clocks import Ceilings, Clocks, Limits
from sanspanne.attempts.report import Report
from sanspanne.attempts.standing import Standings
from sanspanne.chat import (
    Begun,
    ChatRequest,
    Event,
    Message,
    OutputFormat,
    ResumePoint,
    Target,
    Text,
    TextDelta,
    Tool,
    says_something,
)
from sanspanne.errors import Failure, ServerFault, Stalled
from sanspanne.hooks import Hooks
from sanspanne.providers.catalogue import make
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.http1 import HttpTransport
from sanspanne.providers.unread import Unread
from sanspanne.testing import Answer, Break, Call, ErrorEvent, Fail, Hang, ScriptedProvider, Stall, ToolUse
from sanspanne.testing.responses import FlatError, ResponseFailed
from sanspanne.testing.script import Script

TARGET = Target("it", "gpt-5")
WORDS = "Une panne ne doit rien coûter 🙂 : 谢谢, nothing that was said is said twice."
CALLS = [ToolUse("f", {"ville": "Nîmes"}), ToolUse("g", {})]
FULL = Answer(WORDS, thinking="Voyons.", tool_calls=CALLS)
PACED = Answer(WORDS, thinking="Voyons.", tool_calls=CALLS, gap=0.005)  # so that words have passed when the error comes
REQUEST = ChatRequest(
    dialect="", model="m", messages=(Message("user", (Text("Dis-le."),)),), stream=True, tools=(Tool("f"), Tool("g"))
)
PLAIN = ChatRequest(dialect="", model="m", messages=REQUEST.messages, stream=True)
LIMITS = Limits(first_token=5.0, suspicion=5.0, patience=5.0, gap=5.0, drip=5.0, learnt=True)


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider("openai") as provider:
        yield provider


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    await transport.close()


@pytest.fixture
async def unread(transport: HttpTransport) -> AsyncIterator[Unread]:
    unread = Unread(transport)
    yield unread
    await unread.close()


@pytest.fixture
def endpoint(provider: ScriptedProvider, transport: HttpTransport, unread: Unread) -> Endpoint:
    one = make("it", "openai", base_url=provider.base_url, key="any", background=True)
    return Endpoint(one, transport, unread)


async def listen(
    endpoint: Endpoint, point: ResumePoint | None = None, request: ChatRequest = REQUEST, limits: Limits = LIMITS
) -> tuple[list[Event], Failure | None, Report]:
    """One attempt: what it said, how it broke, its report."""
    report, events = Report(), []
    try:
        async with aclosing(Attempt(request, TARGET, endpoint, limits, lambda: None, report, point=point).run()) as run:
            async for batch in run:
                events += [event for frame in batch for event in frame.events]
    except Failure as failure:
        return events, failure, report
    return events, None, report


def words_of(events: list[Event]) -> list[Event]:
    """What was said and how it ended, without the head."""
    return [event for event in events if not isinstance(event, Begun)]


def is_post(call: Call) -> bool:
    """Whether a call makes the provider generate something."""
    return call.method == "POST" and not call.path.endswith("/cancel")


def is_cancel(call: Call) -> bool:
    """Whether a call stops it."""
    return call.path.endswith("/cancel")


async def whole(provider: ScriptedProvider, endpoint: Endpoint, answer: Answer = FULL) -> list[Event]:
    """All that an unbroken answer says. The ids in it are the provider's next ones each time, so they are made equal."""
    provider.script = answer
    return (await listen(endpoint))[0]


def told(events: list[Event]) -> list[bytes]:
    """Events as JSON, with the random ids of calls left out."""
    raws = []
    for event in words_of(events):
        told = msgspec.to_builtins(event)
        told.pop("id", None)
        raws.append(msgspec.json.encode([type(event).__name__, told]))
    return raws


async def test_cut_between_any_two_events(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """Reasoning, text and two tool calls, cut behind every event: nothing is lost or repeated, and it is generated once."""
    expected = told(await whole(provider, endpoint))
    for after in range(sum(says_something(event) for event in words_of(await whole(provider, endpoint)))):
        provider.calls.clear()
        provider.script = [Break("reset", after=after + 1, answer=FULL), Answer("Something else.")]
        first, failure, report = await listen(endpoint)
        assert failure is not None
        assert report.resume is not None
        rest, failure, _ = await listen(endpoint, report.resume)
        assert failure is None
        assert told(first) + told(rest) == expected
        assert sum(is_post(call) for call in provider.calls) == 1


@pytest.mark.parametrize("how", ["reset", "close", "clean", "bad_chunk", "half_chunk"])
@pytest.mark.parametrize("answer", [FULL, Answer(WORDS), Answer('{"a": [1, 2, 3], "b": "é"}'), Answer(refusal=WORDS)])
async def test_cut_at_any_byte(provider: ScriptedProvider, endpoint: Endpoint, how: Any, answer: Answer) -> None:
    """Cut at a random byte, twice, in every way in which a connection ends: put together it is the whole answer."""
    expected = told(await whole(provider, endpoint, answer))
    rng = random.Random(7)
    for _ in range(12):
        provider.script = [Break(how, at=rng.random(), answer=answer), Break(how, at=rng.random()), Answer("Else.")]
        events, failure, report = await listen(endpoint)
        point = report.resume
        while failure is not None and point is not None:
            rest, failure, report = await listen(endpoint, point)
            events, point = events + rest, report.resume or (point if not rest else None)
        if failure is None:  # else nothing had been said: there is nothing to go on with, and the next target is free
            assert told(events) == expected
        else:
            assert not any(says_something(event) for event in events)


@pytest.mark.parametrize(
    "broken", [ErrorEvent("server_error", after=3, answer=PACED), FlatError(after=3, answer=PACED)]
)
async def test_an_error_in_the_stream_is_no_end(provider: ScriptedProvider, endpoint: Endpoint, broken: Script) -> None:
    """After an error event, nested or flat, the answer goes on where it was."""
    expected = told(await whole(provider, endpoint))
    provider.script = [broken, Answer("Else.")]
    first, failure, report = await listen(endpoint)
    assert isinstance(failure, ServerFault)
    rest, failure, _ = await listen(endpoint, report.resume)
    assert failure is None
    assert told(first) + told(rest) == expected


async def test_a_server_that_replays_repeats_nothing(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """A server that begins again from the first event is heard from the place on only."""
    expected = told(await whole(provider, endpoint))
    provider.wire.replays = True  # type: ignore[attr-defined]
    provider.script = [Break("reset", after=9, answer=FULL), Answer("Else.")]
    first, _, report = await listen(endpoint)
    rest, failure, _ = await listen(endpoint, report.resume)
    assert failure is None
    assert told(first) + told(rest) == expected


async def test_only_the_end_was_missing(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """When every word had come, the rest is an end without a word: whole all the same."""
    answer = Answer(WORDS, ends=False)
    provider.script = [answer, Answer("Else.")]
    first, failure, report = await listen(endpoint)
    assert failure is not None
    assert "".join(event.text for event in first if isinstance(event, TextDelta)) == WORDS
    assert report.resume is not None
    kept = provider.wire.kept[report.resume.id].writer  # type: ignore[attr-defined]
    kept.said = msgspec.structs.replace(kept.said, ends=True)
    rest, failure, _ = await listen(endpoint, report.resume)
    assert failure is None
    assert not any(says_something(event) for event in rest)


async def test_a_failed_response_is_not_taken_up(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """A response that says itself that it has failed is over: there is no place to go on from, and nothing to call off."""
    provider.script = ResponseFailed(after=3, answer=PACED)
    events, failure, report = await listen(endpoint)
    assert isinstance(failure, ServerFault)
    assert report.resume is None
    assert any(says_something(event) for event in events)
    assert not any(is_cancel(call) for call in provider.calls)


async def test_a_lost_answer_is_nobodys_outage(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """A 404 for the rest of an answer is a failure of that try; neither the model nor the target is taken out for it."""
    standings = Standings(lambda: 0.0, Hooks())
    attempts = Attempts(lambda _: endpoint, Clocks(Ceilings()), standings, Hooks(), asyncio.get_running_loop().time)
    for _ in range(12):
        with pytest.raises(ServerFault) as lost:
            async for _ in attempts.run(REQUEST, TARGET, "ans", Report(), ResumePoint("resp_gone", 4)):
                pass
        assert lost.value.reason == LOST_ANSWER
    assert standings.obstacle(TARGET) is None


async def test_the_rest_of_an_answer_has_no_first_word(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """Who goes on in the middle of his answer says nothing of how long a first word takes, but is being served."""
    provider.script = [Break("reset", after=3, answer=FULL), FULL]
    _, _, report = await listen(endpoint)
    standings, words, serving = Standings(lambda: 0.0, Hooks()), [], []
    attempts = Attempts(lambda _: endpoint, Clocks(Ceilings()), standings, Hooks(), asyncio.get_running_loop().time)
    attempts.on_first_word = lambda target, seconds: words.append(seconds)
    async for _ in attempts.run(REQUEST, TARGET, "ans", Report(), report.resume):
        serving.append(standings.of(TARGET).is_serving())
    assert serving
    assert all(serving)
    assert not words


@pytest.mark.parametrize("silent", [Hang("before_headers"), Hang("after_headers"), Stall(0)])
async def test_silence_ends_the_try(provider: ScriptedProvider, endpoint: Endpoint, silent: Script) -> None:
    """A provider that takes an answer up and then says nothing is given up by the clock for gaps."""
    provider.script = [Break("reset", after=3, answer=FULL), silent]
    _, _, report = await listen(endpoint)
    quick = Limits(first_token=60.0, suspicion=60.0, patience=60.0, gap=0.05, drip=60.0, learnt=True)
    rest, failure, report = await listen(endpoint, report.resume, limits=quick)
    assert isinstance(failure, Stalled)
    assert not any(says_something(event) for event in rest)
    await provider.calls.wait_until(is_cancel)


async def test_other_failures_keep_their_class(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """An overload in place of the rest is an overload."""
    provider.script = [Break("reset", after=3, answer=FULL), Fail("overloaded")]
    _, _, report = await listen(endpoint)
    _, failure, _ = await listen(endpoint, report.resume)
    assert failure is not None
    assert failure.name == "overloaded"


# --- what nobody reads is called off


async def test_called_off_when_the_caller_leaves(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """A caller who leaves in the middle stops the generation that would have gone on without him."""
    provider.script = Stall(3, answer=FULL)
    async with aclosing(Attempt(REQUEST, TARGET, endpoint, LIMITS, lambda: None, Report()).run()) as run:
        await anext(run)
    call = await provider.calls.wait_until(is_cancel)
    assert call.method == "POST"
    assert [kept.is_cancelled for kept in provider.wire.kept.values()] == [True]  # type: ignore[attr-defined]


async def test_called_off_when_nobody_takes_it_up(
    provider: ScriptedProvider, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken answer that is not taken up in time is called off."""
    monkeypatch.setattr(attempts_module, "LINGER_SECONDS", 0.0)
    provider.script = Break("reset", after=3, answer=FULL)
    await listen(endpoint)
    await provider.calls.wait_until(is_cancel)


async def test_not_called_off_when_it_is_taken_up_or_whole(
    provider: ScriptedProvider, endpoint: Endpoint, unread: Unread
) -> None:
    """An answer that was taken up and read to its end is not called off, not even when the process ends."""
    provider.script = [Break("reset", after=3, answer=FULL), Answer("Else.")]
    _, _, report = await listen(endpoint)
    await listen(endpoint, report.resume)
    await unread.close()
    assert not any(is_cancel(call) for call in provider.calls)


async def test_all_are_called_off_at_the_end(provider: ScriptedProvider, endpoint: Endpoint, unread: Unread) -> None:
    """When the process ends, what is left is called off at once, before the end."""
    provider.script = Break("reset", after=3, answer=FULL)
    for _ in range(3):
        await listen(endpoint)
    await unread.close()
    assert sum(is_cancel(call) for call in provider.calls) == 3


async def test_who_cannot_be_told_is_only_noted(
    provider: ScriptedProvider, endpoint: Endpoint, unread: Unread, caplog: pytest.LogCaptureFixture
) -> None:
    """A provider that cannot be reached any more costs a line in the log and nothing else."""
    provider.script = Break("reset", after=3, answer=FULL)
    await listen(endpoint)
    await provider.close_port()
    await unread.close()
    assert "could not be called off" in caplog.text
    assert "any" not in [record.args for record in caplog.records]


# --- what goes which way

OTHERS: list[dict[str, Any]] = [
    {"stream": False},
    {"n": 2},
    {"logprobs": True},
    {"stop": ("END",)},
    {"seed": 3},
    {"max_tokens": 5},
    {"dialect": "openai_chat", "unknown": ("novelty",)},
    {"needs": {"native:openai_chat": "audio"}},
    {"messages": (Message("user", (Text("x"),), name="Ada"),)},
]


@pytest.mark.parametrize("rest", OTHERS, ids=[next(iter(other)) for other in OTHERS])
async def test_what_does_not_fit_goes_the_other_way(
    provider: ScriptedProvider, endpoint: Endpoint, rest: dict[str, Any]
) -> None:
    """What this API cannot carry whole is asked by chat completions, as without the option, and read as such."""
    events, failure, _ = await listen(endpoint, request=msgspec.structs.replace(PLAIN, **rest))
    assert failure is None
    assert any(isinstance(event, TextDelta) for event in events)
    assert [call.path for call in provider.calls] == ["/v1/chat/completions"]


async def test_what_fits_runs_in_the_background(provider: ScriptedProvider, endpoint: Endpoint) -> None:
    """What fits is asked in the background and stored, whoever's dialect it came in; a schema goes along."""
    asked = msgspec.structs.replace(PLAIN, dialect="anthropic_messages", unknown=("novelty",), max_tokens=100)
    asked.output = OutputFormat("json_schema", "n", {"type": "object", "properties": {"a": {"type": "string"}}})
    events, failure, _ = await listen(endpoint, request=asked)
    assert failure is None
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == '{"a": "Dis-le."}'
    assert [call.path for call in provider.calls] == ["/v1/responses"]
    body = provider.calls[0].body
    assert (body["background"], body["store"], body["stream"]) == (True, True, True)


async def test_without_the_option_nothing_changes(provider: ScriptedProvider, transport: HttpTransport) -> None:
    """Without the option everything is asked by chat completions, and a broken answer has no place to go on from."""
    plain = Endpoint(make("it", "openai", base_url=provider.base_url, key="any"), transport)
    provider.script = Break("reset", after=3, answer=Answer(WORDS))
    _, failure, report = await listen(plain)
    assert failure is not None
    assert report.resume is None
    assert [call.path for call in provider.calls] == ["/v1/chat/completions"]
    with pytest.raises(ServerFault):
        await plain.resume(ResumePoint("resp_1", 3), "gpt-5")
