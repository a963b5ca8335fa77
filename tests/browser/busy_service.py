"""The real service over one provider that takes a single question at once, and that can be away."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from cuttable_wire import CuttableWire
from real_service import RealService
from served_process import ServedProcess

from sanspanne.testing import Answer, Capacity, ScriptedProvider

MORE = """
[queue]
wait = {wait}
[probes]
every_min = 0.05
every_max = 0.1
[clocks]
connect = 1.0
"""
CHAT = {"model": "auto", "stream": True, "messages": [{"role": "user", "content": "Un autre."}]}


class BusyService(RealService):
    """`wait`: seconds that a question waits in the queue at most; the provider begins `away`.

    Its answers name it and repeat the question. `hold()` has it say nothing until `let_go()`.
    """

    def __init__(self, folder: Path, *, wait: float = 40.0, away: bool = False) -> None:
        super().__init__(folder)
        self._more = MORE.format(wait=wait)
        self._away = away
        self._others: list[asyncio.Task[None]] = []

    def leave(self) -> None:
        """The provider cannot be reached any more."""
        self._run(self._first.close_port())

    def come_back(self) -> None:
        """It can be reached again, where it was."""
        self._run(self._first.open_port())

    def hold(self) -> None:
        """It says nothing for now."""
        self._loop.call_soon_threadsafe(self._may_speak.clear)

    def let_go(self) -> None:
        """It says what it has to say."""
        self._loop.call_soon_threadsafe(self._may_speak.set)

    @property
    def questions(self) -> list[str]:
        """What the provider was asked, probes included."""
        return [call.body["messages"][-1]["content"] for call in self._first.calls.chats]

    def others_ask(self, count: int) -> None:
        """So many other callers ask, and stay."""
        self._run(self._ask(count))

    async def _ask(self, count: int) -> None:
        asked = len(self._first.calls.chats)
        self._others += [asyncio.create_task(self._one_asks()) for _ in range(count)]
        await self._first.calls.wait_for(max(1, asked))
        async with httpx.AsyncClient() as client:
            while (await client.get(f"{self._served.url}/v1/queue")).json()["waiting"] < count - 1:
                await asyncio.sleep(0.02)

    async def _one_asks(self) -> None:
        async with httpx.AsyncClient(timeout=60) as client:
            await client.post(f"{self._served.url}/v1/chat/completions", json=CHAT)

    async def _pause(self, _: float) -> None:
        await self._may_speak.wait()

    async def _begin(self) -> None:
        self._may_speak = asyncio.Event()
        self._may_speak.set()
        self._first = ScriptedProvider(
            "openai", script=Answer(delay=1.0), sleep=self._pause, capacity=Capacity(1, "reject")
        )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._first)
            self._served = ServedProcess(self._folder, {"first": self._first}, more=self._more)
            self._limit_streams()
            if self._away:
                await self._first.close_port()
            await stack.enter_async_context(self._served)
            self._wire = await stack.enter_async_context(CuttableWire(self._served.port))
            self._open = stack.pop_all()

    def _limit_streams(self) -> None:
        path = self._folder / "sanspanne.toml"
        text = path.read_text()
        path.write_text(text.replace('key_env = "KEY"', 'key_env = "KEY"\nstreams = 1'))

    async def _end(self) -> None:
        self._may_speak.set()
        for other in self._others:
            other.cancel()
        await asyncio.gather(*self._others, return_exceptions=True)
        await super()._end()
