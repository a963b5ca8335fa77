"""A provider reached over a transport: what one attempt talks to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from sanspanne.chat import ChatRequest, Frame, ResumePoint
from sanspanne.dialects.base import StreamReader
from sanspanne.errors import Failure, ServerFault
from sanspanne.providers.base import Provider
from sanspanne.providers.classify import from_transport
from sanspanne.providers.limits import LimitState
from sanspanne.providers.transport import Transport, TransportError, Upstream
from sanspanne.providers.unread import Unread


class Endpoint:
    """Joins the two; every failure that leaves here is a `Failure`. `unread` has the answers that go on without a reader."""

    def __init__(self, provider: Provider, transport: Transport, unread: Unread | None = None) -> None:
        self.provider = provider
        self._transport = transport
        self._unread = unread or Unread(transport)
        self.reader_for = provider.reader_for
        self.reasons = lru_cache(maxsize=1024)(provider.reasons)  # asked for every request, and a look into a table
        self.failure_in_stream = provider.failure_in_stream
        self._limit_headers = frozenset(name for name in msgspec.structs.astuple(provider.limit_headers) if name)

    async def open(self, request: ChatRequest, model: str) -> tuple[Upstream, tuple[str, ...]]:
        """Send the request; the exchange, and the caller's fields that had to be left out."""
        call, omitted = self.provider.chat(request, model)
        try:
            return await self._transport.open(call), omitted
        except TransportError as error:
            raise from_transport(error) from error

    async def resume(self, point: ResumePoint, model: str) -> tuple[Upstream, StreamReader]:
        """Take up an answer of `model` again behind `point`: the exchange, and the reader that goes on from there."""
        resumption = self.provider.resume(point)
        if resumption is None:
            raise ServerFault(
                f"{self.provider.name}/{model} cannot take up a broken stream again", reason="lost_answer"
            )
        call, reader = resumption
        self._unread.take_up(point.id)
        try:
            return await self._transport.open(call), reader
        except TransportError as error:
            raise from_transport(error) from error

    def leave(self, answer: str, seconds: float) -> None:
        """Nobody reads the answer with that id any more: unless it is taken up within `seconds`, its making is stopped."""
        call = self.provider.cancel(answer)
        if call is not None:
            self._unread.leave(answer, call, seconds)

    async def key_is_refused(self) -> bool | None:
        """Whether the provider refuses our key, asked by a call that costs nothing; None if that call does not tell."""
        try:
            upstream = await self._transport.open(self.provider.free_probe())
        except TransportError:
            return None
        upstream.abort()
        return {200: False, 401: True, 403: True}.get(upstream.status)

    async def count(self, request: ChatRequest, model: str, most: int) -> bytes | None:
        """The body with which the provider counts the prompt's tokens; None if it cannot. Reads at most `most` bytes."""
        call = self.provider.count(request, model)
        if call is None:
            return None
        try:
            upstream = await self._transport.open(call)
            try:
                body = b""
                while len(body) < most and (chunk := await upstream.next_chunk()):
                    body += chunk
            finally:
                upstream.abort()
        except TransportError as error:
            raise from_transport(error) from error
        return body if upstream.status == 200 else None

    def read_answer(self, body: bytes, request: ChatRequest | None = None) -> Frame:
        """See `Provider.read_answer`."""
        return self.provider.read_answer(body, request)

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """See `Provider.failure`."""
        return self.provider.failure(status, headers, body)

    def limits(self, headers: Mapping[str, str]) -> LimitState | None:
        """What a response's headers say of our quota; None if they have nothing to say."""
        return None if self._limit_headers.isdisjoint(headers) else self.provider.limits(headers)

    def failure_of_transport(self, error: Exception) -> Failure | None:
        """The failure behind an error of the transport; None for an error that is none of its own."""
        return from_transport(error) if isinstance(error, TransportError) else None
