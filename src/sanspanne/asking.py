"""One question of our own, without a server: the service lives for as long as its answer comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from sanspanne.answers.route import Caller, Route
from sanspanne.app import Service
from sanspanne.chat import Batches, ChatRequest, Event, Message, Text
from sanspanne.config import Config
from sanspanne.onboard import State


class Asked:
    """A question that was put: its answer, and afterwards how it came about."""

    def __init__(self, batches: Batches, route: Route) -> None:
        self._batches = batches
        self.route = route

    async def events(self) -> AsyncIterator[Event]:
        """What the answer says, as it comes. Raises what the pipeline raises."""
        async with aclosing(self._batches) as batches:
            async for batch in batches:
                for frame in batch:
                    for event in frame.events:
                        yield event


@asynccontextmanager
async def open_service(config: Config, *, data_dir: Path) -> AsyncIterator[Service]:
    """A service without its edge, for one command. Waits until the model on board is ready if nothing else is there."""
    service = Service(config, data_dir=data_dir)
    await service.start()
    try:
        if not config.providers:
            await service.onboard.until(State.READY, State.UNAVAILABLE, State.OFF)
        yield service
    finally:
        await service.stop()


def ask(service: Service, text: str, model: str) -> Asked:
    """Put one question to a model."""
    request = ChatRequest(
        dialect="", model=model, messages=(Message("user", (Text(text),)),), stream=True, size=len(text.encode())
    )
    answer = service.answers.open(request, Caller(key="ask"))
    return Asked(answer.follow(), answer.route)
