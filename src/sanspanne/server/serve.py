"""uvicorn around the edge, until the process is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import uvicorn

from sanspanne.config import ServerConfig
from sanspanne.errors import CallerError
from sanspanne.server.asgi import Edge
from sanspanne.server.exchange import error_headers, id_headers, new_request_id
from sanspanne.server.protocol import HeadLimits, bounded
from sanspanne.server.speakers import Speakers

KEEP_ALIVE_SECONDS = 75  # longer than any client's own limit, so that it is never us who closes under a new request
LAST_WORDS_SECONDS = 1.0


class Server(uvicorn.Server):
    """A server that leaves the process's signals to those who started it, and returns when it has drained."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop it, a second SIGINT stops the draining too; the process then goes on to its own end."""
        loop = asyncio.get_running_loop()
        handled = (signal.SIGTERM, signal.SIGINT)
        for number in handled:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in handled:
                loop.remove_signal_handler(number)


class EmbeddedServer(Server):
    """A server in a process that is not its own (tests): it is stopped by `should_exit` alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave every signal alone."""
        yield


def configure(edge: Edge, config: ServerConfig, head: HeadLimits | None = None) -> uvicorn.Config:
    """uvicorn's settings for `edge`: no log, no proxy headers, no lifespan, a bounded protocol."""
    protocol = bounded(head or HeadLimits(), Refusal(edge.speakers))
    return uvicorn.Config(
        edge,
        host=config.host,
        port=config.port,
        http=protocol,  # type: ignore[arg-type]  # it says "class" and means what it calls for each connection
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(config.drain_seconds)),
    )


async def serve(edge: Edge, config: ServerConfig, sockets: list[socket.socket] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; running answers end first, for at most `config.drain_seconds`."""
    await run(Server(configure(edge, config)), sockets)


async def run(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
    """Run `server` until it has drained. Those that were cut off are given a moment to tell their callers."""
    await server.serve(sockets)
    if server.server_state.tasks:
        await asyncio.wait(server.server_state.tasks, timeout=LAST_WORDS_SECONDS)


class Refusal:
    """Makes the bytes of a response where no request, and so no handler, came about."""

    def __init__(self, speakers: Speakers) -> None:
        self._speakers = speakers

    def __call__(self, path: str, error: CallerError) -> bytes:
        """A whole HTTP response that tells `error` in the words of `path` and closes the connection."""
        request_id = new_request_id()
        body = self._speakers.of(path).write_error(error, request_id)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *error_headers(error),
            *id_headers(request_id),
        ]
        head = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n".encode()
        return head + b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n" + body
