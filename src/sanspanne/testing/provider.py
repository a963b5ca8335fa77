"""A provider that does as its script says: a real server on a port of its own, speaking one provider's wire format.

async with ScriptedProvider("openai") as provider:
    provider.script = Break("reset", after=5)
    ...                                          # point the configuration or an SDK at provider.base_url
    await provider.calls[0].wait_until_left()
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import msgspec

from sanspanne.testing.answer import Answer
from sanspanne.testing.asked import Asked
from sanspanne.testing.capacity import Capacity, Crashed, Full
from sanspanne.testing.connection import Connection, Request
from sanspanne.testing.recording import Call, Calls
from sanspanne.testing.script import Programme, Script, Stage
from sanspanne.testing.wires import Reason, Reply, Wire, wire

ENGINES = ("ollama", "llamacpp", "vllm", "lmstudio")


class ScriptedProvider:
    """One provider, of one of the `KINDS`, on 127.0.0.1.

    name      what it calls itself in its answers; default: the provider's own name
    port      0 takes a free one
    script    what it plays: one script, or a list with one for each call, the last of which stays
    timeline  instead: each script from its second on, such as `[(0, Answer()), (10, Fail("overloaded")), (40, Answer())]`
    capacity  what it can carry; default: everything
    key       the only key that it accepts; default: any and none
    models    the models that it lists; it answers for every model
    rng       the source of ids and of everything else that is random
    clock     gives seconds, `sleep` lets them pass: pass both to play hours in no time

    An error that a script raises breaks the connection off and is raised again at the end of the `async with`.

    `calls` has what it was asked, `refused` counts the connections that it broke off before anything was asked.
    """

    def __init__(
        self,
        kind: str = "openai",
        *,
        name: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
        script: Script | Sequence[Script] = (),
        timeline: Sequence[tuple[float, Script]] = (),
        capacity: Capacity | None = None,
        key: str | None = None,
        models: Sequence[str] = (),
        rng: random.Random | None = None,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.wire = wire(kind)
        self.kind, self.name = kind, name or self.wire.title
        self.models = tuple(models) or self.wire.models
        self.capacity, self.key = capacity, key
        self.calls = Calls()
        self.refused = 0
        self._host, self._port = host, port
        self._random, self._clock, self._sleep = rng or random.Random(0), clock, sleep
        self._started: float | None = None
        self._programme = Programme(timeline, by_time=True) if timeline else _one_by_one(script or Answer())
        self._server: asyncio.Server | None = None
        self._running: dict[Connection, Call | None] = {}
        self._mistakes: list[Exception] = []

    # --- its life

    async def __aenter__(self) -> Self:
        await self.open_port()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close_port()
        if self._mistakes and exc[0] is None:
            raise self._mistakes[0]

    async def open_port(self) -> None:
        """Listen, on the same port as before if there was one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        if self._started is None:
            self._started = self._now()

    async def close_port(self) -> None:
        """Stop listening and break off every connection: from now on connections are refused."""
        if self._server is not None:
            self._server.close()
        self._finish_calls()
        tasks = [task for connection in list(self._running) if (task := connection.stop()) is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        """The port that it listens on, once it does."""
        return self._port

    @property
    def base_url(self) -> str:
        """The base URL as the provider's own SDK and our configuration take it."""
        return f"http://{self._host}:{self._port}{self.wire.mount}"

    @property
    def elapsed(self) -> float:
        """Seconds since the start, or since the timeline was set."""
        return 0.0 if self._started is None else self._now() - self._started

    # --- what it plays

    @property
    def script(self) -> Script:
        """The script that the next call gets. Set it to one script, or to a list: one per call, the last one stays."""
        return self._programme.current(self.elapsed)

    @script.setter
    def script(self, script: Script | Sequence[Script]) -> None:
        self._programme = _one_by_one(script)

    def set_timeline(self, timeline: Sequence[tuple[float, Script]]) -> None:
        """Play each script from its second on, counted from now."""
        self._programme = Programme(timeline, by_time=True)
        self._started = self._now()

    @property
    def config(self) -> str:
        """The section of our configuration that uses it, under the name `scripted`."""
        kind = "llama" if self.kind in ENGINES else self.kind
        return f'[providers.scripted]\nkind = "{kind}"\nbase_url = "{self.base_url}"\nkey_env = "SCRIPTED_KEY"\n'

    # --- a connection

    def _connection(self) -> Connection:
        return Connection(self._serve, self._accept, self._leave)

    def _accept(self, connection: Connection) -> None:
        self._running[connection] = None
        crashed = self.capacity is not None and self.capacity.down(self._now())
        if crashed or self._programme.current(self.elapsed).refuses:
            if not crashed:
                self._programme.take(self.elapsed)
            self.refused += 1
            connection.reset()

    def _leave(self, connection: Connection) -> None:
        call = self._running.get(connection)
        if call is not None:
            call.finish("left", self._now(), connection.sent)
        if not connection.works_on:
            self._running.pop(connection, None)

    async def _serve(self, connection: Connection, request: Request) -> None:
        try:
            body = msgspec.json.decode(request.body) if request.body else {}
        except msgspec.DecodeError:
            body = request.body
        fields: dict[str, Any] = body if isinstance(body, dict) else {}
        fields = fields or request.query
        asked = self.wire.asked(request.method, request.path, fields)
        call = Call(request.method, request.path, request.headers, body, asked, self._now())
        self.calls.add(call)
        self._running[connection] = call
        try:
            await self._respond(connection, request, call, fields)
        except Exception as mistake:  # of a script: raised to its author when the provider ends
            self._mistakes.append(mistake)
            connection.reset()
        call.finish("over", self._now(), connection.sent)
        if connection.left.is_set():
            self._running.pop(connection, None)

    async def _respond(self, connection: Connection, request: Request, call: Call, fields: dict[str, Any]) -> None:
        asked = call.asked or Asked(model=str(fields.get("model", "")))
        stage = self._stage(asked, connection, call, self.wire.serving(request.method, request.path, fields))
        if self.key is not None and self.key not in _keys(request):
            await stage.reply(self.wire.failure(Reason.AUTH, asked.model))
        elif call.asked is None:
            await self._page(stage, request, fields)
        elif not isinstance(call.body, dict):
            await stage.reply(self.wire.failure(Reason.INVALID, asked.model))
        else:
            await self._play(stage)

    def _stage(self, asked: Asked, connection: Connection, call: Call, wire: Wire) -> Stage:
        slowness = self.capacity.slowness if self.capacity else lambda: 1.0
        return Stage(
            name=self.name,
            wire=wire,
            asked=asked,
            connection=connection,
            call=call,
            rng=self._random,
            pause=self._sleep,
            slowness=slowness,
        )

    # --- a response

    async def _page(self, stage: Stage, request: Request, fields: dict[str, Any]) -> None:
        script = self._programme.current(self.elapsed)
        if script.spoils_pages:
            return await script.play(stage)
        models = () if script.hides_models else self.models
        page = self.wire.page(request.method, request.path, fields, models)
        missing = Reply(404, b'{"detail":"Not Found"}', {"content-type": "application/json"})
        return await stage.reply(page or missing)

    async def _play(self, stage: Stage) -> None:
        script = self._programme.take(self.elapsed)
        if self.capacity is None or not script.takes_room:
            return await script.play(stage)
        stage.connection.works_on = self.capacity.works_on
        try:
            async with self.capacity.slot(self._now):
                await stage.pause(self.capacity.service_time)
                return await script.play(stage)
        except Full:
            return await stage.reply(self.wire.failure(self.capacity.reason, stage.asked.model))
        except Crashed:
            return self.break_everything()

    def _finish_calls(self) -> None:
        for connection, call in self._running.items():
            if call is not None:
                call.finish("over", self._now(), connection.sent)

    def break_everything(self) -> None:
        """Reset every connection: what was at work, or waited for it, is dropped. New connections are taken."""
        self._finish_calls()
        for connection in list(self._running):
            connection.works_on = False
            connection.reset()

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()


def _one_by_one(script: Script | Sequence[Script]) -> Programme:
    scripts = [script] if isinstance(script, Script) else script
    return Programme([(float(i), s) for i, s in enumerate(scripts)], by_time=False)


def _keys(request: Request) -> set[str]:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    names = ("x-api-key", "x-goog-api-key", "api-key")
    return {bearer, *(request.headers.get(name, "") for name in names)} - {""}
