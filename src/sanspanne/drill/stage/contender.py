"""What stands between the users and the providers in a drill, and what those have in common that are a child of it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.cast import Endpoint
from sanspanne.errors import SanspanneError

MODEL = "drill"  # what users ask for
KEY_ENV = "SANSPANNE_DRILL_KEY"  # the key for the scripted providers, which take any
STOP_SECONDS, LOOKS = 10.0, 0.02


class DrillError(SanspanneError):
    """A drill could not be carried out. The message says what did not start, or what ended too early."""


class Contender(Protocol):
    """Something that users ask at one address. `name` is its column in the reports.

    `queue_url` is where it tells who waits, empty if it does not.
    """

    name: str
    queue_url: str

    @property
    def pid(self) -> int | None:
        """Its process, if it has one."""
        ...

    async def start(self, providers: Mapping[str, Endpoint], scenario: Scenario, folder: Path) -> str:
        """Start over these providers; the base URL, as OpenAI's SDK takes it, once it serves `MODEL`. Raises `DrillError`."""
        ...

    async def restart(self) -> None:
        """kill -9, and again at the same address; does nothing where nothing can be killed."""
        ...

    async def stop(self) -> None:
        """End it, whatever happened; never raises."""
        ...


class Child:
    """A contender that is one process, with a folder and a log of its own."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._folder = Path()
        self._port = 0

    @property
    def pid(self) -> int | None:
        """See `Contender`."""
        return self._process.pid if self._process else None

    async def restart(self) -> None:
        """See `Contender`."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            await self._begin()

    async def stop(self) -> None:
        """See `Contender`."""
        if self._process is not None:
            await end(self._process)

    async def _begin(self) -> None:
        raise NotImplementedError

    async def _run(self, command: list[str], environ: Mapping[str, str]) -> None:
        """Run it, with these added to our own environment."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                env={**os.environ, **environ},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the drill, and the drill ends this
            )

    @property
    def _has_ended(self) -> bool:
        return self._process is None or self._process.returncode is not None

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _end_of_log(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def key_of(tenant: str) -> str:
    """The key with which a tenant's users ask."""
    return f"sk-drill-{tenant}"


async def end(process: asyncio.subprocess.Process) -> None:
    """SIGTERM to a child of ours; insist after a while."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
