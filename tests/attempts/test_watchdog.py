"""The timer that ends a silence, on a loop whose time the tests move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from sanspanne.attempts.watchdog import GRACE, Watchdog


class Timer:
    """One entry of the loop's timetable. It does not tell when it is due: uvloop's do not, when they are due at once."""

    def __init__(self, when: float, call: Callable[[], None]) -> None:
        self.at = when
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """A loop with a timetable and nothing else."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(when, call))
        return self.timers[-1]

    def call_later(self, delay: float, call: Callable[[], None]) -> Timer:
        return self.call_at(self.now + delay, call)

    def move(self, seconds: float) -> None:
        """Let time pass, then call what is due by now, once."""
        self.now += seconds
        due = [timer for timer in self.timers if timer.at <= self.now]
        self.timers = [timer for timer in self.timers if timer.at > self.now]
        for timer in due:
            if not timer.cancelled:
                timer.call()


def dog_on(loop: Loop) -> tuple[Watchdog, list[str]]:
    """A watchdog, and its bites."""
    bites: list[str] = []
    return Watchdog(cast(asyncio.AbstractEventLoop, cast(Any, loop)), lambda: bites.append("bite")), bites


def test_it_looks_twice_before_it_bites() -> None:
    """A loop that runs late gets a moment to read what has arrived; only then is a silence a silence."""
    loop = Loop()
    dog, bites = dog_on(loop)
    dog.feed(10.0, "gap")
    loop.move(10.0)
    assert bites == []
    loop.move(GRACE)
    assert (bites, dog.bitten) == (["bite"], "gap")


def test_what_was_only_unread_is_no_silence() -> None:
    """Who is fed between the two looks is not bitten, and has his whole time again."""
    loop = Loop()
    dog, bites = dog_on(loop)
    dog.feed(10.0, "gap")
    loop.move(10.0)
    dog.feed(10.0, "gap")
    loop.move(GRACE)
    loop.move(9.0)
    assert bites == []


def test_a_slow_caller_is_not_the_upstreams_silence() -> None:
    """While nobody waits for the upstream no time counts."""
    loop = Loop()
    dog, bites = dog_on(loop)
    dog.feed(10.0, "gap")
    dog.rest()
    loop.move(1000.0)
    loop.move(GRACE)
    assert bites == []


def test_it_bites_once() -> None:
    """Whoever says it first ends the wait, and nobody ends it again."""
    loop = Loop()
    dog, bites = dog_on(loop)
    dog.feed(10.0, "first_token")
    dog.bite("given_up")
    dog.bite("first_token")
    loop.move(10.0)
    loop.move(GRACE)
    assert (bites, dog.bitten) == (["bite"], "given_up")


def test_a_pardoned_silence_may_last_longer() -> None:
    """It asks before it bites, grants the seconds that it is told, and bites when it is told none."""
    loop = Loop()
    pardons = [5.0, 0.0]
    bites: list[str] = []
    host = cast(asyncio.AbstractEventLoop, cast(Any, loop))
    dog = Watchdog(host, lambda: bites.append("bite"), pardon=lambda reason: pardons.pop(0))
    dog.feed(10.0, "first_token")
    for seconds in (10.0, GRACE, 4.9):
        loop.move(seconds)
    assert bites == []
    loop.move(0.1)
    loop.move(GRACE)
    assert (bites, pardons) == (["bite"], [])
