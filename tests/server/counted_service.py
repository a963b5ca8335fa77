"""A whole service behind a real edge, over one scripted provider that tells the story which the model's name names."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from scripted_edge import Keys, request

from sanspanne.app import Service
from sanspanne.config import parse
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.hooks import AnswerEnded, Fact
from sanspanne.overview import Overview
from sanspanne.server.asgi import Edge, Services
from sanspanne.server.requests import Requests
from sanspanne.server.serve import EmbeddedServer, configure, run
from sanspanne.telemetry.metrics import Metrics
from sanspanne.testing import Answer, Break, Fail, Hang, Script, ScriptedProvider, Stage, Stall

CHAT = "/v1/chat/completions"
STORIES: dict[str, Script] = {
    "fine": Answer("It scatters."),
    "down": Fail("server_error"),
    "invalid": Fail("invalid"),
    "hanging": Hang(),
    "stalled": Stall(after=2),
    "torn": Break("reset", after=2),
}

CHANGING = {"once": ("fine", "down"), "late": ("hanging", "fine")}  # the first time, and from then on


class Stories(Script):
    """Plays the story that the model's name tells; `once` is fine the first time, `late` never says it the first time."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    async def play(self, stage: Stage) -> None:
        model = stage.asked.model
        story = model.split("-")[1]
        if story in CHANGING:
            story = CHANGING[story][bool(self._asked[model])]
        self._asked[model] += 1
        await STORIES[story].play(stage)


class Ends:
    """Why answers ended, as the hooks were told."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self.waited: list[float] = []

    def observe(self, fact: Fact) -> None:
        if isinstance(fact, AnswerEnded):
            self.reasons[fact.reason] += 1
            self.waited += [fact.waited] if fact.waited else []


class Counted:
    """A running service and its books."""

    def __init__(self, port: int, service: Service, provider: ScriptedProvider, books: Requests) -> None:
        self.port, self.service, self.provider, self.books = port, service, provider, books
        self.overview = Overview(service, books, 0.0)
        self.ends = Ends()
        self.metrics = Metrics()
        service.hooks.add(self.ends)
        service.hooks.add(self)
        self.metrics.read(self.overview.readings())
        self._numbers = count(1)

    def observe(self, fact: Fact) -> None:
        """What the metrics count."""
        if isinstance(fact, AnswerEnded):
            self.metrics.answer(fact)

    @property
    def ended(self) -> Counter[str]:
        """How many ended for each reason that occurred."""
        return Counter({reason: n for reason, n in self.books.ended.items() if n})

    def model(self, story: str, provider: str = "wide") -> str:
        """A target of its own, with no past."""
        return f"{provider}/gpt-{story}-{next(self._numbers)}"

    async def send(
        self, model: str, body: bytes | None = None, /, **headers: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Put a question; the connection."""
        fields = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Why is the sky blue?"}]}
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        body = msgspec.json.encode(fields) if body is None else body
        writer.write(request("POST", CHAT, body, port=self.port, connection="close", **headers))
        return reader, writer

    async def ask(self, model: str, body: bytes | None = None, /, **headers: str) -> bytes:
        """Put a question and read all that comes back."""
        reader, writer = await self.send(model, body, **headers)
        try:
            return await reader.read()
        finally:
            writer.close()

    async def until_asked(self, model: str) -> None:
        """Until the provider has been asked for this model."""
        await until(lambda: any(call.body["model"] == model.partition("/")[2] for call in self.provider.calls.chats))


async def until(condition: Any) -> None:
    """Let everybody else go on until it holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def counted(folder: Path, secrets: Mapping[str, str] | None = None, **sections: Any) -> AsyncIterator[Counted]:
    """A service that counts.

    Its target `narrow/...` takes one stream at a time; `secrets` are of callers, with the names of their keys."""
    async with ScriptedProvider("openai", script=Stories()) as provider:
        reached = {"kind": "openai", "base_url": provider.base_url, "key_env": "KEY"}
        providers = {"wide": reached, "narrow": {**reached, "streams": 1}}
        settings = {"providers": providers, "onboard": {"enabled": False}, **sections}
        service = Service(parse(settings), data_dir=folder, environ={"KEY": "sk-test-key", "POOR": "sk-poor"})
        await service.start()
        service.remember()
        books = Requests()
        edge = Edge(_services(service, books, Keys(dict(secrets or {}))), service.wiring.config.server)
        listener = socket.create_server(("127.0.0.1", 0))
        server = EmbeddedServer(configure(edge, service.wiring.config.server))
        serving = asyncio.create_task(run(server, [listener]))
        await until(lambda: server.started)
        try:
            yield Counted(listener.getsockname()[1], service, provider, books)
        finally:
            server.should_exit = True
            await serving
            await service.stop()


def _services(service: Service, books: Requests, keys: Keys) -> Services:
    async def nothing(*_: object) -> Any:
        return 0

    return Services(
        chat=OPENAI_CHAT,
        messages=ANTHROPIC_MESSAGES,
        answers=service.answers,
        keyring=keys,
        list_models=list,
        ready=lambda: (True, {}),
        metrics=lambda: b"",
        reload=nothing,
        count=nothing,
        queue=service.entrance.gate,
        requests=books,
    )
