"""Engines on the own machine are found by their fingerprints, and by nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from sanspanne.providers import local_engines
from sanspanne.providers.local_engines import Response, find_engines, port_of
from sanspanne.providers.transport import TransportError

OLLAMA: dict[str, Any] = {
    "http://127.0.0.1:11434/api/version": {"version": "0.12.0"},
    "http://127.0.0.1:11434/api/tags": {"models": [{"name": "llama3.2:latest"}, {"name": "gpt-oss:120b-cloud"}]},
    "http://127.0.0.1:11434/api/ps": {"models": []},
}
LLAMA_CPP: dict[str, Any] = {
    "http://127.0.0.1:8080/props": {"default_generation_settings": {"n_ctx": 4096}},
    "http://127.0.0.1:8080/v1/models": {"data": [{"id": "qwen.gguf"}]},
}
LM_STUDIO: dict[str, Any] = {
    "http://127.0.0.1:1234/api/v0/models": {
        "data": [
            {"id": "qwen", "type": "llm", "state": "loaded"},
            {"id": "gemma", "type": "vlm", "state": "not-loaded"},
            {"id": "nomic", "type": "embeddings", "state": "loaded"},
        ]
    }
}
VLLM: dict[str, Any] = {
    "http://127.0.0.1:8000/version": {"version": "0.12.0"},
    "http://127.0.0.1:8000/v1/models": {"data": [{"id": "meta-llama/Llama-3", "owned_by": "vllm"}]},
}


class Machine:
    """Answers as the given addresses do; whatever else is asked is refused, and remembered."""

    def __init__(self, *engines: dict[str, Any]) -> None:
        self.answers = {url: answer for engine in engines for url, answer in engine.items()}
        self.asked: list[str] = []

    async def fetch(self, url: str) -> Response:
        """GET, as far as this machine goes."""
        self.asked.append(url)
        if url not in self.answers:
            raise TransportError("refused", "nobody listens", local=True)
        answer = self.answers[url]
        return (200, {}, answer if isinstance(answer, bytes) else msgspec.json.encode(answer))


async def test_all_are_found() -> None:
    """Each engine is found with the address to configure and its models, those with a model in memory first."""
    found = await find_engines(Machine(OLLAMA, LLAMA_CPP, LM_STUDIO, VLLM).fetch)
    assert [engine.name for engine in found] == ["llama.cpp", "lm-studio", "vllm", "ollama"]
    by_name = {engine.name: engine for engine in found}
    assert by_name["ollama"].base_url == "http://127.0.0.1:11434/v1"
    assert by_name["lm-studio"].models == ("qwen", "gemma")
    assert by_name["lm-studio"].loaded == ("qwen",)
    assert by_name["vllm"].models == ("meta-llama/Llama-3",)
    assert 'base_url = "http://127.0.0.1:8080/v1"' in by_name["llama.cpp"].configuration


async def test_cloud_models_are_not_local() -> None:
    """Models that Ollama would send off the machine are not counted as being on it."""
    found = await find_engines(Machine(OLLAMA).fetch)
    assert found[0].models == ("llama3.2:latest",)


async def test_nothing_there() -> None:
    """A machine without engines has none, and only loopback was asked."""
    machine = Machine()
    assert await find_engines(machine.fetch) == []
    assert machine.asked
    assert all(url.startswith("http://127.0.0.1:") for url in machine.asked)


@pytest.mark.parametrize(
    "other",
    [
        {"http://127.0.0.1:8080/props": b"<html>", "http://127.0.0.1:8080/v1/models": {"data": [{"id": "x"}]}},
        {"http://127.0.0.1:8000/version": {"version": "1"}, "http://127.0.0.1:8000/v1/models": {"data": [{"id": "x"}]}},
        {"http://127.0.0.1:8000/version": [1], "http://127.0.0.1:8000/v1/models": {"data": 3}},
        {"http://127.0.0.1:11434/api/version": {"version": "1"}},
        {"http://127.0.0.1:1234/api/v0/models": {"data": [{"id": "x"}]}},
    ],
)
async def test_strangers_are_not_taken_for_engines(other: dict[str, Any]) -> None:
    """A program that listens at an engine's port without its fingerprint is left alone."""
    assert await find_engines(Machine(other).fetch) == []


async def test_silence_does_not_hold_us_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that accepts and says nothing is given up after its timeout, and the others are found all the same."""
    monkeypatch.setattr(local_engines, "TIMEOUT", 0.01)
    machine = Machine(LLAMA_CPP)

    async def fetch(url: str) -> Response:
        if ":11434" in url:
            await asyncio.Event().wait()
        return await machine.fetch(url)

    assert [engine.name for engine in await find_engines(fetch)] == ["llama.cpp"]


async def test_moved_ollama() -> None:
    """Ollama is asked at the port that its user has given it."""
    moved = {url.replace("11434", "11500"): answer for url, answer in OLLAMA.items()}
    found = await find_engines(Machine(moved).fetch, ollama_port=11500)
    assert [engine.base_url for engine in found] == ["http://127.0.0.1:11500/v1"]


@pytest.mark.parametrize(
    ("value", "port"),
    [
        (None, 11434),
        ("", 11434),
        ("127.0.0.1:11500", 11500),
        (":11500", 11500),
        ("http://localhost:11500/", 11500),
        ("0.0.0.0", 11434),  # noqa: S104
        ("gpu.example.org:11434", None),
        ("127.0.0.1:ollama", None),
    ],
)
def test_ollama_host(value: str | None, port: int | None) -> None:
    """`OLLAMA_HOST` moves the port, but never sends us to another machine."""
    assert port_of(value) == port
