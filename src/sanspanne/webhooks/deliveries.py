"""What has to be told, told: the ends of kept questions, each to its caller's webhook.

    ended --> told --2xx--> done
               | anything else
               +--> again after 5 s, 30 s, 2 min, 10 min, 1 h, 5 h --> given up, and the operator is told

What is still to be told stands in the store of kept questions, so it outlives this process. A webhook may hear the same twice
(we died before we could note that it had heard): `webhook-id`, the answer's id, is the same then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from sanspanne.answers.kept_store import Entry, Row, Store
from sanspanne.errors import StoreError
from sanspanne.outbound import OutboundError, Reply
from sanspanne.webhooks.hook import Hook

PAUSES = (5.0, 30.0, 120.0, 600.0, 3600.0, 18000.0)  # seconds
LONGEST_REST = 60.0  # seconds
TYPES = {"whole": "answer.completed", "expired": "answer.expired"}


class Post(Protocol):
    """The way out."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Awaitable[Reply]:
        """Send `body`, once. Raises `OutboundError`."""
        ...


class Deliveries:
    """Tells. `hook(key)` finds a caller's webhook, `opened` what a row holds, `account` what is said of it.

    `wall` gives seconds since 1970, `chance` numbers from 0 to 1, `notice` tells the operator.
    """

    def __init__(
        self,
        store: Store,
        opened: Callable[[Row], Entry],
        account: Callable[[Entry], dict[str, Any]],
        hook: Callable[[str], Hook | None],
        post: Post,
        *,
        wall: Callable[[], float],
        chance: Callable[[], float],
        notice: Callable[[str], None],
    ) -> None:
        self._store = store
        self._opened = opened
        self._account = account
        self._hook = hook
        self._post = post
        self._wall = wall
        self._chance = chance
        self._notice = notice
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what an earlier life has left."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def wake(self) -> None:
        """There may be something to tell."""
        self._more.set()

    async def close(self) -> None:
        """Stop; what is not told yet is told by the next life."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            self._more.clear()
            rest = LONGEST_REST
            try:
                await self.tell()
                rest = await self._until_next()
            except StoreError as error:
                self._notice(f"What webhooks have to be told cannot be read: {error}")
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._more.wait()

    async def tell(self) -> None:
        """Tell all that is due. Raises `StoreError`."""
        while rows := await asyncio.to_thread(self._store.to_tell, self._wall()):
            await asyncio.gather(*(self._tell(row) for row in rows))

    async def _until_next(self) -> float:
        due = await asyncio.to_thread(self._store.next_to_tell)
        return LONGEST_REST if due is None else min(LONGEST_REST, max(0.0, due - self._wall()))

    async def _tell(self, row: Row) -> None:
        again: float | None = None
        try:
            entry = self._opened(row)
            hook = self._hook(entry.opened.key)
            if hook is not None:
                again = await self._try(row, entry, hook)
        except StoreError as error:
            self._notice(f"The webhook of the kept question {row.id} cannot be told: {error}.")
        await asyncio.to_thread(self._store.told, row.id, again)

    async def _try(self, row: Row, entry: Entry, hook: Hook) -> float | None:
        """Tell it once; when to try again, None for never."""
        body = msgspec.json.encode(self._message(entry))
        try:
            reply = await self._post(hook.url, hook.headers(row.id, int(self._wall()), body), body)
            if 200 <= reply.status < 300:
                return None
            why = f"{hook.host} answered with status {reply.status}"
        except OutboundError as error:
            why = str(error)
        if row.tries < len(PAUSES):
            return self._wall() + PAUSES[row.tries] * (0.8 + 0.4 * self._chance())
        self._notice(
            f"The webhook of the key {entry.opened.key} could not be told of the answer {row.id} in {row.tries + 1} tries, "
            f"and is not tried again: {why}."
        )
        return None

    def _message(self, entry: Entry) -> dict[str, Any]:
        assert entry.over is not None
        return {
            "type": TYPES.get(entry.over.state, "answer.failed"),
            "id": entry.opened.answer_id,
            "created": int(entry.over.at),
            "data": self._account(entry),
        }
