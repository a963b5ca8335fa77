"""Probes: the only requests by which a target that is out may come back.

    suspicion    two probes, one after the other; both silent or failed, and no user answered meanwhile: the breaker opens and
                 those who wait move on
    open         while the target is wanted (a request of the last 60 s would have used it) a probe every 4/3 to 8/3 s, from
                 the sixth minute on every 2 to 4 s, and every 0.6 to 1.2 s while requests wait for the target; after an
                 answered one the next follows at once, and two in a row close the breaker, or one where requests wait; none
                 while it is held open
    suspended    one probe at once to confirm (for a refused key the list of models, which is free), then one every 60 s while
                 it is wanted

A probe is a real streamed completion of one token: a list of models that answers says nothing about answers. Refused and
unanswered probes cost nothing; the answered ones have a daily allowance per target, and when it is used up a probe is sent
every 60 s only, so that a target always can come back.

The time is counted from probe to probe: who is silent is not waited for, or a hanging target would be asked every 10 s only. It
may still answer late, which counts, as long as the target is out. So users ask it again within 4 + 0.2 s and two first-token
times of its return: 5 s for a usual provider, and 2 s where somebody waits for it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from sanspanne.attempts.standing import Standings
from sanspanne.chat import Target
from sanspanne.errors import CredentialFailure, Failure, ModelGone

QUICKLY = 0.2
MOMENT = 1.0  # so long an answer is waited for before the next probe may be sent
GLANCE = 0.25  # so often a pause looks whether somebody has begun to wait
WAITED_FOR = (0.6, 1.2)  # seconds between two probes of a target that requests wait for
YOUNG = 300.0  # seconds: most blips are over by then, and each second counts; probes follow faster
SELDOM = 60.0
DAY = 86_400.0
FORGOTTEN = 600.0
PATIENCE = 10.0
SUSPICION_PAUSE = 30.0  # a target whose probe was answered is not suspected again for so long


class Pace(Struct, frozen=True):
    """How often to probe: seconds between two probes of a target that is down (half of them in the first five minutes), and
    answered probes per day."""

    every_min: float = 2.0
    every_max: float = 4.0
    per_day: int = 500


class Prober:
    """Sends the probes.

    `ask(target, patience)` sends one and returns its first-token time in seconds, or raises a `Failure`, `Stalled` when the
    first token takes longer than `patience` seconds. `demand(target)` tells whether requests wait for a target.
    """

    def __init__(
        self,
        standings: Standings,
        ask: Callable[[Target, float], Awaitable[float]],
        pace: Pace,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        key_is_refused: Callable[[Target], Awaitable[bool | None]],
        rng: random.Random | None = None,
        on_answer: Callable[[Target, float], None] = lambda target, seconds: None,
        demand: Callable[[Target], bool] = lambda target: False,
    ) -> None:
        self._standings = standings
        self._ask = ask
        self._pace = pace
        self._now = now
        self._sleep = sleep
        self._key_is_refused = key_is_refused
        self._rng = rng or random.Random()
        self._on_answer = on_answer
        self._demand = demand
        self._tasks: dict[Target, asyncio.Task[None]] = {}  # the latest of each target
        self._running: set[asyncio.Future[Any]] = set()
        self._spent: dict[Target, tuple[float, int]] = {}
        self._cleared: dict[Target, float] = {}
        standings.on_open = lambda target: self._start(target, self._revive(target))
        standings.on_suspicion = self._suspect
        standings.on_suspension = lambda target, reason: self._start(target, self._reinstate(target, reason))

    async def close(self) -> None:
        """Stop all probing."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, target: Target, work: Awaitable[None]) -> None:
        running = self._tasks.get(target)
        follow = asyncio.ensure_future(self._after(running, work))
        self._tasks[target] = follow
        self._running.add(follow)
        follow.add_done_callback(lambda done: self._done(target, done))

    async def _after(self, running: asyncio.Task[None] | None, work: Awaitable[None]) -> None:
        """One prober per target at a time: a suspicion that is proved hands over to the revival."""
        if running is not None and running is not asyncio.current_task():
            await asyncio.wait([running])
        await work

    def _done(self, target: Target, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._tasks.get(target) is task:
            del self._tasks[target]
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error  # a defect of ours: the loop's exception handler reports it

    # --- the three occasions

    def _suspect(self, target: Target, patience: float) -> None:
        lately = self._now() - self._cleared.get(target, -SUSPICION_PAUSE) < SUSPICION_PAUSE
        idle = target not in self._tasks and not self._standings.of(target).breaker.is_open
        if idle and not lately and not self._allowance_is_spent(target):
            self._start(target, self._confirm_silence(target, patience))

    async def _confirm_silence(self, target: Target, patience: float) -> None:
        since = self._now()
        for _ in range(2):
            if await self._probe(target, patience) or self._standings.of(target).answered_at >= since:
                self._cleared[target] = self._now()
                return

    async def _revive(self, target: Target) -> None:
        standing = self._standings.of(target)
        opened = begun = self._now()
        late: set[asyncio.Task[bool]] = set()
        try:
            while standing.breaker.is_open:
                await self._until_due(target, begun, young=self._now() - opened < YOUNG)
                if not standing.still_wanted():
                    await standing.wanted.wait()
                begun = self._now()
                while standing.breaker.is_open and await self._is_answered_soon(target, late):
                    await self._sleep(QUICKLY)
        finally:
            for probe in late:  # they were asked while it was out
                probe.cancel()

    async def _is_answered_soon(self, target: Target, late: set[asyncio.Task[bool]]) -> bool:
        """Send a probe, and wait for a moment. It is among those that are `late` until it has ended."""
        probe = asyncio.ensure_future(self._probe(target))
        for tasks in (late, self._running):
            tasks.add(probe)
            probe.add_done_callback(tasks.discard)
        await asyncio.wait([probe], timeout=MOMENT)
        return probe.done() and probe.result()

    async def _until_due(self, target: Target, begun: float, *, young: bool) -> None:
        """Wait until the next probe is due, after one that was `begun` then; less long as soon as requests wait for it."""
        held = self._standings.of(target).breaker.held
        if held or self._allowance_is_spent(target):
            await self._sleep(held or SELDOM)
            return
        usual = self._rng.uniform(self._pace.every_min, self._pace.every_max) / (1.5 if young else 1.0)
        hurried = min(usual, self._rng.uniform(*WAITED_FOR))
        while (left := begun + (hurried if self._demand(target) else usual) - self._now()) > 0:
            await self._sleep(min(left, GLANCE))

    async def _reinstate(self, target: Target, reason: str) -> None:
        standing = self._standings.of(target)
        confirmed = reason == "auth" and await self._free_probe(target)
        if not confirmed and await self._probe(target):
            return
        self._standings.confirm(target, str(self._standings.obstacle(target) or "its key or its model is refused"))
        while self._tasks.get(target) is asyncio.current_task() and self._standings.obstacle(target) is not None:
            await self._sleep(SELDOM)
            if not standing.still_wanted() and not await self._until_wanted(target):
                return
            if await self._probe(target):
                return

    async def _until_wanted(self, target: Target) -> bool:
        """Wait until a request would use the target; a model that nobody asks for any more is forgotten, and with it its fault."""
        standing = self._standings.of(target)
        if standing.suspended is None:  # it is the key that is out, and with it every model of the provider
            await standing.wanted.wait()
            return True
        try:
            async with asyncio.timeout(FORGOTTEN):
                await standing.wanted.wait()
        except TimeoutError:
            self._standings.forget_model(target)
            return False
        return True

    # --- one probe

    async def _probe(self, target: Target, patience: float = PATIENCE) -> bool:
        try:
            seconds = await self._ask(target, patience)
        except CredentialFailure as failure:
            self._standings.failed(target, failure)
            return False
        except ModelGone as failure:
            self._standings.key_accepted(target)
            self._standings.failed(target, failure)
            return False
        except Failure as failure:
            self._standings.probe_failed(target, failure)
            return False
        self._count(target)
        self._on_answer(target, seconds)
        self._standings.probe_answered(target, in_need=self._demand(target))
        return True

    async def _free_probe(self, target: Target) -> bool | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._key_is_refused(target)
        except TimeoutError:
            return None

    def _allowance_is_spent(self, target: Target) -> bool:
        since, count = self._spent.get(target, (self._now(), 0))
        return count >= self._pace.per_day and self._now() - since < DAY

    def _count(self, target: Target) -> None:
        since, count = self._spent.get(target, (self._now(), 0))
        if self._now() - since >= DAY:
            since, count = self._now(), 0
        self._spent[target] = (since, count + 1)
