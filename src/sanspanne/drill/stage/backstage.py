"""The child that plays all providers, as the stage sees it (`cast.py` is what it runs)."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Self

import msgspec

from sanspanne.drill.result import ProviderTick
from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.cast import Endpoint, Line
from sanspanne.drill.stage.contender import DrillError, end

ENDS_WITHIN = 10.0  # seconds


class Cast:
    """The child that plays all providers. `ticks` has what it has told so far, `last` the sums that it ends with."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.endpoints: dict[str, Endpoint] = {}
        self.ticks: list[ProviderTick] = []
        self.now: list[ProviderTick] = []
        self.last = Line()
        self._listening: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, scenario: Scenario) -> Self:
        """The providers listen; their seconds do not count yet."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sanspanne.drill.stage.cast"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # Ctrl-C ends the drill, and the drill ends this
        )
        cast = cls(process)
        cast._write(msgspec.json.encode(scenario))
        try:
            line = await cast._read()
        except BaseException:
            await end(process)
            raise
        if line is None:
            await end(process)
            raise DrillError("The scripted providers did not start; what they said stands above.")
        cast.endpoints = line.endpoints
        return cast

    def go(self) -> None:
        """From now on the scenario's seconds count."""
        self._write(b"go")
        self._listening = asyncio.create_task(self._listen())

    async def finish(self) -> Line:
        """The play is over; the sums. Raises `DrillError` if the providers ended before."""
        assert self._process.stdin is not None
        assert self._listening is not None
        self._process.stdin.close()
        async with asyncio.timeout(ENDS_WITHIN):
            await self._listening
        if self.last.continuations is None:
            raise DrillError("The scripted providers ended in the middle of the drill; what they said stands above.")
        return self.last

    async def stop(self) -> None:
        """End it, whatever happened."""
        if self._listening is not None:
            self._listening.cancel()
        await end(self._process)

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")

    async def _read(self) -> Line | None:
        assert self._process.stdout is not None
        data = await self._process.stdout.readline()
        return msgspec.json.decode(data, type=Line) if data else None

    async def _listen(self) -> None:
        while (line := await self._read()) is not None:
            self.last = line
            self.now = line.ticks or self.now
            self.ticks += line.ticks
