"""A client of nothing but a socket: it sees what a scripted provider really puts on the wire."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from sanspanne.testing import ScriptedProvider

MESSAGES = [{"role": "user", "content": "Quelle heure est-il à Lyon ?"}]


def question(kind: str, *, stream: bool = True, **fields: Any) -> tuple[str, dict[str, Any]]:
    """The path and the body that ask a provider of this kind."""
    if kind == "gemini":
        verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
        contents = [{"role": "user", "parts": [{"text": MESSAGES[0]["content"]}]}]
        return f"/v1beta/models/gemini-2.5-flash:{verb}", {"contents": contents, **fields}
    if kind == "anthropic":
        body = {"model": "claude-sonnet-5", "max_tokens": 500, "messages": MESSAGES, "stream": stream}
        return "/v1/messages", {**body, **fields}
    path = "/chat/completions" if kind == "perplexity" else "/v1/chat/completions"
    return path, {"model": "a-model", "messages": MESSAGES, "stream": stream, **fields}


@dataclass
class Heard:
    """All bytes of one exchange, and how the connection ended: `eof`, `reset`, or `open` when the client had enough."""

    data: bytes
    ending: str

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode().lower()

    @property
    def rest(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def body(self) -> bytes:
        """The body without its chunk framing, as far as it goes."""
        return unchunked(self.rest) if "transfer-encoding: chunked" in self.head else self.rest

    @property
    def framed_whole(self) -> bool:
        """Whether HTTP says that the response is complete."""
        return self.rest.endswith(b"0\r\n\r\n") or "content-length" in self.head


def unchunked(data: bytes) -> bytes:
    body = b""
    while True:
        size, newline, data = data.partition(b"\r\n")
        try:
            length = int(size, 16)
        except ValueError:
            return body
        if not newline or not length:
            return body
        body, data = body + data[:length], data[length + 2 :]


async def connect(provider: ScriptedProvider) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", provider.port)


def request(path: str, body: Any, headers: str = "", *, method: str = "POST", close: bool = True) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    connection = "connection: close\r\n" if close else ""
    head = f"{method} {path} HTTP/1.1\r\nhost: x\r\n{connection}{headers}content-length: {len(data)}\r\n\r\n"
    return head.encode() + data


async def ask(provider: ScriptedProvider, *, stream: bool = True, enough: bytes = b"\x00never", **fields: Any) -> Heard:
    """Ask a question and listen until the connection ends, or until these bytes have come."""
    path, body = question(provider.kind, stream=stream, **fields)
    return await exchange(provider, request(path, body), enough)


async def exchange(provider: ScriptedProvider, data: bytes, enough: bytes = b"\x00never") -> Heard:
    reader, writer = await connect(provider)
    heard = b""
    try:
        writer.write(data)
        while piece := await reader.read(65536):
            heard += piece
            if enough in heard:
                return Heard(heard, "open")
        return Heard(heard, "eof")
    except ConnectionResetError:
        return Heard(heard, "reset")
    finally:
        writer.close()


async def get(provider: ScriptedProvider, path: str, headers: str = "") -> Heard:
    return await exchange(provider, request(path, None, headers, method="GET"))


def events(body: bytes) -> list[bytes]:
    """The data of each event of a stream."""
    lines = body.replace(b"\r\n", b"\n").split(b"\n")
    return [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: ")]
