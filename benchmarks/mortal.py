"""`sanspanne serve` as a process that dies and begins again at the same place: one port, one data folder, many lives."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.plain_http import request
from benchmarks.processes import free_port

START_SECONDS, STOP_SECONDS = 30.0, 30.0
POLL_SECONDS = 0.01


class Mortal:
    """The process. `life` counts its lives from 1.

    `starts` has the seconds from each one's beginning until it served, `stops` those from each SIGTERM until the end.
    """

    def __init__(self, folder: Path, config: str) -> None:
        self.port = free_port()
        self.data = folder / "data"
        self.log = folder / "log"
        self.life = 0
        self.stopped: set[int] = set()  # lives that were told to stop
        self.starts: list[float] = []
        self.stops: list[float] = []
        self._config = folder / "sanspanne.toml"
        self._config.write_text(config)
        self._process: asyncio.subprocess.Process
        self._began = 0.0

    async def begin(self) -> None:
        """Begin a life; it does not serve yet."""
        self.life += 1
        self._began = time.perf_counter()
        options = ["--config", str(self._config), "--data", str(self.data), "--port", str(self.port)]
        environ = {**os.environ, "KEY": "sk-test-key", "PYTHONFAULTHANDLER": "1"}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "sanspanne", "serve", *options),
                env=environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def serves(self) -> None:
        """Return when it answers. Raises `RuntimeError` with the end of the log when it has ended instead."""
        async with asyncio.timeout(START_SECONDS):
            while (await request(self.port, "GET", "/healthz")).status != 200:
                if self._process.returncode is not None:
                    raise RuntimeError(f"sanspanne did not start:\n{self._end_of_log()}")
                await asyncio.sleep(POLL_SECONDS)
        self.starts.append(time.perf_counter() - self._began)

    async def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM, then wait for the end; the exit code. Raises `RuntimeError` with what it was doing when it does not end."""
        self.stopped.add(self.life)
        began = time.perf_counter()
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                code = await self._process.wait()
        except TimeoutError:
            self._process.send_signal(signal.SIGABRT)  # the fault handler writes the stacks of all threads
            await self._process.wait()
            raise RuntimeError(f"sanspanne does not end after SIGTERM:\n{self._end_of_log()}") from None
        self.stops.append(time.perf_counter() - began)
        return code

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def abandon(self) -> None:
        """Whatever happened, nothing is left running."""
        if self.life and self._process.returncode is None:
            self._process.kill()

    def journal(self) -> int:
        """The bytes of the journal's files together."""
        return sum(path.stat().st_size for path in (self.data / "journal").glob("*") if path.is_file())

    def readable(self) -> Iterator[Path]:
        """What of the journal others than its owner may read."""
        folder = self.data / "journal"
        paths = [folder, *folder.glob("*")] if folder.exists() else []
        yield from (path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077)
