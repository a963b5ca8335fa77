"""`sanspanne serve` as a process of its own, before scripted providers: what the clients of this folder talk to.

Each provider tells several stories; the model's name says which. Every story is asked for as `provider/model`, so that one
target answers and nothing hides behind a failover.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import IO, Any, TypeVar

from scripted_model import Model

from sanspanne.testing import (
    Answer,
    Break,
    Continuing,
    ErrorEvent,
    Fail,
    Hang,
    Script,
    ScriptedProvider,
    Source,
    Stage,
    Stall,
)

T = TypeVar("T")

MODELS = {
    "openai": "gpt-4o",
    "anthropic": "claude-sonnet-5",
    "gemini": "gemini-2.5-flash",
    "perplexity": "sonar",
}
PROSE = (
    "Le 4 juin 2024, un service tomba en panne, et ses utilisateurs passèrent au suivant ; une heure plus tard, celui-là "
    "ne répondait plus non plus. 🙂 Personne ne disait pourquoi, ni pour combien de temps. Ce qui avait été écrit se perdait, "
    "les réponses s'arrêtaient au milieu d'une phrase, et tout ce qui reposait sur un seul fournisseur s'arrêtait avec lui."
)
STORIES: dict[str, Script] = {
    "long": Answer([f"word{n} " for n in range(40)]),
    "unicode": Answer(["caf", "é \u2028 ", "😀", " 日本", "語"]),
    "thinking": Answer("Four.", thinking="Two and two make four."),
    "refusing": Answer(refusal="I cannot help with that."),
    "citing": Answer("The status page said so.", sources=[Source("https://status.example.com", "Status")]),
    "stalled": Stall(after=2),
    "hanging": Hang(),
    "broken": ErrorEvent("server_error", after=2),
    "cut": Break("reset", after=2),
    "torn": Break("close", after=30, answer=Answer(PROSE, gap=0.002)),
    "onward": Continuing(PROSE),
    "invalid": Fail("invalid"),
    "overloaded": Fail("overloaded"),
    "limited": Fail("rate_limited"),
    "gone": Fail("model_gone"),
}
KEY = "sk-of-a-caller"
CONFIG = '[keys.app]\nsecret_env = "APP_KEY"\n[onboard]\nenabled = false\n'
NAMED = "".join(
    f'[models."{name}"]\nchain = ["{provider}/{name}"]\n'
    for provider, names in {
        "openai": ("gpt-4o", "gpt-4o-mini"),
        "anthropic": ("claude-sonnet-5", "claude-haiku-4-5"),
        "gemini": ("gemini-2.5-flash", "gemini-2.5-pro"),
    }.items()
    for name in names
)


class Gateway:
    """Where the gateway is, and the providers behind it."""

    def __init__(self, url: str, providers: dict[str, ScriptedProvider], loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.providers = providers
        self._loop = loop
        self._numbers = count(1)

    def model(self, upstream: str, story: str = "") -> str:
        """The name by which a caller asks `upstream` for `story`: a new target each time, with no past."""
        return f"{upstream}/{MODELS[upstream]}" + (f"-{story}-{next(self._numbers)}" if story else "")

    def wait(self, what: Coroutine[Any, Any, T], seconds: float = 10.0) -> T:
        """Wait, in the providers' own thread, for something that happens to one of them."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(seconds)

    def asked(self, provider: str) -> dict[str, Any]:
        """The body of the latest question that `provider` was asked."""
        body: dict[str, Any] = self.providers[provider].calls.chats[-1].body
        return body


class Stories(Script):
    """Plays the story that the model's name tells, else behaves as a model does."""

    async def play(self, stage: Stage) -> None:
        told = next((script for name, script in STORIES.items() if f"-{name}-" in stage.asked.model), Model())
        await told.play(stage)


@contextmanager
def running_gateway(folder: Path, models: str = "") -> Iterator[Gateway]:
    """A gateway that serves until the block is left; `models` is that part of its configuration."""
    with _thread_of_a_loop() as loop:
        stack = AsyncExitStack()
        providers = asyncio.run_coroutine_threadsafe(_open(stack), loop).result(10)
        try:
            with _served(folder, providers, models) as url:
                yield Gateway(url, providers, loop)
        finally:
            asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(10)


async def _open(stack: AsyncExitStack) -> dict[str, ScriptedProvider]:
    providers = {kind: ScriptedProvider(kind, script=Stories()) for kind in MODELS}
    providers["locked"] = ScriptedProvider("openai", key="another")
    for provider in providers.values():
        await stack.enter_async_context(provider)
    return providers


@contextmanager
def _thread_of_a_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def _served(folder: Path, providers: dict[str, ScriptedProvider], models: str) -> Iterator[str]:
    config = folder / "sanspanne.toml"
    config.write_text(CONFIG + "".join(_section(name, provider) for name, provider in providers.items()) + models)
    environ = {**os.environ, "APP_KEY": KEY, "PROVIDER_KEY": "provided", "LC_ALL": "C"}
    command = [sys.executable, "-m", "sanspanne", "serve", "--config", config, "--port", "0", "--data", folder / "data"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ)
    assert process.stdout is not None
    try:
        yield _address(process.stdout)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
    assert process.returncode == 0


def _section(name: str, provider: ScriptedProvider) -> str:
    return f'[providers.{name}]\nkind = "{provider.kind}"\nbase_url = "{provider.base_url}"\nkey_env = "PROVIDER_KEY"\n'


def _address(output: IO[str]) -> str:
    """The address that the process prints; what it prints afterwards is read and forgotten, so that it never blocks."""
    said = []
    for line in output:
        said.append(line)
        if found := re.search(r"API:\s+(http://\S+)/v1 ", line):
            threading.Thread(target=output.read, daemon=True).start()
            return found[1]
    raise AssertionError(f"the gateway did not start: {''.join(said)}")
