"""The stage: providers, one contender and the users, from the first question to the last answer.

this process    the users, and whoever watches
a child         all providers (`cast.py`)
a child         the contender (`contender.py`)
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import aiohttp
import msgspec
from msgspec import Struct

from sanspanne.drill.questions import own_questions, questions
from sanspanne.drill.result import ProviderTick, QueueTick, Run
from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.backstage import Cast
from sanspanne.drill.stage.cast import Endpoint, Line
from sanspanne.drill.stage.contender import MODEL, Contender, key_of
from sanspanne.drill.stage.load import Crowd, own_door
from sanspanne.drill.stage.user import Door

MOMENT = LOOKS_AT_QUEUE = 0.5  # seconds
KEPT_SECONDS = 30.0  # for which kept questions are waited for after everybody else has been served
TOO_LATE = 0.25  # seconds by which a user comes late who makes the figures doubtful


class Moment(Struct):
    """How a drill stands: counts since the beginning; `waiting` are those who have no answer and no error yet."""

    at: float
    asked: int
    whole: int
    waiting: int
    refused: int
    broken: int = 0
    kept: int = 0
    rungs: dict[str, int] = {}
    providers: Sequence[ProviderTick] = ()


class Troupe(Protocol):
    """The providers of a drill: scripted ones (`Cast`), or real ones behind proxies. `now` is the last look at each."""

    endpoints: dict[str, Endpoint]
    ticks: list[ProviderTick]
    now: list[ProviderTick]

    def go(self) -> None: ...
    async def finish(self) -> Line: ...
    async def stop(self) -> None: ...


class Play:
    """One scenario and one contender, on the stage."""

    def __init__(self, scenario: Scenario, contender: Contender, cast: Troupe, session: aiohttp.ClientSession) -> None:
        self.scenario, self.contender, self.cast, self.session = scenario, contender, cast, session
        self.queue: list[QueueTick] = []
        self._began = asyncio.get_running_loop().time()

    def clock(self) -> float:
        """Seconds since the beginning."""
        return asyncio.get_running_loop().time() - self._began

    async def play(self, base_url: str, progress: Callable[[Moment], None]) -> Run:
        """From the first question to the last answer."""
        scenario = self.scenario
        keys = {tenant: key_of(tenant) for tenant in scenario.load.tenants}
        retries, patience = scenario.load.retries, scenario.patience
        most = scenario.load.max_tokens
        door = Door(base_url, MODEL, keys=keys, retries=retries, patience=patience, max_tokens=most)
        self.cast.go()
        self._began = asyncio.get_running_loop().time()
        ours = Crowd(questions(scenario), door, self.session, self.clock)
        own = [
            Crowd(own_questions(scenario, name), own_door(endpoint, retries, patience), self.session, self.clock)
            for name, endpoint in self.cast.endpoints.items()
        ]
        async with beside(self._tell(ours, progress), self._watch_queue(), self._kill()):
            async with asyncio.TaskGroup() as asking:
                for crowd in (ours, *own):
                    asking.create_task(crowd.ask())
            await ours.collect(KEPT_SECONDS)
        progress(self._moment(ours))
        return await self._run(ours, own)

    async def _run(self, ours: Crowd, own: Sequence[Crowd]) -> Run:
        sums = await self.cast.finish()
        late = max(crowd.late for crowd in (ours, *own))
        note = f"Users came up to {late:.1f} s late, because this machine is too busy: the figures are doubtful."
        return Run(
            self.contender.name,
            asked=ours.asked,
            own=[asked for crowd in own for asked in crowd.asked],
            providers=self.cast.ticks,
            queue=self.queue,
            calls=sums.calls,
            continuations=sums.continuations or 0,
            notes=[note] if late > TOO_LATE else [],
        )

    # --- beside the users

    async def _tell(self, ours: Crowd, progress: Callable[[Moment], None]) -> None:
        while True:
            progress(self._moment(ours))
            await asyncio.sleep(MOMENT)

    def _moment(self, ours: Crowd) -> Moment:
        states = [asked.state for asked in ours.asked]
        return Moment(
            at=round(self.clock(), 1),
            asked=len(states),
            whole=states.count("whole"),
            waiting=ours.waiting,
            refused=states.count("refused"),
            broken=states.count("broken"),
            kept=states.count("kept"),
            rungs=Counter(asked.rung for asked in ours.asked if asked.rung),
            providers=self.cast.now,
        )

    async def _watch_queue(self) -> None:
        """Who waits in the gateway, as long as it tells."""
        if not self.contender.queue_url:
            return
        tenant = next(iter(self.scenario.load.tenants))
        headers = {"authorization": f"Bearer {key_of(tenant)}"}
        while True:
            try:
                async with self.session.get(self.contender.queue_url, headers=headers) as response:
                    if response.status == 404:
                        return
                    if response.status == 200:
                        told = msgspec.json.decode(await response.read())
                        self.queue.append(QueueTick(round(self.clock(), 2), told["waiting"], told.get("kept", 0)))
            except aiohttp.ClientError:  # it has been killed, and comes again
                pass
            await asyncio.sleep(LOOKS_AT_QUEUE)

    async def _kill(self) -> None:
        for kill in sorted(self.scenario.kill, key=lambda kill: kill.at):
            await asyncio.sleep(kill.at - self.clock())
            await self.contender.restart()


@asynccontextmanager
async def beside(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Works that go on beside the body, and are cancelled after it; what one of them raises ends both."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        yield
        for task in tasks:
            task.cancel()


async def perform(
    scenario: Scenario,
    contender: Contender,
    progress: Callable[[Moment], None],
    start: Callable[[Scenario], Awaitable[Troupe]] = Cast.start,
) -> Run:
    """Perform a scenario with a contender; `progress` is told of every half second. Raises `DrillError`.

    Whatever happens, Ctrl-C included, every process that was started has ended when this returns.
    """
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=None)
    cast = await start(scenario)
    try:
        with tempfile.TemporaryDirectory(prefix="sanspanne-drill-") as folder:
            async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
                try:
                    base_url = await contender.start(cast.endpoints, scenario, Path(folder))
                    return await Play(scenario, contender, cast, session).play(base_url, progress)
                finally:
                    await contender.stop()
    finally:
        await cast.stop()
