"""`sanspanne serve`: the service and its edge in one process, from the first line printed to the last answer drained."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from sanspanne.announcement import OnboardProgress, Words, announce, announce_engines, words_for
from sanspanne.answers.route import Caller
from sanspanne.app import Service
from sanspanne.chat import ChatRequest
from sanspanne.config import Config, ServerConfig
from sanspanne.counting import count_tokens
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.errors import ConfigError, invalid_request
from sanspanne.hooks import AnswerEnded, AttemptEnded, Notice, TargetMoved
from sanspanne.keyring import Keyring, keep_fresh
from sanspanne.overview import Overview
from sanspanne.secrets import caller_digests, require_keys_unless_loopback
from sanspanne.server.asgi import Edge, Services
from sanspanne.server.models import ModelInfo
from sanspanne.server.requests import Requests
from sanspanne.server.serve import serve
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_keys import SqliteKeyStore
from sanspanne.telemetry import Telemetry
from sanspanne.web.pages import web_app
from sanspanne.web.session import Sessions

log = logging.getLogger(__name__)

# the sections that a reload does not touch
AT_THE_START = ("server", "clocks", "probes", "onboard", "resume", "queue", "answers", "ledger")

# bytes that wait for one caller; the system's own limit lets one who does not read hold megabytes
SEND_BUFFER = 128 * 1024

DOORS = 32  # 500 streams begun at once: the last one's first chunk came after 0.3 s instead of 2.3 s
COLLECT_AFTER = 20_000  # objects


def run(load: Callable[[], Config], *, host: str | None, port: int | None, data_dir: Path) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. `load` reads the configuration, at the start and at each reload."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(Process(load, host, port, data_dir).run())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one."""
    with suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop
    return None


class Process:
    """What lives as long as the process."""

    def __init__(self, load: Callable[[], Config], host: str | None, port: int | None, data_dir: Path) -> None:
        self._load = load
        self._data_dir = data_dir
        self._config = load()
        self._server = _overridden(self._config.server, host, port)
        self._started = time.time()

    async def run(self) -> int:
        """Start, serve, drain, stop."""
        self._keyring = Keyring(
            caller_digests(self._config, os.environ), SqliteKeyStore(Database(self._data_dir)), clock=time.monotonic
        )
        require_keys_unless_loopback(self._server.host, have_keys=self._keyring.usable > 0)
        listener = _listen(self._server)
        self._service = Service(self._config, data_dir=self._data_dir)
        self._service.quotas.stored = lambda: self._keyring.terms
        self._telemetry = Telemetry()
        self._service.hooks.add(self._telemetry, AttemptEnded, AnswerEnded, TargetMoved, Notice)
        self._telemetry.follow_running(lambda: self._service.answers.running)
        self._requests = Requests()
        self._overview = Overview(self._service, self._requests, self._started)
        self._telemetry.metrics.read(self._overview.readings())
        await self._telemetry.start()
        words = words_for(os.environ)
        self._service.on_onboard = OnboardProgress(say, words.language)
        await self._service.start()
        beside = asyncio.create_task(keep_fresh(self._keyring))
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._on_hangup)
        try:
            self._service.remember()
            await self._serve(listener, words)
        finally:
            beside.cancel()
            await self._service.stop()
            await self._telemetry.stop()
        return 0

    async def _serve(self, listener: socket.socket, words: Words) -> None:
        port = listener.getsockname()[1]
        sessions = Sessions.load(self._data_dir, port)
        edge = Edge(self._services(sessions), self._server)
        name = f"[{self._server.host}]" if ":" in self._server.host else self._server.host
        base = f"http://{name}:{port}"
        announce(say, words, base, sessions.address(base), self._service.wiring.chains.names())
        known = [base + "/v1", *(provider.base_url for provider in self._config.providers.values())]
        looking = asyncio.create_task(announce_engines(say, words, self._service.transport, known))
        _spare_the_collector()
        try:
            await serve(edge, self._server, _doors(listener))
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    def _services(self, sessions: Sessions) -> Services:
        return Services(
            chat=OPENAI_CHAT,
            messages=ANTHROPIC_MESSAGES,
            answers=self._service.answers,
            keyring=self._keyring,
            list_models=self._models,
            ready=self._ready,
            metrics=self._telemetry.render,
            reload=self._reload,
            count=self._count,
            queue=self._service.entrance.gate,
            requests=self._requests,
            refused=self._telemetry.refused,
            quota_headers=self._service.quotas.headers,
            sessions=sessions,
            pages=web_app(sessions, self._service.readiness, self._overview.state),
        )

    def _models(self) -> Sequence[ModelInfo]:
        names = self._service.wiring.chains.names()
        listed = [*names, *(["onboard"] if self._config.onboard.enabled and "onboard" not in names else [])]
        return [ModelInfo(name, "sanspanne", int(self._started)) for name in listed]

    def _ready(self) -> tuple[bool, dict[str, object]]:
        details = self._service.readiness()
        return bool(details["ready"]), details

    async def _count(self, request: ChatRequest, caller: Caller) -> int:
        return await count_tokens(request, caller, self._service.wiring, self._service.obstacle)

    # --- reload

    def _on_hangup(self) -> None:
        try:
            self._reconfigure()
        except ConfigError as error:
            self._service.hooks.tell(Notice(f"The configuration was not reloaded, the running one stays: {error}"))

    async def _reload(self) -> str:
        try:
            return self._reconfigure()
        except ConfigError as error:
            raise invalid_request(
                f"The running configuration stays, because the new one cannot be used: {error}"
            ) from None

    def _reconfigure(self) -> str:
        config = self._load()
        digests = caller_digests(config, os.environ)
        self._service.reconfigure(config)
        self._keyring.configure(digests)
        later = [f"[{name}]" for name in AT_THE_START if getattr(config, name) != getattr(self._config, name)]
        said = "The configuration was reloaded."
        if later:
            said += f" What is new in {', '.join(later)} takes effect at the next start."
        self._service.hooks.tell(Notice(said))
        return said


def say(line: str) -> None:
    """A line for whoever started us."""
    print(line, flush=True)


def _spare_the_collector() -> None:
    """Most of what requests leave behind needs no collector, and what is there at the start stays: look less, at less."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 50, 100)


def _overridden(server: ServerConfig, host: str | None, port: int | None) -> ServerConfig:
    if host is not None:
        server = msgspec.structs.replace(server, host=host)
    return server if port is None else msgspec.structs.replace(server, port=port)


def _doors(listener: socket.socket) -> list[socket.socket]:
    """One listener by many names: uvloop takes one new connection per name and turn, so late turns let few callers in."""
    return [listener, *(listener.dup() for _ in range(DOORS - 1))]


def _listen(server: ServerConfig) -> socket.socket:
    """The listening socket. Raises `ConfigError` when the address cannot be had."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    try:
        listener.bind((server.host, server.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Nothing can listen on {server.host} port {server.port}: {error.strerror or error}. "
            "Choose another port, for example: sanspanne serve --port 8081"
        ) from None
    listener.setblocking(False)
    return listener
