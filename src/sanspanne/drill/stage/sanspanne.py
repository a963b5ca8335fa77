"""sanspanne itself in a drill."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.cast import Endpoint
from sanspanne.drill.stage.contender import KEY_ENV, LOOKS, MODEL, Child, DrillError, key_of

START_SECONDS = 60.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Sanspanne(Child):
    """`sanspanne serve` of this very installation, with a configuration and a data folder of its own."""

    name = "sanspanne"
    queue_url = ""

    async def start(self, providers: Mapping[str, Endpoint], scenario: Scenario, folder: Path) -> str:
        """See `Contender`."""
        self._folder = folder
        (folder / "sanspanne.toml").write_text(configuration(providers, scenario), encoding="utf-8")
        await self._begin()
        self._port = await self._until_ready()
        self.queue_url = f"http://127.0.0.1:{self._port}/v1/queue"
        return f"http://127.0.0.1:{self._port}/v1"

    async def _begin(self) -> None:
        config, data = str(self._folder / "sanspanne.toml"), str(self._folder / "data")
        options = ["serve", "--config", config, "--data", data, "--port", str(self._port)]
        await self._run([sys.executable, "-m", "sanspanne", *options], {KEY_ENV: "sk-drill"})

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
        if self._has_ended:
            raise DrillError(f"sanspanne did not start:\n{self._end_of_log()}")
        found = ADDRESS.search(self._log.read_text(errors="replace"))
        if found is None:
            return None
        try:
            async with session.get(f"{found[0]}/readyz") as response:
                return int(found[1]) if response.status == 200 else None
        except aiohttp.ClientError:
            return None


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
