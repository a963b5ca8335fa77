"""The users of a drill: each comes when his time has come, however slow the answers to the others are.

    asked --+-- whole | broken            his client reads to the end, or until the stream breaks
            +-- an error: again, as his client does it (`retrying.py`), or refused
            +-- 202: kept; he comes by every second to see whether it has been answered
            +-- his patience ends: left

A user whose request is detached has a client that does not give up while he is patient: it asks again with the same
`Idempotency-Key`, or follows the answer from the last event that it has.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from sanspanne.drill.cast import OWN, Endpoint
from sanspanne.drill.hearing import Heard, Stream, read_body
from sanspanne.drill.questions import Question, answer_to
from sanspanne.drill.result import Asked
from sanspanne.drill.retrying import asks_again, pause

BROKEN = (aiohttp.ClientError, OSError, EOFError)
COMES_BY, FOLLOWS_AGAIN = 1.0, 0.5  # seconds
SETTLED = ("whole", "broken", "refused", "expired")


class Door(Struct, frozen=True):
    """Where users ask: `base_url` as the SDK of their dialect takes it, for `model`, with a key of each tenant."""

    base_url: str
    model: str
    dialect: str = "openai"
    keys: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    retries: int = 2
    patience: float = 40.0
    max_tokens: int = 0  # that an answer may have; 0 leaves it to the provider

    @property
    def url(self) -> str:
        """Where questions go."""
        return f"{self.base_url}/v1/messages" if self.dialect == "anthropic" else f"{self.base_url}/chat/completions"

    @property
    def answers(self) -> str:
        """Where answers are followed again."""
        return f"{self.base_url}/answers"


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
        headers = _headers(self.door, asked.tenant)
        try:
            async with self._session.get(f"{self.door.answers}/{asked.answer}", headers=headers) as response:
                told = msgspec.json.decode(await response.read())
        except (*BROKEN, msgspec.DecodeError):
            return False
        status = told.get("status") if isinstance(told, dict) else None
        if status == "whole":
            asked.kept_until = self._clock()
        return status in SETTLED or response.status in (404, 410)


class User:
    """One user and his client."""

    def __init__(
        self,
        question: Question,
        door: Door,
        session: aiohttp.ClientSession,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.question, self.door, self._sleep = question, door, sleep
        self.asked = Asked(question.number, question.at, question.tenant, calls=0, work=question.work)
        self._session, self._clock = session, clock
        self._rng = random.Random(f"retry|{question.number}")
        self._heard = Heard()
        self._answered_with: Mapping[str, str] = {}  # the headers of the last response

    async def ask(self) -> None:
        """All of his tries, until he has an answer, or an error that ends it, or no patience any more."""
        try:
            async with asyncio.timeout(self.question.at + self.door.patience - self._clock()):
                await self._try_again_and_again()
                await self._follow()
                self._conclude()
        except TimeoutError:
            self.asked.state = "left"

    # --- one try

    async def _try_again_and_again(self) -> None:
        again = await self._try()
        while again and (self.question.detached or self.asked.calls <= self.door.retries):
            await self._sleep(pause(self.asked.calls, self._answered_with, self._rng))
            again = await self._try()

    async def _try(self) -> bool:
        """One request; whether it is worth another one."""
        asked = self.asked
        asked.calls += 1
        self._answered_with, self._heard = {}, Heard()
        asked.status, asked.reason = 0, ""
        try:
            async with self._session.post(self.door.url, json=self._body(), headers=self._headers()) as response:
                self._answered_with = response.headers
                asked.status = response.status
                await self._read(response)
        except BROKEN:
            asked.reason = asked.reason or "connection"
            if asked.status == 200 and not self.question.stream:
                return True  # clients read a JSON body before they call it a response
        return asked.status not in (200, 202) and asks_again(asked.status, self._answered_with)

    async def _read(self, response: aiohttp.ClientResponse) -> None:
        asked, heard = self.asked, self._heard
        asked.answer = response.headers.get("x-sanspanne-answer", "")
        asked.target = response.headers.get("x-sanspanne-target", "")
        asked.rung = response.headers.get("x-sanspanne-rung", "")
        if response.status == 202:
            asked.state, asked.ended = "kept", self._clock()
        elif response.status == 200 and response.content_type == "text/event-stream":
            await self._listen(response)
        else:
            read_body(heard, await response.read())
            if response.status == 200 and not heard.error:
                asked.first = self._clock()
        asked.reason = heard.error

    async def _listen(self, response: aiohttp.ClientResponse) -> None:
        """Read events until they end; the clock is read when the first word comes."""
        asked, heard = self.asked, self._heard
        stream = Stream(heard)
        async for data in response.content.iter_any():
            stream.feed(data)
            if asked.first is None and heard.text:
                asked.first = self._clock()
            if asked.told is None and heard.told:
                asked.told, asked.told_at = heard.told, self._clock()

    # --- what came of it

    def _conclude(self) -> None:
        asked, heard = self.asked, self._heard
        asked.seams = heard.seams
        asked.target, asked.rung = asked.target or heard.target, asked.rung or heard.rung
        if asked.state == "kept":
            return
        asked.ended = self._clock()
        asked.reason = "" if heard.is_whole else heard.error or asked.reason or "cut"
        if not heard.is_whole:
            asked.state = "refused" if asked.first is None else "broken"
            return
        right = answer_to(self.question.text)
        comparable = asked.rung != "onboard" and heard.exact
        asked.truncated = comparable and heard.text != right and right.startswith(heard.text)
        asked.state = "broken" if asked.truncated else "whole"
        asked.wrong = comparable and not right.startswith(heard.text)
        asked.first = asked.ended if asked.first is None else asked.first

    # --- a detached answer

    @property
    def _may_follow(self) -> bool:
        heard = self._heard
        return self.question.detached and bool(self.asked.answer) and not heard.is_whole and not heard.error

    async def _follow(self) -> None:
        """Read on where the connection broke, over as many connections as it takes."""
        while self._may_follow:
            await self._sleep(FOLLOWS_AGAIN)
            url = f"{self.door.answers}/{self.asked.answer}"
            self.asked.calls += 1
            try:
                events = f"{url}/events?after={self._heard.last}"
                async with self._session.get(
                    events if self.question.stream else url, headers=self._headers()
                ) as response:
                    await self._read_on(response)
            except BROKEN:
                continue

    async def _read_on(self, response: aiohttp.ClientResponse) -> None:
        if response.status != 200:
            if response.status not in (502, 503):
                self._heard.error = f"status {response.status}"
        elif self.question.stream:
            await self._listen(response)
        else:
            told: dict[str, Any] = msgspec.json.decode(await response.read())
            if told.get("body"):
                read_body(self._heard, msgspec.json.encode(told["body"]))
            elif told["status"] in SETTLED:
                self._heard.error = str(told["status"])

    # --- what is asked

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.door.model,
            "stream": self.question.stream,
            "messages": [{"role": "user", "content": self.question.text}],
        }
        most = self.door.max_tokens or (4096 if self.door.dialect == "anthropic" else 0)
        return body | ({"max_tokens": most} if most else {})

    def _headers(self) -> dict[str, str]:
        headers = _headers(self.door, self.asked.tenant)
        if self.question.detached:
            headers |= {"x-sanspanne-detach": "true", "idempotency-key": f"drill-{self.question.number}"}
        if self.question.kept:
            headers["prefer"] = "respond-async"
        return headers


def _headers(door: Door, tenant: str) -> dict[str, str]:
    key = door.keys.get(tenant, "drill")
    named = {"x-api-key": key} if door.dialect == "anthropic" else {"authorization": f"Bearer {key}"}
    return {**named, **door.headers}
