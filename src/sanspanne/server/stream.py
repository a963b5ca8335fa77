"""The way back of a streamed answer.

The head is held until there is something to say, so that status and headers can still tell the truth; but no longer than
`hold` seconds, since callers and what stands between give up on silence. From then on comments keep the line alive, and
all that we have to say goes in-band.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from email.utils import formatdate
from typing import Protocol

from msgspec import Struct

from sanspanne.answers.route import Route
from sanspanne.chat import Frame
from sanspanne.dialects.base import StreamWriter
from sanspanne.dialects.numbering import NumberedWriter
from sanspanne.errors import CallerError
from sanspanne.server.exchange import Exchange, RawHeaders
from sanspanne.server.queue import WAITING

STREAM_HEADERS: RawHeaders = [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]


class Patience(Struct, frozen=True):
    """For how long the head is `hold` back, and how often a silent line carries a comment, in seconds.

    `words(answer_id)` is what the comment says; every `place_every` seconds it is looked whether they tell of another place.
    """

    hold: float = 10.0
    comment_every: float = 5.0
    place_every: float = 2.0
    words: Callable[[str], str] = lambda answer_id: WAITING


class Answer(Protocol):
    """What a response says of its answer."""

    @property
    def id(self) -> str:
        """What the answer is called."""
        ...

    @property
    def route(self) -> Route:
        """How it came about; whole once its first batch was given."""
        ...


class Line:
    """One streamed response, its events numbered.

    `writer` makes the writer when the answer's route is known, or when it has failed.
    """

    def __init__(
        self, exchange: Exchange, media_type: str, answer: Answer, writer: Callable[[Sequence[Frame]], StreamWriter]
    ) -> None:
        self._exchange = exchange
        self._media_type = media_type.encode()
        self._answer = answer
        self._make_writer = writer
        self._writer: NumberedWriter | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._comment: asyncio.Task[None] | None = None

    def hold(self, patience: Patience) -> None:
        """Hold the head. While the answer comes in time this costs one timer and nothing else."""
        self._patience = patience
        self._timer = asyncio.get_running_loop().call_later(patience.hold, self._on_silence)

    def close(self) -> None:
        """No more comments."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._comment is not None:
            self._comment.cancel()
            self._comment = None

    async def write(self, frames: Sequence[Frame]) -> None:
        """Send these frames in one piece, after the head if it was held until now."""
        if self._writer is None:
            await self._begin(frames)
        assert self._writer is not None
        data = self._writer.write(frames)
        if data:
            await self._exchange.write(data)

    async def end(self) -> None:
        """The answer is whole."""
        await self._exchange.finish()

    async def fail(self, error: CallerError) -> None:
        """Tell the caller of `error`: by status while the head is held, in-band afterwards."""
        self.close()
        if not self._exchange.started:
            await self._exchange.refuse(error, answer_headers(self._answer))
            return
        writer = self._writer or NumberedWriter(self._make_writer(()))
        await self._exchange.break_off(writer.fail(error), error)

    async def _begin(self, frames: Sequence[Frame]) -> None:
        self.close()
        self._writer = NumberedWriter(self._make_writer(frames))
        if self._exchange.started:  # too late for headers: the route is told in a comment
            await self._exchange.write(self._writer.comment(f"sanspanne {route_words(self._answer.route)}"))
        else:
            await self._start()

    async def _start(self) -> None:
        head = [(b"content-type", self._media_type), *STREAM_HEADERS, *answer_headers(self._answer)]
        await self._exchange.start(200, head)

    def _on_silence(self) -> None:
        loop = asyncio.get_running_loop()
        if self._comment is None or self._comment.done():  # a caller who does not read needs no second comment
            self._comment = loop.create_task(self._say_waiting())
        self._timer = loop.call_later(self._patience.comment_every, self._on_silence)

    async def _say_waiting(self) -> None:
        if not self._exchange.started:
            await self._start()
        await self._exchange.write(self._make_writer(()).comment(self._patience.words(self._answer.id)))


def answer_headers(answer: Answer) -> RawHeaders:
    """What the answer is called, and how it came about as far as that is known."""
    return [(b"x-sanspanne-answer", answer.id.encode()), *route_headers(answer.route)]


def route_headers(route: Route) -> RawHeaders:
    """Which target answered, from which rung, after how many attempts, and what it was not told."""
    headers: RawHeaders = []
    if route.target:
        headers.append((b"x-sanspanne-target", _ascii(route.target)))
    if route.rung is not None:
        headers.append((b"x-sanspanne-rung", _ascii(route.rung.value)))
    if route.attempts:
        headers.append((b"x-sanspanne-attempts", _ascii(str(route.attempts))))
    if route.tried:
        headers.append((b"x-sanspanne-tried", _ascii(",".join(route.tried))))
    if route.answered_at is not None:
        headers.append((b"x-sanspanne-answered-at", formatdate(route.answered_at, usegmt=True).encode()))
    if route.omitted:
        headers.append((b"x-sanspanne-omitted", _ascii(",".join(route.omitted))))
    return headers


def route_words(route: Route) -> str:
    """The same in a comment, for a head that had to go out before the answer came."""
    return " ".join(
        f"{name.decode().removeprefix('x-sanspanne-')}={value.decode()}" for name, value in route_headers(route)
    )


def _ascii(text: str) -> bytes:
    """A header value: what is not printable ASCII (the names of fields are the caller's words) becomes a question mark."""
    if text.isascii() and text.isprintable():
        return text[:1000].encode()
    return bytes(byte if 0x20 <= byte < 0x7F else 0x3F for byte in text[:1000].encode("ascii", "replace"))
