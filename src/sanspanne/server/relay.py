"""The way back of a recorded answer: its bytes, as they are recorded, to one of its followers.

    behind        the task writes what is missing, and waits where the caller reads too slowly
    at the end    the task rests; what is recorded is written at once by whoever records it, which spares a switch of tasks for
                  every piece; who cannot take it at once is behind again

The head is held as in `stream.py`. Silence carries comments. Who has detached his answer, and so can ask how it ended, is told
of his place in the queue soon, and of every change of it.
"""

from __future__ import annotations

import asyncio

from sanspanne.answers.recorded import RecordedAnswer
from sanspanne.answers.recording import Tail
from sanspanne.dialects.base import Dialect, Identity
from sanspanne.errors import CallerError
from sanspanne.server.exchange import Exchange
from sanspanne.server.protocol import Shortcut
from sanspanne.server.queue import WAITING
from sanspanne.server.refusals import shutting_down
from sanspanne.server.stream import STREAM_HEADERS, Patience, answer_headers, route_words


class Relay:
    """One follower of a streamed answer, who has had the events up to `after`."""

    def __init__(
        self, exchange: Exchange, answer: RecordedAnswer, dialect: Dialect, patience: Patience, after: int = 0
    ) -> None:
        self._exchange = exchange
        self._answer = answer
        self._media_type = dialect.media_type().encode()
        self._writer = dialect.writer(answer.request, Identity(answer.id, answer.request.model, int(answer.created)))
        self._patience = patience
        self._tail = Tail(answer.recording, after)
        self._more = asyncio.Event()
        self._shortcut = Shortcut(exchange.raw_send)
        self._passes_on = False
        self._silent = True
        self._silence = 0.0  # seconds since anything was said
        self._said = WAITING  # by the last comment
        self._says_route = False

    async def run(self) -> None:
        """Follow the answer to its end, or to the caller's."""
        with self._answer.followed(self._on_more):
            try:
                await self._pass_on()
                self._answer.check()
                await self._begin()
                if self._answer.told is not None:  # among its own bytes
                    self._exchange.told = self._answer.told.error()
                await self._exchange.finish()
            except asyncio.CancelledError:
                if not self._exchange.left:  # the server stops, and the caller is still there to be told
                    await self._fail(shutting_down())
                raise
            except CallerError as error:
                await self._fail(error)

    async def head(self) -> None:
        """The head alone."""
        await self._start()
        await self._exchange.finish()

    async def _pass_on(self) -> None:
        while not self._tail.at_end:
            self._more.clear()
            data = self._tail.take()
            if data:
                await self._begin()
                await self._exchange.write(data)
            elif not self._tail.at_end:
                await self._rest()

    def _on_more(self) -> None:
        """Called by the recording, for every piece: nothing may wait here."""
        if not self._passes_on or not self._shortcut.is_open or self._answer.recording.over:
            self._more.set()
            return
        self._silent = False
        data = self._tail.take()
        if data:
            self._shortcut.send(data)
        if not self._tail.up_to_date:
            self._more.set()

    async def _rest(self) -> None:
        """Until there is something that this task has to do."""
        usual = self._patience.comment_every if self._exchange.started else self._patience.hold
        step = min(usual, self._patience.place_every) if self._tells_place else usual
        self._passes_on, self._silent = self._exchange.started and not self._says_route, True
        try:
            async with asyncio.timeout(step):
                await self._more.wait()
            self._silence = 0.0
            return
        except TimeoutError:
            self._silence = self._silence + step if self._silent else 0.0
        finally:
            self._passes_on = False
        words = self._patience.words(self._answer.id)
        if self._silence >= usual or (self._silence and words not in (WAITING, self._said)):
            await self._say_waiting(words)

    @property
    def _tells_place(self) -> bool:
        return self._answer.detached and not self._answer.recording.size

    async def _say_waiting(self, words: str) -> None:
        self._silence, self._said = 0.0, words
        if not self._exchange.started:
            await self._start()
            self._says_route = True
        await self._exchange.write(self._writer.comment(words))

    async def _begin(self) -> None:
        if not self._exchange.started:
            await self._start()
        elif self._says_route:  # too late for headers: the route is told in a comment
            self._says_route = False
            await self._exchange.write(self._writer.comment(f"sanspanne {route_words(self._answer.route)}"))

    async def _start(self) -> None:
        head = [(b"content-type", self._media_type), *STREAM_HEADERS, *answer_headers(self._answer)]
        await self._exchange.start(200, head)

    async def _fail(self, error: CallerError) -> None:
        """What the recording does not say: it has no number, since a caller who asks again shall get what is recorded."""
        if self._exchange.started:
            await self._exchange.break_off(self._writer.fail(error), error)
        else:
            await self._exchange.refuse(error, answer_headers(self._answer))


async def relay_whole(exchange: Exchange, answer: RecordedAnswer) -> None:
    """An answer that is to come as one JSON body."""
    try:
        body = b"".join([data async for data in answer.follow()])
    except CallerError as error:
        await exchange.refuse(error, answer_headers(answer))
    else:
        await exchange.respond(200, body, headers=answer_headers(answer))
