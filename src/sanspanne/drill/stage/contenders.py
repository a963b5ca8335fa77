"""The others in a drill: no gateway at all, and LiteLLM if there is one. The same protocol as `contender.Sanspanne`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.cast import Endpoint
from sanspanne.drill.stage.contender import KEY_ENV, LOOKS, MODEL, DrillError, end

START_SECONDS = 120.0  # it imports for ten seconds on a slow machine

# LiteLLM's own example for "fallbacks, retries, timeouts, cooldowns": https://docs.litellm.ai/docs/proxy/reliability
ADVISED = {"num_retries": 3, "request_timeout": 10, "allowed_fails": 3, "cooldown_time": 30}

ENVIRON = {
    KEY_ENV: "sk-drill",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOG": "ERROR",
    # it listens on loopback for a minute, and several tenants ask, each with a key that it does not know
    "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
}

# how LiteLLM calls our kinds of providers; those that are not here speak OpenAI's dialect
PREFIXES = {"anthropic": "anthropic", "gemini": "gemini", "mistral": "mistral", "perplexity": "perplexity"}


class NoGateway:
    """Users ask the first provider of the chain directly, and try again as its SDK does."""

    name = "no gateway"
    queue_url = ""
    pid: int | None = None

    async def start(self, providers: Mapping[str, Endpoint], scenario: Scenario, folder: Path) -> str:
        """See `Contender`."""
        first = providers[scenario.chain[0]]
        if first.kind in ("anthropic", "gemini"):
            raise DrillError(
                f"Without a gateway the users would ask {first.name}, but their client speaks OpenAI's dialect and {first.kind} "
                "does not. Expected a chain that begins with another provider, or: --against litellm"
            )
        return first.base_url

    async def restart(self) -> None:
        """See `Contender`."""

    async def stop(self) -> None:
        """See `Contender`."""


class LiteLLM:
    """LiteLLM's proxy, with the chain as fallbacks and the settings that its documents show."""

    name = "litellm"
    queue_url = ""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._folder = Path()
        self._port = 0

    @property
    def pid(self) -> int | None:
        """The process of the proxy."""
        return self._process.pid if self._process else None

    async def start(self, providers: Mapping[str, Endpoint], scenario: Scenario, folder: Path) -> str:
        """See `Contender`."""
        self._folder, self._port = folder, _free_port()
        chain = [providers[name] for name in scenario.chain]
        (folder / "config.yaml").write_text(configuration(chain), encoding="utf-8")
        await self._begin()
        await self._until_ready()
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

    async def _begin(self) -> None:
        options = ["--config", str(self._folder / "config.yaml"), "--host", "127.0.0.1", "--port", str(self._port)]
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(str(self._program), *options, "--num_workers", "1", "--telemetry", "False"),
                env={**os.environ, **ENVIRON},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the drill, and the drill ends this
            )

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
                while not await self._answers(session):  # noqa: ASYNC110  # another process: it sets no event of ours
                    await asyncio.sleep(LOOKS)
        except TimeoutError:
            raise DrillError(f"litellm does not answer after {START_SECONDS:.0f} s:\n{self._end_of_log()}") from None

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        if self._process is None or self._process.returncode is not None:
            raise DrillError(f"litellm did not start:\n{self._end_of_log()}")
        try:
            async with session.get(f"http://127.0.0.1:{self._port}/health/liveliness") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    def _end_of_log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-2000:]


def find_litellm(named: str, search: str) -> Path | None:
    """Its program: the one that was named (a path or a command), else `litellm` on the path `search`."""
    found = shutil.which(named or "litellm", path=search)
    return Path(found) if found else None


def configuration(chain: list[Endpoint]) -> str:
    """What the proxy reads. YAML takes JSON, so JSON it is."""
    names = [MODEL, *(f"{MODEL}-{endpoint.name}" for endpoint in chain[1:])]
    models = [{"model_name": name, "litellm_params": _model(each)} for name, each in zip(names, chain, strict=True)]
    fallbacks = [{MODEL: names[1:]}] if names[1:] else []
    settings = {**ADVISED, "fallbacks": fallbacks, "telemetry": False}
    return json.dumps({"model_list": models, "litellm_settings": settings}, indent=2)


def _model(endpoint: Endpoint) -> dict[str, str]:
    prefix = PREFIXES.get(endpoint.kind, "openai")
    key = f"os.environ/{KEY_ENV}"
    return {"model": f"{prefix}/{endpoint.model}", "api_base": endpoint.base_url, "api_key": key}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
