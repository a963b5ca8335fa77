"""One user of a drill and his client.

    asked --+-- whole | broken            his client reads to the end, or until the stream breaks
            +-- an error: again, as his client does it (`retrying.py`), or refused
            +-- 202: kept; he comes by later (`load.py`)
            +-- his patience ends: left

A user whose request is detached has a client that does not give up while he is patient: it asks again with the same
`Idempotency-Key`, or follows the answer from the last event that it has.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from sanspanne.drill.questions import Question, answer_to
from sanspanne.drill.result import Asked
from sanspanne.drill.stage.hearing import Heard, Stream, read_body
from sanspanne.drill.stage.retrying import asks_again, pause

BROKEN = (aiohttp.ClientError, OSError, EOFError)
FOLLOWS_AGAIN = 0.5  # seconds
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

    def named(self, tenant: str) -> dict[str, str]:
        """The headers that tell who asks."""
        key = self.keys.get(tenant, "drill")
        named = {"x-api-key": key} if self.dialect == "anthropic" else {"authorization": f"Bearer {key}"}
        return {**named, **self.headers}


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
        headers = self.door.named(self.asked.tenant)
        if self.question.detached:
            headers |= {"x-sanspanne-detach": "true", "idempotency-key": f"drill-{self.question.number}"}
        if self.question.kept:
            headers["prefer"] = "respond-async"
        return headers
