"""The queue before the engine: bounded, honest about the wait, and never holding a slot for who has left."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.errors import Overloaded
from sanspanne.onboard.desk import FULL, FULLER, LONGEST, Desk, Limits

PATIENT = Limits(first=1e6, whole=1e6)


def desk(slots: int = 2, limits: Limits = PATIENT) -> Desk:
    return Desk(slots, limits=limits, clock=lambda: 0.0, reads=10.0, writes=1.0)


async def test_free_slots_are_given_at_once() -> None:
    """As many as there are slots are served, however long they take: nobody is ahead of them."""
    counter = desk(limits=Limits(first=1.0, whole=1.0))
    async with counter.seat(500, 500), counter.seat(500, 500):
        assert counter.seated == 2
    assert counter.seated == 0


async def test_refused_at_once_when_the_wait_does_not_fit() -> None:
    """Who could not be served in time is told so now, with when to come again."""
    counter = desk(1, Limits(first=20.0, whole=60.0))
    async with counter.seat(0, 50):  # 50 s expected
        with pytest.raises(Overloaded) as refused:
            async with counter.seat(0, 10):
                pytest.fail("there was no place")
    assert refused.value.retry_after == 30.0
    assert "about 50 s" in refused.value.message
    assert counter.waiting == 0


async def test_expects_an_ordinary_answer() -> None:
    """A large limit does not make the queue believe in a large answer: it learns how long answers are."""
    counter = desk(1)
    async with counter.seat(0, 5000):
        assert counter.expected_wait() == 60.0
    counter.saw(b'{"timings":{"predicted_n":10,"predicted_per_second":1}}')
    async with counter.seat(0, 5000):
        assert counter.expected_wait() == 50.0


async def test_short_wait_is_waited() -> None:
    """Who fits is served as soon as a slot is free."""
    counter = desk(1, Limits(first=20.0, whole=60.0))
    async with AsyncExitStack() as first:
        await first.enter_async_context(counter.seat(0, 10))
        second = asyncio.create_task(sit(counter))
        await until_waiting(counter, 1)
        await first.aclose()
        await second
    assert (counter.seated, counter.waiting) == (0, 0)


async def test_no_more_than_four_wait_for_each_slot() -> None:
    """The queue is short even when the estimate says that all would fit."""
    counter = desk(1)
    async with counter.seat(1, 1):
        waiting = [asyncio.create_task(sit(counter)) for _ in range(4)]
        await until_waiting(counter, 4)
        with pytest.raises(Overloaded):
            await sit(counter)
    await asyncio.gather(*waiting)


async def test_waiting_too_long_after_all_is_refused() -> None:
    """An estimate that was too kind ends in a refusal, not in silence."""
    counter = desk(1, Limits(first=0.05, whole=1e6))
    counter.reads = counter.writes = 1e9
    async with counter.seat(1, 1):
        with pytest.raises(Overloaded):
            await sit(counter)
        assert counter.waiting == 0


async def test_answers_get_shorter_as_the_queue_fills() -> None:
    """Before anybody is refused, everybody's answer may be less long."""
    counter = desk(1)
    assert counter.longest_answer == LONGEST
    async with counter.seat(1, 1):
        first = asyncio.create_task(sit(counter))
        await until_waiting(counter, 1)
        assert counter.longest_answer == FULLER
        second = asyncio.create_task(sit(counter))
        await until_waiting(counter, 2)
        assert counter.longest_answer == FULL
    await asyncio.gather(first, second)


@given(st.lists(st.sampled_from(["come", "leave", "cancel", "serve"]), max_size=60), st.integers(1, 4))
def test_slots_are_never_lost_nor_given_twice(steps: list[str], slots: int) -> None:
    """Whatever the order of coming, giving up and being served: at most `slots` are seated, and in the end all are free."""

    async def play() -> None:
        counter = desk(slots)
        guests: list[tuple[asyncio.Task[None], asyncio.Event]] = []
        for step in steps:
            act(step, counter, guests)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert counter.seated <= slots
            assert counter.waiting == 0 or counter.seated == slots, "nobody waits beside a free slot"
        for _, served in guests:
            served.set()
        await asyncio.gather(*(task for task, _ in guests), return_exceptions=True)
        assert (counter.seated, counter.waiting) == (0, 0)

    asyncio.run(play())


def act(step: str, counter: Desk, guests: list[tuple[asyncio.Task[None], asyncio.Event]]) -> None:
    if step == "come":
        served = asyncio.Event()
        guests.append((asyncio.create_task(sit(counter, served)), served))
    elif guests and step == "serve":
        guests.pop(0)[1].set()
    elif guests:
        guests.pop(0 if step == "leave" else -1)[0].cancel()


async def sit(counter: Desk, served: asyncio.Event | None = None) -> None:
    async with counter.seat(1, 1):
        if served:
            await served.wait()


async def until_waiting(counter: Desk, number: int) -> None:
    while counter.waiting < number:
        await asyncio.sleep(0)


def test_speeds_are_learnt_from_the_engine() -> None:
    """The engine's own timings move the estimate, in a stream's last frame as in a JSON body."""
    counter = desk()
    frame = b'data: {"choices":[],"timings":{"prompt_n":100,"prompt_per_second":60,"predicted_n":20,"predicted_per_second":11}}\n\n'
    counter.saw(frame)
    assert (counter.reads, counter.writes) == (20.0, 3.0)
    counter.saw(frame.removeprefix(b"data: ").strip())
    assert (counter.reads, counter.writes) == (28.0, 4.6)


@given(st.one_of(st.binary(), st.binary().map(lambda junk: b'data: {"timings"' + junk)))
def test_anything_else_teaches_nothing(raw: bytes) -> None:
    """Bytes that are no timings change no speed and raise nothing."""
    counter = desk()
    counter.saw(raw)
    assert (counter.reads, counter.writes, counter.says) == (10.0, 1.0, 60.0)


def test_slow_engine_still_reads_a_page() -> None:
    """However slow the engine has become, a question of ordinary length is not refused for its length."""
    assert Desk(1, reads=40.0).longest_prompt == 800
    assert Desk(1, reads=1.0).longest_prompt == 256


def test_tiny_samples_teach_nothing() -> None:
    """A prompt that was in the cache says nothing about reading."""
    counter = desk()
    counter.saw(b'{"timings":{"prompt_n":1,"prompt_per_second":2,"predicted_n":1,"predicted_per_second":1000}}')
    assert (counter.reads, counter.writes) == (10.0, 1.0)
