"""Keeps the engine's process alive, and says where it listens.

stopped -> loading -> ready -> (died) -> restarting -> loading ...
              |                  |
              |                  +-- twice within 60 s --> unavailable for 5 min -> loading ...
              +-- no engine installed, no AVX2 ----------> unavailable until `start` is called again
"""

from __future__ import annotations

import asyncio
import importlib.util
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

from sanspanne.onboard.process import PROGRAM, EngineDied, Load, begin

BREATH = 0.25  # seconds between a first death and the next life
WINDOW = 60.0  # two deaths within so many seconds ...
REST = 300.0  # ... and the engine is left alone for so long

NOT_INSTALLED = "the engine of the model on board is not installed; install it with: pip install 'sanspanne[onboard]'"


class EngineState(StrEnum):
    """Where the engine is in its life."""

    STOPPED = "stopped"
    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    UNAVAILABLE = "unavailable"


def installed() -> bool:
    """Whether the optional engine is there; looks without importing it."""
    return importlib.util.find_spec("xllamacpp") is not None


class Engine:
    """The engine under supervision.

    `base_url` changes with every life of the process, so read it for every call; it is "" unless the engine is ready. `key`
    stays the same. `changed` is called after every change of state and must not block. `sleep` and `clock` are in seconds.
    """

    def __init__(
        self,
        load: Load,
        *,
        program: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.load = load
        self.key = secrets.token_urlsafe(24)
        self.state = EngineState.STOPPED
        self.reason = ""
        self.port = 0
        self.pid = 0
        self.lives = 0
        self._program = program
        self._clock = clock
        self._sleep = sleep
        self._changed = changed
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def base_url(self) -> str:
        """Where the engine speaks OpenAI's dialect, as in "http://127.0.0.1:41234/v1"."""
        return f"http://127.0.0.1:{self.port}/v1" if self.state is EngineState.READY else ""

    async def start(self) -> None:
        """Begin to load; returns at once. A second call does nothing while the engine is under supervision."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._supervise())

    async def stop(self) -> None:
        """End the process; it has gone on return."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        self._become(EngineState.STOPPED)

    async def until(self, *states: EngineState) -> None:
        """Wait until the engine is in one of `states`. A state that lasts for a moment only may be missed."""
        while self.state not in states:
            await self._moved.wait()

    async def _supervise(self) -> None:
        if self._program is None and not installed():
            return self._become(EngineState.UNAVAILABLE, NOT_INSTALLED)
        deaths: deque[float] = deque(maxlen=2)
        while True:
            death = await self._live()
            deaths.append(self._clock())
            if death.final:
                return self._become(EngineState.UNAVAILABLE, death.sentence)
            if len(deaths) == 2 and deaths[1] - deaths[0] < WINDOW:
                deaths.clear()
                self._become(EngineState.UNAVAILABLE, f"{death.sentence}; next try in {REST / 60:.0f} minutes")
                await self._sleep(REST)
            else:
                self._become(EngineState.RESTARTING, death.sentence)
                await self._sleep(BREATH)

    async def _live(self) -> EngineDied:
        """One life of the process: from its start to its death."""
        self._become(EngineState.LOADING)
        try:
            life = await begin(self.load, self.key, program=self._program or PROGRAM)
        except EngineDied as death:
            return death
        except OSError as error:
            return EngineDied(f"the engine's process could not be started: {error.strerror or error}")
        self.port, self.pid, self.lives = life.port, life.pid, self.lives + 1
        self._become(EngineState.READY)
        try:
            return await life.death()
        finally:
            self.port = self.pid = 0
            await life.end()

    def _become(self, state: EngineState, reason: str = "") -> None:
        self.state, self.reason = state, reason
        self._moved.set()
        self._moved = asyncio.Event()
        self._changed()
