"""The queue before the engine: who cannot be served in time is told so at once, and not after a minute.

The engine itself queues without bound. Here each request has an expected duration

    prompt tokens / reading speed  +  tokens of an ordinary answer (max_tokens at most) / writing speed

with all three as moving averages of what the engine reports (for one slot, beside the others). The expected wait is found by
giving the slots to those ahead in their order. With nobody ahead there is no wait, and nobody is refused.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct

from sanspanne.errors import Overloaded

LONGEST, FULLER, FULL = 512, 128, 64  # tokens that an answer may have: nobody waits, some do, the queue is half full

PAGE = 256  # tokens
TELLING = 64  # tokens of a prompt: shorter ones are read together with others', and say little of the speed


class Limits(Struct, frozen=True):
    """Seconds until the first token and until the end, waiting included; and how many may wait for each slot."""

    first: float = 20.0
    whole: float = 60.0
    waiting_per_slot: int = 4


class Timings(Struct, frozen=True):
    """What the engine says at the end of an answer. Tokens, and tokens per second."""

    prompt_n: int = 0
    prompt_per_second: float = 0.0
    predicted_n: int = 0
    predicted_per_second: float = 0.0


class _WithTimings(Struct):
    timings: Timings | None = None


class _Guest(Struct, eq=False):
    reading: float  # seconds
    duration: float  # seconds
    seated: asyncio.Future[None]
    since: float = 0.0


class Desk:
    """Gives out the engine's slots, first come, first served.

    `clock` is in seconds; `reads` and `writes` (tokens per second) and `says` (tokens of an answer) are first guesses.
    """

    def __init__(
        self,
        slots: int,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        reads: float = 40.0,
        writes: float = 6.0,
        says: float = 60.0,
    ) -> None:
        self.slots = slots
        self.limits = limits or Limits()
        self.reads = reads
        self.writes = writes
        self.says = says
        self._clock = clock
        self._seated: set[_Guest] = set()
        self._waiting: deque[_Guest] = deque()

    @property
    def seated(self) -> int:
        """How many are being served."""
        return len(self._seated)

    @property
    def waiting(self) -> int:
        """How many wait for a slot."""
        return len(self._waiting)

    @property
    def longest_answer(self) -> int:
        """How many tokens an answer may have now: shorter answers before refusals."""
        if self.waiting * 2 >= self.slots * self.limits.waiting_per_slot:
            return FULL
        return FULLER if self.waiting else LONGEST

    @property
    def longest_prompt(self) -> int:
        """How many tokens can be read before the first one is due; a page is always accepted."""
        return max(int(self.reads * self.limits.first), PAGE)

    @asynccontextmanager
    async def seat(self, prompt_tokens: int, max_tokens: int) -> AsyncIterator[None]:
        """Hold a slot. Raises `Overloaded`, with `retry_after` in seconds, when it cannot be had in time."""
        reading = prompt_tokens / self.reads
        writing = min(max_tokens, self.says) / self.writes
        guest = _Guest(reading, reading + writing, asyncio.get_running_loop().create_future())
        self._admit(guest)
        try:
            await self._wait(guest)
            yield
        finally:
            self._leave(guest)

    def saw(self, raw: bytes) -> None:
        """Learn speeds and length from an answer's last bytes, as the engine sent them (a JSON body or an SSE frame)."""
        start = raw.find(b"{")
        if b'"timings"' not in raw or start < 0:
            return
        try:
            timings = msgspec.json.decode(raw[start:].strip(), type=_WithTimings).timings
        except msgspec.MsgspecError:
            return  # a speed not learnt is no loss: the answer itself is read elsewhere, and judged there
        if timings and timings.prompt_n >= TELLING:
            self.reads += 0.2 * (max(timings.prompt_per_second, 1.0) - self.reads)
        if timings and timings.predicted_n >= 8:
            self.writes += 0.2 * (max(timings.predicted_per_second, 0.5) - self.writes)
        if timings and timings.predicted_n:
            self.says += 0.2 * (timings.predicted_n - self.says)

    def expected_wait(self) -> float:
        """Seconds until one who comes now would be given a slot."""
        now = self._clock()
        free = [0.0] * (self.slots - self.seated)
        free += [max(guest.since + guest.duration - now, 0.1 * guest.duration) for guest in self._seated]
        heapq.heapify(free)
        for guest in self._waiting:
            heapq.heapreplace(free, free[0] + guest.duration)
        return free[0]

    def _admit(self, guest: _Guest) -> None:
        """Seat the guest, or let him wait, or refuse him."""
        if self.seated < self.slots:
            return self._give(guest)
        wait = self.expected_wait()
        late = max(wait + guest.reading - self.limits.first, wait + guest.duration - self.limits.whole)
        if late > 0 or self.waiting >= self.slots * self.limits.waiting_per_slot:
            raise _refusal(wait, max(late, wait / 2))
        self._waiting.append(guest)
        return None

    async def _wait(self, guest: _Guest) -> None:
        try:
            async with asyncio.timeout(self.limits.first):
                await guest.seated
        except TimeoutError:
            raise _refusal(self.limits.first, self.expected_wait()) from None

    def _give(self, guest: _Guest) -> None:
        guest.since = self._clock()
        self._seated.add(guest)
        guest.seated.set_result(None)

    def _leave(self, guest: _Guest) -> None:
        """The guest has gone, served or not: the next one in the queue is seated."""
        self._seated.discard(guest)
        if guest in self._waiting:
            self._waiting.remove(guest)
        while self._waiting and self.seated < self.slots:
            following = self._waiting.popleft()
            if not following.seated.done():  # else he has left, and is about to say so
                self._give(following)


def _refusal(wait: float, again: float) -> Overloaded:
    return Overloaded(
        f"the model on board has no place free in time (the wait would be about {math.ceil(wait)} s)",
        target="onboard",
        retry_after=float(min(max(math.ceil(again), 1), 60)),
        reason="queue",
    )
