"""When a recorded answer may begin: within a turn that it takes, perhaps more than once.

taken --prepared--> asked --its first word, or its end--> given back
                      |
                      +-- nobody could be reached --> given back, a pause --> taken again
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext

from sanspanne.answers.patience import Asking
from sanspanne.chat import Batches


class Turn:
    """Of one answer. `room` limits how many begin at once; `prepare` is called whenever it is taken; `patience` asks again."""

    def __init__(
        self,
        room: AbstractAsyncContextManager[object] | None = None,
        prepare: Callable[[], None] = lambda: None,
        patience: Asking | None = None,
    ) -> None:
        self._room = room or nullcontext()
        self._prepare = prepare
        self._patience = patience
        self._held = AsyncExitStack()  # the room, while it is ours

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """While this lasts the turn may be ours. Raises what `prepare` raises."""
        async with self._held:
            await self._take()
            yield

    async def over(self) -> None:
        """Its first word has come: the next one's turn."""
        await self._held.aclose()

    def drawn(self, ask: Callable[[], Batches]) -> Batches:
        """What comes of asking the pipeline, if need be more than once."""
        return ask() if self._patience is None else self._patience.drawn(ask, self._rest)

    async def _take(self) -> None:
        await self._held.enter_async_context(self._room)
        self._prepare()

    async def _rest(self, pause: Awaitable[None]) -> None:
        await self._held.aclose()
        await pause
        await self._take()
