"""An edge whose answers are recorded by the real thing, over a pipeline that says what the test lets it say."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from scripted_edge import Served, request

from sanspanne.answers.answers import Answers
from sanspanne.answers.route import Caller, Route
from sanspanne.chat import Begun, ChatRequest, Ended, Frame, Rung, Stop, Stopped, StopReason, TextDelta
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.hooks import Hooks
from sanspanne.server.refusals import explained

CHAT = "/v1/chat/completions"
QUESTION = {"model": "auto", "stream": True, "messages": [{"role": "user", "content": "Bonjour"}]}
DIALECTS = {dialect.name: dialect for dialect in (OPENAI_CHAT, ANTHROPIC_MESSAGES)}
DETACHED = {"x_sanspanne_detach": "true"}


class Pipeline:
    """Says the next of `words` whenever `go` lets it, then raises `error` or ends."""

    def __init__(self, *words: str, error: Exception | None = None) -> None:
        self.words, self.error = words, error
        self.go = asyncio.Semaphore(0)
        self.started = self.closed = 0

    async def __call__(
        self, request: ChatRequest, caller: Caller, answer_id: str, route: Route, said: Any = None
    ) -> AsyncGenerator[list[Frame], None]:
        self.started += 1
        try:
            begun: tuple[Any, ...] = (Begun(f"chatcmpl-{self.started}", "gpt-4o"),)
            for word in self.words:
                await self.go.acquire()
                route.target, route.rung, route.attempts = "openai/gpt-4o", Rung.PRIMARY, 1
                yield [Frame("elsewhere", b"", (*begun, TextDelta(word)))]
                begun = ()
            await self.go.acquire()
            if self.error is not None:
                raise self.error
            yield [Frame("elsewhere", b"", (Stopped(Stop(StopReason.END)), Ended()))]
        finally:
            self.closed += 1

    def say(self, count: int = 1) -> None:
        """Let it say so many words; the end counts as one."""
        for _ in range(count):
            self.go.release()

    def say_all(self) -> None:
        """Let it say all."""
        self.say(len(self.words) + 1)


def recording(pipeline: Pipeline) -> Answers:
    """Answers over a pipeline."""
    return Answers(pipeline, Hooks(), time.monotonic, dialects=DIALECTS, explain=explained)


class Follower:
    """One connection on which an answer streams."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.head = b""

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str | None) -> Follower:
        """Send a request, and read the head of its response."""
        self.reader, self.writer = await self.served.connect()
        data = request(method, path, body, port=self.served.port, connection="close", **headers)
        self.writer.write(data)
        self.head = await self.reader.readuntil(b"\r\n\r\n")
        return self

    @property
    def answer_id(self) -> str:
        """What the answer is called."""
        (line,) = [line for line in self.head.split(b"\r\n") if line.startswith(b"x-sanspanne-answer: ")]
        return line.partition(b": ")[2].decode()

    async def until(self, mark: bytes) -> bytes:
        """All up to these bytes."""
        async with asyncio.timeout(10):
            return await self.reader.readuntil(mark)

    async def rest(self) -> bytes:
        """All to the end."""
        async with asyncio.timeout(10):
            return await self.reader.read()

    def leave(self) -> None:
        """Break the connection."""
        self.writer.transport.abort()


def numbers(data: bytes) -> list[int]:
    """The numbers of the events in these bytes, whatever frames them."""
    return [int(line[4:]) for line in data.replace(b"\r\n", b"\n").split(b"\n") if line.startswith(b"id: ")]


def body(**more: Any) -> bytes:
    """A question."""
    return json.dumps({**QUESTION, **more}).encode()


def account(data: bytes) -> dict[str, Any]:
    """The JSON of a response's body."""
    loaded: dict[str, Any] = json.loads(data)
    return loaded


def joined(words: Iterable[str]) -> str:
    """The words as one text."""
    return "".join(words)
