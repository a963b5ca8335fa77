"""What was asked of a scripted provider, and what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, overload

from sanspanne.testing.asked import Asked

Outcome: TypeAlias = Literal["running", "over", "left"]


class Call:
    """One request. `body` is the decoded JSON (or the bytes, if it is none); times are in seconds on the provider's clock.

    `outcome` is `running`, `over` (the provider has done what its script says, be it an answer or a failure) or `left` (the
    client went before that). `sent` counts bytes of the response's body.
    """

    def __init__(
        self, method: str, path: str, headers: dict[str, str], body: Any, asked: Asked | None, at: float
    ) -> None:
        self.method, self.path, self.headers, self.body, self.asked, self.at = method, path, headers, body, asked, at
        self.outcome: Outcome = "running"
        self.ended_at: float | None = None
        self.sent = 0
        self._over = asyncio.Event()

    def __repr__(self) -> str:  # the headers hold a key, the body somebody's words
        return f"Call({self.method} {self.path}, {self.outcome}, at={self.at:.3f}, sent={self.sent})"

    @property
    def left(self) -> bool:
        """Whether the client went before the response was over."""
        return self.outcome == "left"

    def finish(self, outcome: Outcome, at: float, sent: int) -> None:
        """Note how the call ended; only the first ending counts."""
        if self.outcome == "running":
            self.outcome, self.ended_at, self.sent = outcome, at, sent
            self._over.set()

    async def wait_until_over(self) -> Outcome:
        """Wait until the response is over or the client has left; which of the two."""
        await self._over.wait()
        return self.outcome

    async def wait_until_left(self) -> None:
        """Wait until the client has left. Raises `AssertionError` if the response was over first."""
        if await self.wait_until_over() != "left":
            raise AssertionError(f"the client stayed to the end: {self!r}")


class Calls(Sequence[Call]):
    """All calls so far, the oldest first. `chats` leaves out lists of models, health checks and the like."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._changed = asyncio.Event()

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __repr__(self) -> str:
        return f"Calls({self._calls!r})"

    @property
    def chats(self) -> list[Call]:
        """The calls that ask a question."""
        return [call for call in self._calls if call.asked is not None]

    def add(self, call: Call) -> None:
        """Record a call and wake those who wait for it."""
        self._calls.append(call)
        self._changed.set()
        self._changed = asyncio.Event()

    def clear(self) -> None:
        """Forget the calls so far."""
        self._calls.clear()

    async def wait_for(self, count: int) -> list[Call]:
        """Wait until there have been `count` questions; these."""
        while len(self.chats) < count:
            await self._changed.wait()
        return self.chats[:count]

    async def wait_until(self, seen: Callable[[Call], bool]) -> Call:
        """Wait until there has been a call of any kind for which `seen` holds; the first such."""
        while True:
            found = next((call for call in self._calls if seen(call)), None)
            if found is not None:
                return found
            await self._changed.wait()
