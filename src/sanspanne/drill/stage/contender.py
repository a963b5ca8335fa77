"""What stands between the users and the providers in a drill; here sanspanne itself, as a child of the drill."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import aiohttp

from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.cast import Endpoint
from sanspanne.errors import SanspanneError

MODEL = "drill"  # what users ask for
KEY_ENV = "SANSPANNE_DRILL_KEY"  # the key for the scripted providers, which take any
START_SECONDS, STOP_SECONDS, LOOKS = 60.0, 10.0, 0.02
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


class DrillError(SanspanneError):
    """A drill could not be carried out. The message says what did not start, or what ended too early."""


def key_of(tenant: str) -> str:
    """The key with which a tenant's users ask."""
    return f"sk-drill-{tenant}"


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


class Sanspanne:
    """`sanspanne serve` of this very installation, with a configuration and a data folder of its own."""

    name = "sanspanne"

    def __init__(self) -> None:
        self.queue_url = ""
        self._process: asyncio.subprocess.Process | None = None
        self._folder = Path()
        self._port = 0

    @property
    def pid(self) -> int | None:
        """The process of `serve`."""
        return self._process.pid if self._process else None

    async def start(self, providers: Mapping[str, Endpoint], scenario: Scenario, folder: Path) -> str:
        """See `Contender`."""
        self._folder = folder
        (folder / "sanspanne.toml").write_text(configuration(providers, scenario), encoding="utf-8")
        await self._begin()
        self._port = await self._until_ready()
        self.queue_url = f"http://127.0.0.1:{self._port}/v1/queue"
        return f"http://127.0.0.1:{self._port}/v1"

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

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    async def _begin(self) -> None:
        config, data = str(self._folder / "sanspanne.toml"), str(self._folder / "data")
        options = ["serve", "--config", config, "--data", data, "--port", str(self._port)]
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "sanspanne", *options),
                env={**os.environ, KEY_ENV: "sk-drill"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the drill, and the drill ends this
            )

    async def _until_ready(self) -> int:
        """The port on which it serves."""
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
                while True:
                    port = await self._serving(session)
                    if port is not None:
                        return port
                    await asyncio.sleep(LOOKS)
        except TimeoutError:
            raise DrillError(f"sanspanne does not serve after {START_SECONDS:.0f} s:\n{self._end_of_log()}") from None

    async def _serving(self, session: aiohttp.ClientSession) -> int | None:
        if self._process is None or self._process.returncode is not None:
            raise DrillError(f"sanspanne did not start:\n{self._end_of_log()}")
        found = ADDRESS.search(self._log.read_text(errors="replace"))
        if found is None:
            return None
        try:
            async with session.get(f"{found[0]}/readyz") as response:
                return int(found[1]) if response.status == 200 else None
        except aiohttp.ClientError:
            return None

    def _end_of_log(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


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


def configuration(providers: Mapping[str, Endpoint], scenario: Scenario) -> str:
    """What `sanspanne serve` reads: the scenario's chain as the model `drill`; a key for each tenant, if there are several."""
    lines = ["[server]", "drain_seconds = 1.0", "[onboard]", f"enabled = {json.dumps(scenario.onboard)}"]
    for name, provider in providers.items():
        lines += [f'[providers."{name}"]', f'kind = "{provider.kind}"', f'base_url = "{provider.base_url}"']
        lines += [f'key_env = "{KEY_ENV}"']
    chain = [f"{name}/{providers[name].model}" for name in scenario.chain]
    lines += [f"[models.{MODEL}]", f"chain = {json.dumps(chain)}", f"onboard = {json.dumps(scenario.onboard)}"]
    if len(scenario.load.tenants) > 1:
        for tenant in scenario.load.tenants:
            digest = hashlib.sha256(key_of(tenant).encode()).hexdigest()
            lines += [f'[keys."{tenant}"]', f'sha256 = "{digest}"']
    return "\n".join(lines) + "\n"
