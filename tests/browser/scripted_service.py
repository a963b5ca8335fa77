"""An ASGI app with the real page and a `/v1` that answers as the test says."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from sanspanne.web.session import Sessions

PAUSE = object()  # in a script: wait until the test sets `release`
MODELS = {"object": "list", "data": [{"id": name, "object": "model"} for name in ("auto", "gpt", "onboard")]}


class ScriptedService:
    """`/v1/chat/completions` sends `status`, `headers` and the pieces of `script`; `asked` has the requests' bodies, and
    `told` their headers."""

    def __init__(self, pages: ASGIApp, sessions: Sessions, readiness: dict[str, Any]) -> None:
        self.base = ""
        self.sessions = sessions
        self.readiness = readiness
        self.asked: list[dict[str, Any]] = []
        self.told: list[dict[str, str]] = []
        self.left = threading.Event()
        self.release = threading.Event()
        self.status = 200
        self.headers: dict[str, str] = {}
        self.script: list[Any] = []
        self._pages = pages

    def answer(self, *script: Any, status: int = 200, **headers: str) -> None:
        """From now on a question is answered so; header names stand without `x-sanspanne-`."""
        self.status = status
        self.headers = {f"x-sanspanne-{name}": value for name, value in headers.items()}
        self.script = list(script)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/v1/models":
            await _start(send, 200, {"content-type": "application/json"})
            await send({"type": "http.response.body", "body": json.dumps(MODELS).encode()})
        elif scope["path"] == "/v1/chat/completions":
            self.told.append({name.decode(): value.decode() for name, value in scope["headers"]})
            await self._complete(receive, send)
        else:
            await self._pages(scope, receive, send)

    async def _complete(self, receive: Receive, send: Send) -> None:
        self.asked.append(json.loads(await _body(receive)))
        await _start(send, self.status, {"content-type": "text/event-stream", **self.headers})
        for piece in self.script:
            if piece is PAUSE:
                if await self._left_while_waiting(receive):
                    return
            else:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _left_while_waiting(self, receive: Receive) -> bool:
        leaving = asyncio.ensure_future(receive())
        waiting = asyncio.ensure_future(asyncio.to_thread(self.release.wait))
        done, _ = await asyncio.wait({leaving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if leaving in done:
            self.left.set()
            self.release.set()
        leaving.cancel()
        await waiting
        return leaving in done


def text(piece: str, **more: Any) -> bytes:
    """One chunk of an answer."""
    return event({"model": "scripted", "choices": [{"index": 0, "delta": {"content": piece}}], **more})


def seam(**fields: Any) -> bytes:
    """The chunk that tells of a seam."""
    return event({"choices": [{"index": 0, "delta": {}}], "sanspanne": {"seam": {"reason": "server_error", **fields}}})


def end(reason: str = "stop") -> bytes:
    """The stop reason and the end marker."""
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}) + b"data: [DONE]\n\n"


def event(chunk: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


def error(message: str, code: str | None = None) -> bytes:
    """An error body in the words of the OpenAI dialect."""
    return json.dumps({"error": {"message": message, "type": "server_error", "code": code, "param": None}}).encode()


async def _start(send: Send, status: int, headers: dict[str, str]) -> None:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
