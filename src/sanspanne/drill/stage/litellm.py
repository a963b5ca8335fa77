"""LiteLLM in a drill, if there is one."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from sanspanne.drill.scenario import Scenario
from sanspanne.drill.stage.cast import Endpoint
from sanspanne.drill.stage.contender import KEY_ENV, LOOKS, MODEL, Child, DrillError

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


class LiteLLM(Child):
    """LiteLLM's proxy, with the chain as fallbacks and the settings that its documents show."""

    name = "litellm"
    queue_url = ""

    def __init__(self, program: Path) -> None:
        super().__init__()
        self._program = program

    async def start(self, providers: Mapping[str, Endpoint], scenario: Scenario, folder: Path) -> str:
        """See `Contender`."""
        self._folder, self._port = folder, _free_port()
        chain = [providers[name] for name in scenario.chain]
        (folder / "config.yaml").write_text(configuration(chain), encoding="utf-8")
        await self._begin()
        await self._until_ready()
        return f"http://127.0.0.1:{self._port}/v1"

    async def _begin(self) -> None:
        options = ["--config", str(self._folder / "config.yaml"), "--host", "127.0.0.1", "--port", str(self._port)]
        await self._run([str(self._program), *options, "--num_workers", "1", "--telemetry", "False"], ENVIRON)

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
                while not await self._answers(session):  # noqa: ASYNC110  # another process: it sets no event of ours
                    await asyncio.sleep(LOOKS)
        except TimeoutError:
            raise DrillError(f"litellm does not answer after {START_SECONDS:.0f} s:\n{self._end_of_log()}") from None

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        if self._has_ended:
            raise DrillError(f"litellm did not start:\n{self._end_of_log()}")
        try:
            async with session.get(f"http://127.0.0.1:{self._port}/health/liveliness") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False


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
