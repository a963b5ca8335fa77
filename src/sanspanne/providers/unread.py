"""Answers that a provider goes on making although nobody reads them: after a while each of them is called off.

    leave     nobody reads it any more; unless it is taken up in time, the provider is told to stop making it
    take_up   somebody reads it again
    close     the process ends: those that are left are called off now

The call that stops one is sent once, for at most `CALL_SECONDS`, and nobody waits for it. What a killed process leaves behind
is made to its end.
"""

from __future__ import annotations

import asyncio
import logging

from sanspanne.providers.transport import Call, Transport, TransportError

log = logging.getLogger(__name__)

CALL_SECONDS = 5.0


class Unread:
    """Keeps the answers of all providers that are without a reader."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closing = asyncio.Event()

    def leave(self, answer: str, call: Call, seconds: float) -> None:
        """Send `call` in `seconds`, unless the answer with that id is taken up before."""
        self.take_up(answer)
        task = asyncio.get_running_loop().create_task(self._call_off(call, seconds))
        self._tasks[answer] = task
        task.add_done_callback(lambda _: self._forget(answer, task))

    def take_up(self, answer: str) -> None:
        """Somebody reads the answer with that id again."""
        task = self._tasks.pop(answer, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Call off all that are left, and wait until that is done."""
        self._closing.set()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _forget(self, answer: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(answer) is task:
            del self._tasks[answer]

    async def _call_off(self, call: Call, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            pass  # nobody has taken it up
        try:
            async with asyncio.timeout(CALL_SECONDS):
                upstream = await self._transport.open(call)
                upstream.abort()
        except (TransportError, TimeoutError) as error:
            log.warning("an answer that nobody reads could not be called off, and is made to its end: %s", error)
