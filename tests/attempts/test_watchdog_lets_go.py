"""What is guarded must not outlive its attempt: it holds a request, which may have many megabytes."""

import asyncio
import gc
import weakref

import pytest

from sanspanne.attempts.watchdog import Watchdog


class Guarded:
    """Something that owns the dog that guards it, as an attempt does."""

    def __init__(self):
        self.dog = Watchdog(asyncio.get_running_loop(), self.unblock)
        self.unblocked = False

    def unblock(self):
        self.unblocked = True


@pytest.fixture
def no_collector():
    gc.disable()
    yield
    gc.enable()


async def test_a_stopped_dog_lets_go_of_what_it_guarded(no_collector):
    """No cycle is left for the collector, which counts objects and not their bytes, and so comes too late."""
    guarded = Guarded()
    guarded.dog.feed(60.0, "gap")
    guarded.dog.stop()
    gone = weakref.ref(guarded)
    del guarded
    assert gone() is None


async def test_a_dog_that_bit_lets_go_too(no_collector):
    """Biting unblocks, once, and then nothing is held."""
    guarded = Guarded()
    guarded.dog.bite("gap")
    guarded.dog.bite("gap")
    assert guarded.unblocked
    gone = weakref.ref(guarded)
    del guarded
    assert gone() is None
