"""What a connection may do before it is a request, and how a server ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_edge import Served, request, serving, waiting

from sanspanne.config import ServerConfig
from sanspanne.server.protocol import HeadLimits

STREAM = b'{"model":"auto","stream":true}'
HASTY = HeadLimits(seconds=0.05)


@pytest.mark.parametrize(
    "flood",
    [
        b"x-a: 1\r\n" * 200,
        b"x-a: " + b"y" * 70_000 + b"\r\n",
        b"x-a: " + b"y" * 3_000_000,
    ],
    ids=["many", "long", "endless"],
)
async def test_header_flood_is_431(served: Served, flood: bytes) -> None:
    """Too many headers, one that is too long and one that never ends are 431 in the path's words, and the end."""
    head = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n"
    answer = await served.send(head + flood + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b'"said_by":"messages"' in answer
    assert b"x-request-id: req_" in answer
    assert not served.answers.opened


async def test_long_target_is_431(served: Served) -> None:
    """An address without end is bounded as headers are."""
    answer = await served.send(b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00 this is TLS",
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: local\x00host\r\n\r\n",
        b"CONNECT localhost:22 HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ],
)
async def test_no_http_is_400(served: Served, data: bytes) -> None:
    """Bytes that are no request in HTTP/1.1, ambiguous lengths among them, are 400 and the end of the connection."""
    assert (await served.send(data)).startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_silent_connection_is_closed() -> None:
    """A connection that says nothing is closed without a word."""
    async with serving(head=HASTY) as served:
        assert await served.send(b"") == b""


async def test_slow_head_is_closed() -> None:
    """A head that is never whole ends the connection, at its beginning and after an earlier request alike."""
    async with serving(head=HASTY) as served:
        assert await served.send(b"GET /healthz HT") == b""
        answer = await served.send(request("GET", "/healthz") + b"GET /healthz HT")
        assert answer.count(b"HTTP/1.1") == 1


async def test_slow_head_after_an_answer_is_closed() -> None:
    """A kept connection whose next head drips in is closed too."""
    async with serving(head=HASTY) as served:
        reader, writer = await served.connect()
        writer.write(request("GET", "/healthz"))
        await reader.readuntil(b'{"status":"ok"}')
        writer.write(b"\r\n")
        assert await reader.read() == b""
        writer.close()


async def test_body_that_nobody_reads_is_not_awaited() -> None:
    """A body that drips in after its answer was given holds the connection no longer than a head may."""
    async with serving(head=HASTY) as served:
        reader, writer = await served.connect()
        writer.write(request("GET", "/healthz", content_length="1000"))
        await reader.readuntil(b'{"status":"ok"}')
        writer.write(b"x")
        assert await reader.read() == b""
        writer.close()


async def test_whole_head_stops_the_clock() -> None:
    """The clock of the head does not cut an answer that takes longer."""
    release = asyncio.Event()
    async with serving(head=HASTY) as served:
        served.answers.script = waiting(release, before=["bon"], after=["jour"])
        asyncio.get_running_loop().call_later(0.2, release.set)
        _, _, body = await served.ask("POST", "/v1/messages", STREAM)
    assert body == b'id: 1\ndata: "bon"\n\nid: 2\ndata: "jour"\n\n'


async def test_requests_sent_ahead_are_not_run(served: Served) -> None:
    """A request sent before the answer to the one before is whole is dropped, and that answer still ends whole."""
    data = request("POST", "/v1/messages", STREAM)
    answer = await served.send(data + data)
    assert answer.endswith(b"0\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 1
    assert len(served.answers.opened) == 1


async def test_rubbish_in_the_body_ends_the_request(served: Served) -> None:
    """A chunked body that breaks its own framing is 400, and nobody goes on waiting for it."""
    head = request("POST", "/v1/messages", content_length=None, transfer_encoding="chunked")
    answer = await served.send(head + b"2\r\n{}\r\nzz\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert not served.answers.opened


async def test_trailers_are_no_headers(served: Served) -> None:
    """What stands behind a chunked body changes nothing of the head that was let in, and may not be endless either."""
    head = request("POST", "/v1/messages", content_length=None, transfer_encoding="chunked", connection="close")
    body = b'10\r\n{"model":"auto"}\r\n0\r\n'
    answer = await served.send(head + body + b"x-sanspanne-allow: a\r\nx-forwarded-for: 1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert served.answers.opened[0][1].allow is None
    answer = await served.send(head + body + b"x-a: 1\r\n" * 50_000 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_offer_of_another_protocol_is_passed_over(served: Served) -> None:
    """A client that would rather speak HTTP/2 (Java's) is answered in HTTP/1.1, its body read."""
    offer = {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2_settings": "AA"}
    reader, writer = await served.connect()
    for _ in range(2):
        writer.write(request("POST", "/v1/messages", STREAM, **offer))
        answer = await reader.readuntil(b"0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"bonjour" in answer
    writer.close()


async def test_websocket_is_refused_as_a_request(served: Served) -> None:
    """A WebSocket handshake is an ordinary request here."""
    reader, writer = await served.connect()
    writer.write(request("GET", "/v1/messages", connection="upgrade", upgrade="websocket"))
    assert (await reader.readline()).startswith(b"HTTP/1.1 405 ")
    writer.close()


async def test_continue_is_said_before_the_body(served: Served) -> None:
    """A client that asks before it sends its body is told to go on, unless the body is refused."""
    reader, writer = await served.connect()
    body = b'{"model":"auto"}'
    writer.write(
        request("POST", "/v1/messages", expect="100-continue", content_length=str(len(body)), connection="close")
    )
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
    writer.close()
    refused = request("POST", "/v1/messages", expect="100-continue", content_length="999999999999")
    assert (await served.send(refused)).startswith(b"HTTP/1.1 413 ")


def test_nothing_sent_stops_the_server() -> None:
    """After any bytes on a connection the next caller is served, and nothing is answered with a 5xx."""
    with asyncio.Runner() as runner:
        edge = serving(head=HASTY)
        served = runner.run(edge.__aenter__())

        @settings(max_examples=60)
        @given(junk=st.binary(max_size=400), cut=st.integers(0, 120))
        def whatever(junk: bytes, cut: int) -> None:
            head = request("POST", "/v1/messages", STREAM, connection="close")
            answer = runner.run(served.send(head[:cut] + junk))
            assert b"HTTP/1.1 5" not in answer
            assert runner.run(served.ask("GET", "/healthz"))[0] == 200

        whatever()
        runner.run(edge.__aexit__(None, None, None))


async def test_draining_lets_answers_end(served: Served) -> None:
    """A server that is told to stop takes no new connection, and the answers that run end whole."""
    release = asyncio.Event()
    served.answers.script = waiting(release, before=["bon"], after=["jour"])
    reader, writer = await served.connect()
    writer.write(request("POST", "/v1/messages", STREAM))
    await reader.readuntil(b'data: "bon"\n\n')
    served.server.should_exit = True
    with pytest.raises(ConnectionError):  # noqa: PT012  (the listener closes at the server's next tick)
        while True:
            _, other = await served.connect()
            other.close()
            await asyncio.sleep(0.01)
    release.set()
    rest = await reader.read()
    assert b'data: "jour"\n\n' in rest
    assert rest.endswith(b"0\r\n\r\n")
    writer.close()


@pytest.mark.parametrize("stream", [True, False])
async def test_answers_that_outlast_the_draining_are_told(stream: bool) -> None:
    """An answer that does not end in time ends with an honest error, in-band or by status."""
    async with serving(ServerConfig(drain_seconds=1.0)) as served:
        served.answers.script = waiting(asyncio.Event(), before=["bon"])
        reader, writer = await served.connect()
        writer.write(request("POST", "/v1/messages", STREAM if stream else b'{"model":"auto"}'))
        await served.answers.any_opened.wait()
        if stream:
            await reader.readuntil(b'data: "bon"\n\n')
        served.server.should_exit = True
        answer = await reader.read()
        writer.close()
    assert b"shutting down" in answer
    assert stream == (b"event: error" in answer)
    assert stream or answer.startswith(b"HTTP/1.1 503 ")


@pytest.mark.parametrize(
    "promise",
    [
        test_long_target_is_431,
        test_requests_sent_ahead_are_not_run,
        test_rubbish_in_the_body_ends_the_request,
        test_offer_of_another_protocol_is_passed_over,
        test_continue_is_said_before_the_body,
        test_draining_lets_answers_end,
    ],
)
def test_the_same_on_uvloop(promise: Callable[[Served], Awaitable[None]]) -> None:
    """The other event loop, which the service runs on where it is installed, closes and drains in the same way."""

    async def scenario() -> None:
        async with serving() as served:
            await promise(served)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())


def test_sigterm_drains_and_exits_zero() -> None:
    """A process that gets SIGTERM in the middle of a stream finishes it and exits 0."""
    program = textwrap.dedent("""
        import asyncio, socket
        from scripted_edge import *
        from sanspanne.server import serve as serving_module

        async def main():
            release = asyncio.Event()
            answers = ScriptedAnswers()
            answers.script = waiting(release, before=["bon"], after=["jour"])
            services = Services(chat=PlainDialect("chat"), messages=PlainDialect("messages"), answers=answers,
                keyring=Keys(), list_models=list, ready=lambda: (True, {}), metrics=bytes, reload=None, count=None)
            listener = socket.create_server(("127.0.0.1", 0))
            edge, config = Edge(services, ServerConfig()), ServerConfig()
            server = serving_module.Server(configure(edge, config))
            print(listener.getsockname()[1], flush=True)
            stopped = server.shutdown
            async def shutdown(sockets=None):
                asyncio.get_running_loop().call_later(0.2, release.set)
                await stopped(sockets)
            server.shutdown = shutdown
            await run(server, [listener])

        asyncio.run(main())
    """)
    environment = os.environ | {"PYTHONPATH": os.path.dirname(__file__)}
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        body = asyncio.run(_stream_through_sigterm(int(process.stdout.readline()), process))
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    assert b'data: "jour"\n\n' in body
    assert body.endswith(b"0\r\n\r\n")


async def _stream_through_sigterm(port: int, process: subprocess.Popen[str]) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("POST", "/v1/messages", STREAM))
    await reader.readuntil(b'data: "bon"\n\n')
    process.send_signal(signal.SIGTERM)
    try:
        return await reader.read()
    finally:
        writer.close()
