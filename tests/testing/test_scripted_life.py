"""Scripted providers over time: calls recorded, clients who leave, timelines, capacity, the command line."""

import asyncio
import random
import sys
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from raw_client import ask, connect, get, question, request

from sanspanne.testing import Answer, Capacity, Fail, Hang, Programme, Refuse, ScriptedProvider, Stall, failure_shapes
from sanspanne.testing.__main__ import programme
from sanspanne.testing.asked import Asked, shortened, sketch, words
from sanspanne.testing.recording import Call


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Gate:
    """A sleep that ends when it is let through."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await self.event.wait()


# --- recording


async def test_calls_are_recorded_with_what_was_asked() -> None:
    """A call has its method, path, headers, decoded body, the question in plain words, its time and its size."""
    clock = Clock()
    async with ScriptedProvider(clock=clock) as provider:
        await get(provider, "/v1/models")
        clock.now += 3
        heard = await ask(provider, stop=["x"])
        (call,) = provider.calls.chats
        await call.wait_until_over()
    assert (call.method, call.path, call.at) == ("POST", "/v1/chat/completions", 1003.0)
    assert call.headers["host"] == "x"
    assert call.body["stop"] == ["x"]
    assert call.asked is not None
    assert call.asked.question == "Quelle heure est-il à Lyon ?"
    assert (call.outcome, call.sent) == ("over", len(heard.body))
    assert len(provider.calls) == 2


async def test_a_recorded_call_shows_no_key() -> None:
    """What is printed of a call, in a failing test say, has neither headers nor words of the question."""
    call = Call("POST", "/v1/messages", {"x-api-key": "geheim"}, {"messages": "privat"}, None, 0.0)
    assert "geheim" not in repr(call)
    assert "privat" not in repr(call)


async def test_a_client_who_leaves_is_noticed_with_the_time() -> None:
    """When the client goes before the end, the call says so and when."""
    clock = Clock()
    async with ScriptedProvider(clock=clock, script=Stall(1)) as provider:
        await ask(provider, enough=b"OpenAI")
        clock.now += 7
        (call,) = await provider.calls.wait_for(1)
        await call.wait_until_left()
    assert call.left
    assert call.ended_at == 1007.0


async def test_a_client_who_stayed_did_not_leave() -> None:
    """Waiting for a client to leave who has heard everything fails with a sentence."""
    async with ScriptedProvider() as provider:
        await ask(provider)
        with pytest.raises(AssertionError, match="stayed to the end"):
            await provider.calls[0].wait_until_left()


async def test_a_provider_that_breaks_off_is_not_left() -> None:
    """When the provider itself ends the connection, nobody has left."""
    async with ScriptedProvider(script=Fail("overloaded")) as provider:
        await ask(provider)
        assert await provider.calls[0].wait_until_over() == "over"
        provider.script = Hang()
        task = asyncio.ensure_future(ask(provider))
        await provider.calls.wait_for(2)
    await task
    assert provider.calls[1].outcome == "over"


# --- which script when


async def test_a_timeline_follows_the_clock() -> None:
    """Each script plays from its second on."""
    clock = Clock()
    timeline = [(0.0, Answer()), (10.0, Fail("overloaded")), (40.0, Answer())]
    async with ScriptedProvider(clock=clock, timeline=timeline) as provider:
        seen = []
        for now in (1000.0, 1009.9, 1010.0, 1039.0, 1040.0, 2000.0):
            clock.now = now
            seen.append((await ask(provider)).status)
    assert seen == [200, 200, 503, 503, 200, 200]


async def test_a_list_of_scripts_gives_one_to_each_call() -> None:
    """Scripts are taken one by one, also by refused connections; the last one stays."""
    async with ScriptedProvider(script=[Fail("overloaded"), Refuse(), Answer()]) as provider:
        seen = [await ask(provider) for _ in range(4)]
    assert [heard.data[9:12] for heard in seen] == [b"503", b"", b"200", b"200"]


@given(starts=st.lists(st.floats(0, 100), min_size=1, max_size=6), at=st.floats(0, 120))
def test_a_programme_plays_the_latest_script_that_is_due(starts: list[float], at: float) -> None:
    """Of those that have begun the latest plays; before the first the first."""
    scripts = [(start, Answer(str(start))) for start in starts]
    playing: Any = Programme(scripts, by_time=True).current(at)
    assert playing.text == str(max((s for s in starts if s <= at), default=min(starts)))


def test_an_empty_programme_is_refused_with_an_example() -> None:
    """No script at all is a mistake, and the message shows what one looks like."""
    with pytest.raises(ValueError, match=r"for example \[\(0, Answer\(\)\)"):
        Programme([], by_time=True)


# --- capacity


async def started(provider: ScriptedProvider, count: int) -> list["asyncio.Future[Any]"]:
    """So many questions at once, all of which have arrived."""
    before = len(provider.calls.chats)
    tasks = [asyncio.ensure_future(ask(provider)) for _ in range(count)]
    await provider.calls.wait_for(before + count)
    return tasks


async def test_a_full_provider_rejects() -> None:
    """Beyond its limit it answers with its own overload, and those inside are served."""
    gate = Gate()
    capacity = Capacity(limit=2, service_time=1.0)
    async with ScriptedProvider("anthropic", capacity=capacity, sleep=gate) as provider:
        tasks = await started(provider, 2)
        rejected = await ask(provider)
        gate.event.set()
        served = await asyncio.gather(*tasks)
    assert rejected.status == 529
    assert [heard.status for heard in served] == [200, 200]
    assert (capacity.peak, capacity.rejected) == (2, 1)


async def test_a_queueing_provider_serves_all_a_few_at_a_time() -> None:
    """Beyond its limit questions wait their turn; beyond the queue they are rejected."""
    gate = Gate()
    capacity = Capacity(limit=1, when_full="queue", queue=2, service_time=1.0)
    async with ScriptedProvider(capacity=capacity, sleep=gate) as provider:
        tasks = await started(provider, 3)
        rejected = await ask(provider)
        gate.event.set()
        served = await asyncio.gather(*tasks)
    assert rejected.status == 503
    assert [heard.status for heard in served] == [200] * 3
    assert capacity.peak == 1


async def test_a_slow_provider_slows_down_with_its_load() -> None:
    """Everybody is served, and pauses grow with the load over the limit."""
    gate = Gate()
    capacity = Capacity(limit=2, when_full="slow", service_time=1.0)
    async with ScriptedProvider(capacity=capacity, sleep=gate) as provider:
        tasks = await started(provider, 4)
        gate.event.set()
        served = await asyncio.gather(*tasks)
    assert [heard.status for heard in served] == [200] * 4
    assert sorted(gate.seconds) == [1.0, 1.0, 1.5, 2.0]


async def test_a_crashing_provider_takes_everybody_down_for_a_while() -> None:
    """One question too many resets all connections, nobody is let in, and later it is up again."""
    gate, clock = Gate(), Clock()
    capacity = Capacity(limit=1, when_full="crash", service_time=1.0, recovery=30.0)
    async with ScriptedProvider(capacity=capacity, sleep=gate, clock=clock) as provider:
        tasks = await started(provider, 1)
        assert (await ask(provider)).ending == "reset"
        assert (await tasks[0]).ending == "reset"
        clock.now += 29
        assert (await ask(provider)).ending == "reset"
        clock.now += 2
        gate.event.set()
        assert (await ask(provider)).status == 200
    assert capacity.crashes == 1


@pytest.mark.parametrize(("works_on", "status"), [(True, 503), (False, 200)])
async def test_a_provider_may_work_on_for_clients_who_left(works_on: bool, status: int) -> None:
    """The place of a client who left is free at once, or only when its work is done."""
    gate = Gate()
    async with ScriptedProvider(capacity=Capacity(1, service_time=1.0, works_on=works_on), sleep=gate) as provider:
        path, body = question("openai")
        _, writer = await connect(provider)
        writer.write(request(path, body))
        (call,) = await provider.calls.wait_for(1)
        writer.close()
        await call.wait_until_left()
        second = asyncio.ensure_future(ask(provider))
        await provider.calls.wait_for(2)
        gate.event.set()
        assert (await second).status == status


# --- what is said


@given(st.text())
def test_words_put_together_are_the_text_again(text: str) -> None:
    """Cutting a text into pieces loses nothing of it."""
    assert "".join(words(text)) == text


@given(st.text(min_size=1), st.lists(st.text(max_size=3), max_size=3), st.none() | st.integers(0, 5))
def test_a_shortened_text_is_its_beginning_without_any_stop(text: str, stop: list[str], limit: int | None) -> None:
    """What is left is a beginning of the text, holds no stop sequence and keeps to the limit."""
    asked = Asked(model="m", stop=tuple(stop), max_tokens=limit)
    pieces, ending, sequence = shortened(words(text), asked)
    left = "".join(pieces)
    assert text.startswith(left)
    assert not any(s and s in left for s in stop)
    assert limit is None or len(pieces) <= limit
    assert (ending is None) == (left == text)
    assert (sequence is not None) == (ending == "stop_sequence")


def test_a_sketch_fits_its_schema() -> None:
    """Every type of a JSON Schema gets a value of that type, with the question's own number."""
    properties = {
        "a": {"type": "integer"},
        "b": {"type": "array", "items": {"type": "boolean"}},
        "c": {"enum": ["x", "y"]},
        "d": {"type": ["string", "null"]},
        "e": {"type": "NULL"},
    }
    value = sketch({"type": "OBJECT", "properties": properties}, "take 3")
    assert value == {"a": 3, "b": [True], "c": "x", "d": "take 3", "e": None}


def test_ids_come_from_the_random_numbers_given() -> None:
    """The same random numbers give the same answers, other ones other ids."""

    async def bodies(seed: int) -> bytes:
        async with ScriptedProvider(rng=random.Random(seed), clock=Clock()) as provider:
            return (await ask(provider)).body

    first, again, other = [asyncio.run(bodies(seed)) for seed in (1, 1, 2)]
    assert first == again != other


def test_it_runs_on_uvloop_too() -> None:
    """A reset is a reset on the other event loop as well."""

    async def heard() -> str:
        async with ScriptedProvider(script=failure_shapes("openai")["reset_after_text"].script) as provider:
            return (await ask(provider)).ending

    assert uvloop.run(heard()) == "reset"


# --- the command line


def test_a_failure_can_be_given_a_beginning_and_an_end() -> None:
    """From the command line health, failure and health again follow one another."""
    healthy = Answer()
    timeline = programme("openai", "stall", 5.0, 20.0, healthy)
    assert [start for start, _ in timeline] == [0.0, 5.0, 20.0]
    assert isinstance(timeline[1][1], Stall)
    assert programme("openai", "", 0.0, 0.0, healthy) == [(0.0, healthy)]


def test_a_misspelt_failure_is_answered_with_the_list() -> None:
    """An unknown shape ends the program with all that there are."""
    with pytest.raises(SystemExit, match="hang_before_headers"):
        programme("openai", "stal", 0.0, 0.0, Answer())


async def test_the_command_line_prints_an_address_that_answers() -> None:
    """The first line is the base URL, the rest the configuration that uses it."""
    command = [sys.executable, "-m", "sanspanne.testing", "--kind", "ollama"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    address = (await process.stdout.readline()).decode().strip()
    await process.stdout.readline()
    section = [(await process.stdout.readline()).decode().strip() for _ in range(3)]
    process.terminate()
    await process.wait()
    assert address.startswith("http://127.0.0.1:")
    assert section == ["[providers.scripted]", 'kind = "llama"', f'base_url = "{address}"']
