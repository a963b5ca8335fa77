"""The HTTP client: a call ends with an answer or with a `TransportError`, whatever a server does; connections are used again."""

import asyncio
import gzip
import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanspanne.providers.http1 import HttpTransport
from sanspanne.providers.http1.connection import MOST_KEPT, Connection
from sanspanne.providers.http1.origin import place_of, request_bytes
from sanspanne.providers.transport import Call, TransportError

OK = b"HTTP/1.1 200 OK\r\n"
PACKED = gzip.compress(b"hello")


class Server:
    """Plays `reply` to every request, as the pieces it consists of; closes afterwards if told so."""

    def __init__(self, *reply, close=False):
        self.reply, self.close = reply, close
        self.requests = []
        self.connections = 0
        self.url = ""

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)
                self.requests.append(head + await reader.readexactly(size))
                for piece in self.reply:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if self.close:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        writer.close()


@asynccontextmanager
async def running(server, tls=None):
    """The server on a port of its own, and a transport to ask it with."""
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.url = f"http{'s' if tls else ''}://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1?x=1"
    transport = HttpTransport(connect_seconds=2)
    try:
        yield transport
    finally:
        await transport.close()
        listener.close()


async def whole(transport, url, body=b"{}"):
    """One call to its end: status, headers, body."""
    upstream = await transport.open(Call("POST", url, {"authorization": "Bearer k"}, body))
    data = b""
    while chunk := await upstream.next_chunk():
        data += chunk
    return upstream.status, upstream.headers, data


@pytest.mark.parametrize(
    "reply",
    [
        (OK + b"content-length: 5\r\n\r\nhello",),
        (OK + b"Content-Length: 5\r\n\r\nhe", b"llo"),
        (OK + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-trailer: yes\r\n\r\n",),
        (b"HTTP/1.1 100 Continue\r\nx: y\r\n\r\n", OK + b"content-length: 5\r\n\r\nhello"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK + b"content-length: 5\r\n\r\nhello",),
        tuple(bytes([byte]) for byte in OK + b"content-length: 5\r\n\r\nhello"),
        (
            OK
            + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(gzip.compress(b"hello"))
            + gzip.compress(b"hello"),
        ),
    ],
    ids=["length", "two pieces", "chunked", "trailer", "continue", "early hints", "byte by byte", "gzip"],
)
async def test_every_way_to_send_a_body_is_read(reply):
    """However a server frames its answer, the body comes out whole, and the connection serves the next call too."""
    server = Server(*reply)
    async with running(server) as transport:
        for _ in range(3):
            status, headers, body = await whole(transport, server.url)
            assert (status, body) == (200, b"hello")
            assert "x-trailer" not in headers
        assert server.connections == 1


async def test_a_body_may_end_with_the_connection():
    """A body without an announced end ends with the connection; one with an announced end is cut by it."""
    server = Server(OK + b"content-type: text/plain\r\n\r\nhello", close=True)
    async with running(server) as transport:
        assert (await whole(transport, server.url))[2] == b"hello"
    for reply in (OK + b"content-length: 9\r\n\r\nhello", OK + b"transfer-encoding: chunked\r\n\r\n9\r\nhello"):
        server = Server(reply, close=True)
        async with running(server) as transport:
            with pytest.raises(TransportError) as told:
                await whole(transport, server.url)
            assert told.value.reason == "cut"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"", "reset"),
        (b"nonsense\r\n\r\n", "protocol"),
        (OK + b"x: " + b"y" * 200_000, "protocol"),
        (OK + b"x: y", "reset"),
    ],
    ids=["nothing", "no HTTP", "endless head", "half a head"],
)
async def test_what_is_no_answer_is_an_error(reply, reason):
    """Nothing, nonsense, a head without end: each ends the call with its reason."""
    server = Server(reply, close=True)
    async with running(server) as transport:
        with pytest.raises(TransportError) as told:
            await whole(transport, server.url)
        assert told.value.reason == reason


async def test_connections_that_cannot_be_made():
    """A refused connection, a name that does not exist, a URL that is none: each says which it was."""
    transport = HttpTransport(connect_seconds=2)
    server = Server()
    async with running(server):
        pass
    for url, reason in ((server.url, "refused"), ("http://no.such.host.invalid/", "resolve"), ("ftp://x/", "protocol")):
        with pytest.raises(TransportError) as told:
            await transport.open(Call("POST", url, {}))
        assert told.value.reason == reason
    await transport.close()


async def test_the_resolver_may_fail_later(monkeypatch):
    """Once a host's addresses are known, the loss of the resolver stops no call to it."""
    server = Server(OK + b"content-length: 2\r\n\r\nok", close=True)
    async with running(server) as transport:
        await whole(transport, server.url)
        monkeypatch.setattr("sanspanne.providers.http1.pool.RESOLVED_SECONDS", -1.0)

        async def fails(*args, **kwargs):
            raise OSError("no resolver")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fails)
        assert (await whole(transport, server.url))[2] == b"ok"


async def test_giving_up_closes_the_connection():
    """Aborting, or cancelling the call, is seen by the server at once."""
    left = asyncio.Event()

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await reader.read()
        left.set()

    server = Server()
    server.serve = serve
    async with running(server) as transport:
        call = asyncio.ensure_future(transport.open(Call("GET", server.url, {})))
        await asyncio.sleep(0.05)
        call.cancel()
        async with asyncio.timeout(5):
            await left.wait()


async def test_a_slow_reader_slows_the_server_down():
    """What nobody asks for is not taken in: memory stays bounded however much a server sends."""
    sent = 0

    async def serve(reader, writer):
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"content-length: 100000000\r\n\r\n")
        while sent < 100_000_000:
            writer.write(bytes(100_000))
            await writer.drain()
            sent += 100_000

    server = Server()
    server.serve = serve
    async with running(server) as transport:
        upstream = await transport.open(Call("GET", server.url, {}))
        await upstream.next_chunk()
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.1)
        assert sent < 20_000_000  # the buffers of both sockets, and ours
        assert upstream._connection._kept <= MOST_KEPT + 512 * 1024
        upstream.abort()


def test_a_header_cannot_break_out_of_its_line():
    """A key with a line end in it is refused, not sent as two headers."""
    place = place_of("http://127.0.0.1:1/")
    for value in ("a\r\nx: y", "a\nb", "a\rb", "é😀"):
        with pytest.raises(TransportError):
            request_bytes(Call("POST", "", {"authorization": value}), place)


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://api.openai.com/v1/chat", "api.openai.com", "/v1/chat"),
        ("http://127.0.0.1:8081", "127.0.0.1:8081", "/"),
        ("http://[::1]:9/x?y=z", "[::1]:9", "/x?y=z"),
        ("https://exämple.org/", "xn--exmple-cua.org", "/"),
    ],
)
def test_urls_are_taken_apart(url, authority, target):
    """Host header and request line are what the URL says."""
    place = place_of(url)
    assert (place.authority, place.target) == (authority, target)


@given(st.lists(st.binary(max_size=200), max_size=20))
@settings(max_examples=300)
def test_any_bytes_are_survived(pieces):
    """Whatever bytes come, in whatever pieces, the connection neither raises nor calls garbage complete without a head."""

    async def feed():
        connection = Connection(asyncio.get_running_loop())
        for piece in pieces:
            connection.data_received(piece)
        connection.connection_lost(None)
        assert connection.complete <= connection.has_head

    asyncio.run(feed())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_tls_is_verified(tmp_path, monkeypatch):
    """A certificate that nobody vouches for ends the call; one that the system trusts is accepted."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = Server(OK + b"content-length: 2\r\n\r\nok")
    async with running(server, tls=context) as transport:
        with pytest.raises(TransportError) as told:
            await whole(transport, server.url)
        assert told.value.reason == "tls"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with running(server, tls=context) as transport:
        for _ in range(2):
            assert (await whole(transport, server.url))[2] == b"ok"
