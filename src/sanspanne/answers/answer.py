"""The life of one answer: made once, followed by zero, one or several callers, cancelled by nobody else.

    direct     one attached caller: he draws the batches himself; no task, no queue; when he leaves, everything below is closed
    shared     the answer may be joined (`Idempotency-Key`) or shall go on without its caller (`x-sanspanne-detach`): a task
               draws the batches into a buffer, and followers read from it; when the last follower has left an answer that is
               not detached, the task is cancelled, and with it everything below

Who follows late gets everything from the beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sanspanne.answers.route import Caller, Route
from sanspanne.chat import Batches, ChatRequest, Frame
from sanspanne.errors import CallerError, ServerFault

MAX_BUFFER = 8 * 1024 * 1024  # bytes of a shared answer that may still be joined
MAX_ANSWER = 32 * 1024 * 1024  # bytes of a shared answer: its followers may be slow, the provider is not held back


class Answer:
    """What a caller holds on to. `make` starts the pipeline; it is called once."""

    def __init__(
        self,
        answer_id: str,
        request: ChatRequest,
        caller: Caller,
        make: Callable[[Answer], Batches],
        request_id: str = "",
    ) -> None:
        self.id = answer_id
        self.request_id = request_id
        self.request = request
        self.caller = caller
        self.route = Route()
        self._make = make

    def follow(self) -> Batches:
        """The batches of frames. Closing the generator means that the caller has left."""
        return self._make(self)


class SharedAnswer(Answer):
    """An answer that several may follow, or nobody."""

    def __init__(
        self,
        answer_id: str,
        request: ChatRequest,
        caller: Caller,
        make: Callable[[Answer], Batches],
        request_id: str = "",
        *,
        detached: bool,
    ) -> None:
        super().__init__(answer_id, request, caller, make, request_id)
        self.detached = detached
        self._batches: list[list[Frame]] = []
        self._size = 0
        self._followers = 0
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.error: BaseException | None = None
        self.over = False

    @property
    def size(self) -> int:
        """Bytes that are held for it: of the question, and of what was answered so far."""
        return self.request.size + self._size

    def follow(self) -> Batches:
        """The batches from the first one on, also for those who come late."""
        if self._size > MAX_BUFFER:
            raise CallerError(
                409, "conflict", "This answer has grown too large to be joined; ask again with another key."
            )
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._draw())
        self._followers += 1
        return self._read()

    async def _draw(self) -> None:
        try:
            async for batch in self._make(self):
                self._size += sum(len(frame.raw) for frame in batch)
                self._batches.append(batch)
                self._wake()
                if self._size > MAX_ANSWER:
                    raise ServerFault(f"the answer has grown beyond {MAX_ANSWER} bytes", reason="too_large")
        except BaseException as error:
            self.error = error
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            self.over = True
            self._wake()

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()

    async def _read(self) -> Batches:
        position = 0
        try:
            while True:
                more = self._more
                while position < len(self._batches):
                    position += 1
                    yield self._batches[position - 1]
                if self.over:
                    break
                await more.wait()
            if isinstance(self.error, asyncio.CancelledError):
                raise CallerError(
                    503, "unavailable", "This answer was given up by the caller who asked first; ask again."
                )
            if self.error is not None:
                raise self.error
        finally:
            self._followers -= 1
            if not self._followers and not self.detached and self._task is not None:
                self._task.cancel()
