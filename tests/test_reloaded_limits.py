"""What a reload changes of the limits of targets."""

from contextlib import asynccontextmanager

from sanspanne.app import Service
from sanspanne.chat import Target
from sanspanne.config import parse

TARGET = Target("first", "gpt-4o")


def allowing(streams):
    """A configuration in which the operator allows so many answers at once."""
    provider = {"kind": "openai", "base_url": "http://127.0.0.1:9/v1", "key_env": "KEY"}
    if streams is not None:
        provider["streams"] = streams
    return parse({"providers": {"first": provider}, "onboard": {"enabled": False}})


@asynccontextmanager
async def service_allowing(tmp_path, streams):
    service = Service(allowing(streams), data_dir=tmp_path, environ={"KEY": "sk-test-key"})
    try:
        yield service
    finally:
        await service.stop()


async def test_a_reload_changes_how_many_streams_are_allowed(tmp_path):
    """`streams` of a provider that is in use holds from the reload on, whether it was raised, lowered or left out."""
    async with service_allowing(tmp_path, 3) as service:
        limiter = service.entrance.limiters.of(TARGET)
        seen = [limiter.limit]
        for streams in (10, 2, None):
            service.reconfigure(allowing(streams))
            seen.append(limiter.limit)
    assert seen == [3, 10, 2, 100]


async def test_a_reload_keeps_what_was_learnt(tmp_path):
    """A limit that the target itself has taught is not forgotten because the operator allows more, or less for a while."""
    async with service_allowing(tmp_path, 50) as service:
        limiter = service.entrance.limiters.of(TARGET)
        limiter._window.refused(5, 0.0)
        seen = []
        for streams in (80, 2, None):
            service.reconfigure(allowing(streams))
            seen.append(limiter.limit)
    assert seen == [5, 2, 5]


async def test_a_reload_lets_in_who_waits_for_the_room(tmp_path):
    """Those who wait hear of the room that a reload makes."""
    heard = []
    async with service_allowing(tmp_path, 1) as service:
        limiter = service.entrance.limiters.of(TARGET)
        limiter.try_acquire(spill=False)
        limiter.on_room = lambda: heard.append(limiter.try_acquire(spill=False))
        service.reconfigure(allowing(2))
    assert [permit is not None for permit in heard] == [True]
