"""The users of a drill: each comes when his time has come, however slow the answers to the others are (an open loop)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import msgspec

from sanspanne.drill.questions import Question
from sanspanne.drill.result import Asked
from sanspanne.drill.stage.cast import OWN, Endpoint
from sanspanne.drill.stage.user import BROKEN, SETTLED, Door, User

COMES_BY = 1.0  # seconds


def own_door(endpoint: Endpoint, retries: int, patience: float) -> Door:
    """A provider's own front door, for its own users."""
    dialect = "anthropic" if endpoint.kind == "anthropic" else "openai"
    return Door(endpoint.base_url, endpoint.model, dialect, headers={OWN: "1"}, retries=retries, patience=patience)


class Crowd:
    """All users who ask at one door. `asked` has what became of each so far; `clock` gives the drill's seconds."""

    def __init__(
        self,
        questions: Sequence[Question],
        door: Door,
        session: aiohttp.ClientSession,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.questions, self.door, self._sleep = questions, door, sleep
        self.asked: list[Asked] = []
        self.waiting = 0  # users who have no answer yet, and still want one
        self.late = 0.0  # the most seconds that somebody came after his time: this process was too busy
        self._session, self._clock = session, clock

    async def ask(self) -> None:
        """Everybody comes in his time. Returns when everybody has his answer or has left, kept questions apart."""
        async with asyncio.TaskGroup() as users:
            for question in self.questions:
                await self._sleep(max(0.0, question.at - self._clock()))
                self.late = max(self.late, self._clock() - question.at)
                user = User(question, self.door, self._session, self._clock, self._sleep)
                self.asked.append(user.asked)
                self.waiting += 1
                users.create_task(user.ask()).add_done_callback(self._is_over)

    def _is_over(self, user: asyncio.Task[None]) -> None:
        self.waiting -= 1

    async def collect(self, seconds: float) -> None:
        """Those whose questions are kept come by, for so many seconds at most."""
        kept = [asked for asked in self.asked if asked.state == "kept"]
        try:
            async with asyncio.timeout(seconds):
                while True:
                    kept = [asked for asked in kept if not await self._settled(asked)]
                    if not kept:
                        return
                    await self._sleep(COMES_BY)
        except TimeoutError:
            return

    async def _settled(self, asked: Asked) -> bool:
        """Whether there is nothing to wait for any more."""
        headers = self.door.named(asked.tenant)
        try:
            async with self._session.get(f"{self.door.answers}/{asked.answer}", headers=headers) as response:
                told = msgspec.json.decode(await response.read())
        except (*BROKEN, msgspec.DecodeError):
            return False
        status = told.get("status") if isinstance(told, dict) else None
        if status == "whole":
            asked.kept_until = self._clock()
        return status in SETTLED or response.status in (404, 410)
