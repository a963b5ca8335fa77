"""The provider behind every server under test: as little work as possible for each request and each chunk.

`python -m benchmarks.upstream PORT` serves until it is stopped. It reads no more of a request than its length and its model.
"""

from __future__ import annotations

import asyncio
import re
import sys

import uvloop

from benchmarks.scenarios import DONE, JSON, PROBE, STREAMS, Stream, chunks, json_answer

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
MODEL = re.compile(rb'"model": ?"([a-z]+)"')
STREAMED = re.compile(rb'"stream": ?true')
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST_PIECE = b"0\r\n\r\n"


class Answers:
    """The bytes of all answers, made once."""

    def __init__(self) -> None:
        body = json_answer()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self.whole = head.encode() + body
        self.pieces = {name: _pieces(stream) for name, stream in STREAMS.items()}


def _pieces(stream: Stream) -> list[bytes]:
    """What is written at once each time: a burst of chunks, each in a piece of its own, as providers send them."""
    framed = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks(stream.count)]
    bursts = [b"".join(framed[start : start + stream.burst]) for start in range(0, len(framed), stream.burst)]
    bursts[-1] += b"%x\r\n%b\r\n" % (len(DONE), DONE) + LAST_PIECE
    return bursts


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._timer: asyncio.Handle | None = None
        self._is_full = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody has left, perhaps in the middle of a stream."""
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        """The reader is slower than we are."""
        self._is_full = True

    def resume_writing(self) -> None:
        """It has caught up."""
        self._is_full = False

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = LENGTH.search(head)
        if length is None or len(body) >= int(length[1]):
            self._received = b""
            self._answer(body)

    def _answer(self, body: bytes) -> None:
        found = MODEL.search(body)
        name = found[1].decode() if found else JSON
        if name not in STREAMS and not STREAMED.search(body):
            self._transport.write(self._answers.whole)
            return
        name = name if name in STREAMS else PROBE
        self._transport.write(STREAM_HEAD)
        self._tell(self._answers.pieces[name], STREAMS[name].pause, 0, self._loop.time())

    def _tell(self, pieces: list[bytes], pause: float, position: int, due: float) -> None:
        """Write one piece and come back for the next when it is due: late ones do not delay those after them."""
        if self._is_full:
            self._timer = self._loop.call_later(0.001, self._tell, pieces, pause, position, due)
            return
        self._transport.write(pieces[position])
        if position + 1 == len(pieces):
            return
        if pause:
            self._timer = self._loop.call_at(due + pause, self._tell, pieces, pause, position + 1, due + pause)
        else:
            self._timer = self._loop.call_soon(self._tell, pieces, pause, position + 1, due)


async def serve(port: int) -> None:
    """Answer until stopped."""
    answers = Answers()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(answers), "127.0.0.1", port, backlog=4096
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
