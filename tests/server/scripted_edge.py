"""The edge on a real uvicorn at a free port, before scripted answers in a dialect of a few lines."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from sanspanne.answers.question import Question
from sanspanne.answers.route import Caller, Route
from sanspanne.chat import ChatRequest, Event, Frame, Rung, TextDelta
from sanspanne.config import ServerConfig
from sanspanne.dialects.anthropic_messages import read_count_request
from sanspanne.dialects.base import Identity
from sanspanne.errors import CallerError, invalid_request
from sanspanne.server.asgi import Edge, Services
from sanspanne.server.body import BodyLimits
from sanspanne.server.models import ModelInfo
from sanspanne.server.protocol import HeadLimits
from sanspanne.server.serve import EmbeddedServer, configure, run
from sanspanne.server.stream import Patience

Script = Callable[[ChatRequest, Route], AsyncGenerator[list[Frame], None]]


class PlainWriter:
    """Writes each text as one event."""

    def __init__(self, model: str) -> None:
        self.model = model

    def pieces(self, frames: Iterable[Frame]) -> list[bytes]:
        return [frame.raw or b"data: " + msgspec.json.encode(_text(frame.events)) + b"\n\n" for frame in frames]

    def write(self, frames: Iterable[Frame]) -> bytes:
        return b"".join(self.pieces(frames))

    def fail(self, error: CallerError) -> bytes:
        return b"event: error\ndata: " + msgspec.json.encode(error.message) + b"\n\n"

    def comment(self, text: str) -> bytes:
        return f": {text}\n\n".encode()


class PlainDialect:
    """`{"model", "text", "stream"}` in; text out; errors as `{"said_by", "kind", "message", "param"}`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read_request(self, body: bytes, headers: Mapping[str, str]) -> ChatRequest:
        try:
            fields = msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise invalid_request(f"The body is not JSON: {error}.") from error
        return ChatRequest(dialect=self.name, model=fields["model"], stream=fields.get("stream", False))

    def writer(self, request: ChatRequest, identity: Identity) -> PlainWriter:
        return PlainWriter(identity.model)

    def write_answer(self, events: Iterable[Event], request: ChatRequest, identity: Identity) -> bytes:
        return msgspec.json.encode({"id": identity.id, "model": identity.model, "text": _text(events)})

    def write_error(self, error: CallerError, request_id: str) -> bytes:
        fields = {"said_by": self.name, "kind": error.kind, "message": error.message, "param": error.param}
        return msgspec.json.encode({**fields, "request_id": request_id})

    def media_type(self) -> str:
        return "text/event-stream"


def _text(events: Iterable[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def text(words: str, dialect: str = "elsewhere", raw: bytes = b"") -> list[Frame]:
    """A batch of one frame that says `words`."""
    return [Frame(dialect, raw, (TextDelta(words),))]


class ScriptedAnswer:
    """One answer that plays a script; `closed` is set when the script has been left or has ended."""

    def __init__(self, script: Script, request: ChatRequest) -> None:
        self.id = "answer-1"
        self.route = Route()
        self.closed = asyncio.Event()
        self._script, self._request = script, request

    async def follow(self) -> AsyncGenerator[list[Frame], None]:
        script = self._script(self._request, self.route)
        try:
            async for batch in script:
                self.route.target, self.route.rung, self.route.attempts = "openai/gpt-4o", Rung.FALLBACK, 2
                yield batch
        finally:
            await script.aclose()
            self.closed.set()


class ScriptedAnswers:
    """Opens answers that play `script`, and remembers how it was asked."""

    def __init__(self) -> None:
        self.script: Script = whole("bonjour")
        self.opened: list[tuple[ChatRequest, Caller, dict[str, Any]]] = []
        self.answers: list[ScriptedAnswer] = []
        self.any_opened = asyncio.Event()

    def open(self, request: ChatRequest, caller: Caller, **how: Any) -> ScriptedAnswer:
        self.opened.append((request, caller, how))
        self.answers.append(ScriptedAnswer(self.script, request))
        self.any_opened.set()
        return self.answers[-1]

    async def record(self, question: Question, after: int) -> Any:
        """Nothing is recorded here: what was asked is remembered, and refused."""
        self.opened.append((question.request, question.caller, {"question": question, "after": after}))
        raise CallerError(503, "unavailable", "nothing is recorded here")


def whole(*words: str) -> Script:
    """Says each word in its own batch, and ends."""

    async def script(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
        for word in words:
            yield text(word)

    return script


def failing(error: Exception, *words: str) -> Script:
    """Says the words, then fails."""

    async def script(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
        for word in words:
            yield text(word)
        raise error

    return script


def waiting(release: asyncio.Event, before: Iterable[str] = (), after: Iterable[str] = ()) -> Script:
    """Says the words of `before`, waits for `release`, and says those of `after`."""

    async def script(request: ChatRequest, route: Route) -> AsyncGenerator[list[Frame], None]:
        for word in before:
            yield text(word)
        await release.wait()
        for word in after:
            yield text(word)

    return script


class Keys:
    """A keyring: secret -> name."""

    def __init__(self, secrets: dict[str, str] | None = None, required: bool = False) -> None:
        self._secrets, self.required = secrets or {}, required

    def find(self, secret: str) -> str | None:
        return self._secrets.get(secret)


class Cookies:
    """Accepts one cookie."""

    def accepts(self, cookie_header: str | None) -> bool:
        return cookie_header == "page=open"


class Served:
    """A running edge: its address, its scripted answers, and ways to talk to it."""

    def __init__(self, port: int, answers: ScriptedAnswers, server: EmbeddedServer) -> None:
        self.port, self.answers, self.server = port, answers, server
        self.url = f"http://127.0.0.1:{port}"

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def send(self, data: bytes) -> bytes:
        """All that comes back on a connection of its own, until the server closes it."""
        reader, writer = await self.connect()
        writer.write(data)
        try:
            return await reader.read()
        finally:
            writer.close()

    async def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one exchange; a header None is left out, `_` stands for `-`."""
        data = request(method, path, body, port=self.port, connection="close", **headers)
        return parse(await self.send(data))

    async def chat(
        self, path: str = "/v1/chat/completions", **headers: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        return await self.ask("POST", path, b'{"model":"auto"}', **headers)


def request(method: str, path: str, body: bytes = b"", *, port: int = 80, **headers: str | None) -> bytes:
    """The bytes of one request."""
    fields: dict[str, str | None] = {"host": f"127.0.0.1:{port}"}
    if method == "POST":
        fields |= {"content-type": "application/json", "content-length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    lines.sort(key=lambda line: not line.startswith("connection"))  # so that a head that is cut short has it
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1") + body


def parse(data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a response that was read to its end."""
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunk(body)
    return int(status.split()[1]), headers, body


def _unchunk(data: bytes) -> bytes:
    body = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size, 16)
        body, data = body + rest[:length], rest[length + 2 :]
    return body


ServeEdge = Callable[..., Awaitable[Served]]


@asynccontextmanager
async def serving(
    config: ServerConfig | None = None,
    *,
    keys: Keys | None = None,
    limits: BodyLimits | None = None,
    head: HeadLimits | None = None,
    patience: Patience | None = None,
    chat: Any = None,
    messages: Any = None,
    pages: Any = None,
    refused: Callable[[int], None] | None = None,
    answers: Any = None,
) -> AsyncIterator[Served]:
    """An edge that serves until the block is left."""
    answers = answers or ScriptedAnswers()
    services = Services(
        chat=chat or PlainDialect("chat"),
        messages=messages or PlainDialect("messages"),
        answers=answers,
        keyring=keys or Keys(),
        sessions=Cookies(),
        list_models=lambda: [ModelInfo("auto", "sanspanne", 1), ModelInfo("openai/gpt-4o", "openai", 2)],
        ready=lambda: (False, {"ready": False, "why": "loading"}),
        metrics=lambda: b"# metrics\n",
        reload=_reload,
        count=_count,
        read_count=read_count_request if messages else PlainDialect("messages").read_request,
        pages=pages,
        refused=refused,
    )
    config = config or ServerConfig()
    edge = Edge(services, config, limits=limits, patience=patience)
    listener = socket.create_server(("127.0.0.1", 0))
    server = EmbeddedServer(configure(edge, config, head))
    task = asyncio.create_task(run(server, [listener]))
    await until(lambda: server.started or task.done())
    try:
        yield Served(listener.getsockname()[1], answers, server)
    finally:
        await _stop(server, task)


async def _stop(server: EmbeddedServer, task: asyncio.Task[None]) -> None:
    """End at once, without the draining that other tests look at."""
    task.cancel()
    await asyncio.wait([task])
    for listener in server.servers:
        listener.close()
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    tasks = list(server.server_state.tasks)
    for handler in tasks:
        handler.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _reload() -> str:
    return "reloaded"


async def _count(request: ChatRequest, caller: Caller) -> int:
    return 7


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until `condition()` holds."""
    while not condition():
        await asyncio.sleep(0)
