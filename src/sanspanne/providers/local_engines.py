"""Engines found on this machine: Ollama, llama.cpp's server, LM Studio, vLLM.

Each is asked at its usual port and nowhere else, and known by a fingerprint of its own: ports like 8080 and 8000 often belong to
something else. What is found is shown, never used unasked: prompts would go to a program that we did not start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from sanspanne.providers.transport import TransportError

TIMEOUT = 0.3  # seconds: an engine on this machine answers at once or is not there

Response: TypeAlias = tuple[int, Mapping[str, str], bytes]
Fetch: TypeAlias = Callable[[str], Awaitable[Response]]


class Engine(Struct, frozen=True):
    """An engine that runs: its name, the `base_url` to configure, its models, and those in memory already, if it says so."""

    name: str
    base_url: str
    models: tuple[str, ...]
    loaded: tuple[str, ...] = ()

    @property
    def configuration(self) -> str:
        """The lines of configuration that would use it."""
        return f'[providers.llama]\nkind = "llama"\nbase_url = "{self.base_url}"\n'


async def find_engines(fetch: Fetch, ollama_port: int = 11434) -> list[Engine]:
    """Every engine that answers, those with a model in memory first. `fetch` GETs a loopback address.

    `ollama_port` comes from `OLLAMA_HOST` if the user has moved his Ollama (see `port_of`).
    """
    found = await asyncio.gather(
        _ollama(fetch, f"http://127.0.0.1:{ollama_port}"),
        _llama_cpp(fetch, "http://127.0.0.1:8080"),
        _lm_studio(fetch, "http://127.0.0.1:1234"),
        _vllm(fetch, "http://127.0.0.1:8000"),
    )
    return sorted((engine for engine in found if engine and engine.models), key=lambda engine: not engine.loaded)


def port_of(ollama_host: str | None) -> int | None:
    """The port in `OLLAMA_HOST` (`127.0.0.1:11500`, `:11500`, `http://localhost:11500`); None if it is another machine's."""
    if not ollama_host:
        return 11434
    bare = ollama_host.rpartition("//")[2].strip("/")
    host, _, port = bare.rpartition(":") if ":" in bare else (bare, "", "11434")
    if host not in ("", "127.0.0.1", "localhost", "0.0.0.0", "[::1]") or not port.isdigit():  # noqa: S104
        return None
    return int(port)


async def _ollama(fetch: Fetch, origin: str) -> Engine | None:
    version = await _get(fetch, f"{origin}/api/version")
    tags = await _get(fetch, f"{origin}/api/tags")
    if not isinstance(version.get("version"), str) or not isinstance(tags.get("models"), list):
        return None
    running = await _get(fetch, f"{origin}/api/ps")
    loaded = _names(running.get("models"), "name")
    return Engine("ollama", f"{origin}/v1", _local(_names(tags.get("models"), "name")), _local(loaded))


async def _llama_cpp(fetch: Fetch, origin: str) -> Engine | None:
    properties = await _get(fetch, f"{origin}/props")
    if "default_generation_settings" not in properties:
        return None
    models = await _listed(fetch, origin)
    return Engine("llama.cpp", f"{origin}/v1", models, models)  # it starts with its model in memory


async def _lm_studio(fetch: Fetch, origin: str) -> Engine | None:
    answer = await _get(fetch, f"{origin}/api/v0/models")
    entries = answer.get("data")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and "state" in entry for entry in entries):
        return None
    speaking = [entry for entry in entries if entry.get("type") != "embeddings"]
    loaded = [entry for entry in speaking if entry["state"] == "loaded"]
    return Engine("lm-studio", f"{origin}/v1", _names(speaking, "id"), _names(loaded, "id"))


async def _vllm(fetch: Fetch, origin: str) -> Engine | None:
    version = await _get(fetch, f"{origin}/version")
    models = await _get(fetch, f"{origin}/v1/models")
    entries = models.get("data")
    owned = isinstance(entries, list) and any(
        isinstance(one, dict) and one.get("owned_by") == "vllm" for one in entries
    )
    if not isinstance(version.get("version"), str) or not owned:
        return None
    names = _names(entries, "id")
    return Engine("vllm", f"{origin}/v1", names, names)


async def _listed(fetch: Fetch, origin: str) -> tuple[str, ...]:
    models = await _get(fetch, f"{origin}/v1/models")
    return _local(_names(models.get("data"), "id"))


async def _get(fetch: Fetch, url: str) -> dict[str, Any]:
    """The JSON object at an address; an empty one if there is none, for whatever reason: then no engine is there."""
    try:
        async with asyncio.timeout(TIMEOUT):
            status, _, body = await fetch(url)
        found = msgspec.json.decode(body) if status == 200 else None
    except (TransportError, OSError, TimeoutError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(entries: Any, key: str) -> tuple[str, ...]:
    if not isinstance(entries, list):
        return ()
    return tuple(entry[key] for entry in entries if isinstance(entry, dict) and isinstance(entry.get(key), str))


def _local(names: tuple[str, ...]) -> tuple[str, ...]:
    """Less those that Ollama would send to its own cloud."""
    return tuple(name for name in names if not name.endswith(("-cloud", ":cloud")))
