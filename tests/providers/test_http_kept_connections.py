"""Connections that a server gives up between two calls."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from sanspanne.providers.http1 import HttpTransport
from sanspanne.providers.transport import Call, TransportError

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def server(answers_per_connection):
    """Answers so many calls on each connection, then closes it without a word when the next one comes."""
    calls = []

    async def serve(reader, writer):
        with_answer = answers_per_connection
        while head := await reader.readuntil(b"\r\n\r\n"):
            calls.append(head)
            if not with_answer:
                break
            with_answer -= 1
            writer.write(ANSWER)
        writer.close()

    def ignore_left(reader, writer):
        task = asyncio.ensure_future(serve(reader, writer))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    listener = await asyncio.start_server(ignore_left, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/", calls
    finally:
        listener.close()


@pytest.fixture
async def transport():
    transport = HttpTransport()
    yield transport
    await transport.close()


async def get(transport, url):
    """One call, read to its end."""
    upstream = await transport.open(Call("POST", url, {}))
    while await upstream.next_chunk():
        pass
    return upstream.status


async def test_a_kept_connection_that_was_given_up_costs_no_answer(transport):
    """Each second call meets a connection that the server gives up: all are answered nevertheless."""
    async with server(answers_per_connection=1) as (url, _):
        assert [await get(transport, url) for _ in range(6)] == [200] * 6


async def test_a_new_connection_that_is_cut_is_a_failure(transport):
    """A server that cuts off a new connection has failed, and is not called again."""
    async with server(answers_per_connection=0) as (url, calls):
        with pytest.raises(TransportError) as told:
            await get(transport, url)
        assert (told.value.reason, len(calls)) == ("reset", 1)


async def test_a_server_that_had_begun_to_work_is_not_called_again(transport, monkeypatch):
    """A kept connection that is cut only after a while says that the server broke, not that the connection was old."""
    monkeypatch.setattr("sanspanne.providers.http1.transport.STALE_SECONDS", 0.0)
    async with server(answers_per_connection=1) as (url, calls):
        assert await get(transport, url) == 200
        with pytest.raises(TransportError):
            await get(transport, url)
        assert len(calls) == 2
