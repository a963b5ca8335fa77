"""Which handler answers which path: a bare ASGI application, since every layer between would cost each chunk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from msgspec import Struct, field

from sanspanne.answers.route import Caller
from sanspanne.chat import ChatRequest
from sanspanne.config import ServerConfig
from sanspanne.dialects.anthropic_messages import read_count_request
from sanspanne.dialects.base import Dialect
from sanspanne.errors import CallerError
from sanspanne.server.answers import AnswersHandler
from sanspanne.server.body import BodyLimits
from sanspanne.server.chat import Answers, ChatHandler, CountHandler, QuotaHeaders, ReadRequest
from sanspanne.server.exchange import CallerLeft, Exchange, Message, Receive, Scope, Send, id_headers
from sanspanne.server.guard import Guard, Keyring, Sessions
from sanspanne.server.models import ModelInfo, ModelsHandler, speaks_anthropic
from sanspanne.server.queue import NOBODY, Queue, QueueHandler, waiting_words
from sanspanne.server.refusals import shutting_down, to_caller
from sanspanne.server.requests import COUNTED, Requests
from sanspanne.server.speakers import Speakers
from sanspanne.server.stream import Patience

log = logging.getLogger(__name__)

Handler = Callable[[Exchange, str], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
METRICS_TYPE = b"text/plain; version=1.0.0; charset=utf-8; escaping=underscores"
OPEN_PATHS = ("/healthz", "/readyz")
NOT_SERVED = {
    "/v1/responses": "/v1/chat/completions",
    "/v1/embeddings": "a provider that makes embeddings",
    "/v1/completions": "/v1/chat/completions",
    "/v1beta/": "/v1/chat/completions or /v1/messages",
}


class Services(Struct, kw_only=True):
    """What the edge passes requests on to. `pages` answers every path that is not in the edge's own table."""

    chat: Dialect
    messages: Dialect
    answers: Answers
    keyring: Keyring
    list_models: Callable[[], Sequence[ModelInfo]]
    ready: Callable[[], tuple[bool, dict[str, object]]]
    metrics: Callable[[], bytes]
    reload: Callable[[], Awaitable[str]]
    count: Callable[[ChatRequest, Caller], Awaitable[int]]
    queue: Queue = NOBODY
    requests: Requests = field(default_factory=Requests)
    read_count: ReadRequest = read_count_request
    sessions: Sessions | None = None
    pages: App | None = None
    quota_headers: QuotaHeaders = lambda key, dialect: []
    refused: Callable[[int], None] | None = None  # told the status of each request that never became an answer


class Edge:
    """The ASGI application."""

    def __init__(
        self,
        services: Services,
        config: ServerConfig,
        *,
        limits: BodyLimits | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._services = services
        self._requests = services.requests
        self._guard = Guard(config, services.keyring, services.sessions)
        self.speakers = Speakers(services.chat, services.messages)
        limits = limits or BodyLimits(size=int(config.max_body_mb * 1024 * 1024))
        queue = services.queue
        patience = patience or Patience(words=lambda answer_id: waiting_words(queue.outlook(answer_id)))
        self._models = ModelsHandler(services.list_models)
        dialects = {dialect.name: dialect for dialect in (services.chat, services.messages)}
        self._answers = AnswersHandler(services.answers, dialects, patience, queue)
        self._routes = self._table(limits, patience)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send)
        is_counted = exchange.path in COUNTED and exchange.method == "POST"
        begun = self._requests.begin() if is_counted else 0.0
        exchange.errors = self.speakers.of(exchange.path, anthropic_client=speaks_anthropic(exchange))
        try:
            self._guard.check(exchange)
            await self._route(exchange)
        except CallerLeft:
            return
        except CallerError as error:
            await self._refuse(exchange, error)
        except asyncio.CancelledError:
            # The server cancels what outlasts its draining. The caller has been told, and nobody above waits for this.
            if not exchange.started:
                await exchange.refuse(shutting_down())
        except Exception as error:
            log.exception("%s %s %r: unexpected error", exchange.request_id, exchange.method, exchange.path)
            exchange.told = to_caller(error, exchange.request_id)
            if not exchange.started:
                await exchange.refuse(exchange.told)
        finally:
            if is_counted:
                self._requests.end(exchange, begun)

    async def _refuse(self, exchange: Exchange, error: CallerError) -> None:
        if self._services.refused is not None:
            self._services.refused(error.status)
        await exchange.refuse(error)

    async def _route(self, exchange: Exchange) -> None:
        handlers = self._handlers(exchange.path)
        if handlers is None:
            await self._elsewhere(exchange)
            return
        allowed = ", ".join([*handlers, *(["HEAD"] if "GET" in handlers else []), "OPTIONS"])
        if exchange.method == "OPTIONS":
            await exchange.start(204, [(b"allow", allowed.encode())])
            await exchange.finish()
            return
        handler = handlers.get("GET" if exchange.method == "HEAD" else exchange.method)
        if handler is None:
            await exchange.refuse(_wrong_method(exchange, allowed), [(b"allow", allowed.encode())])
            return
        key = "" if exchange.path in OPEN_PATHS else self._guard.caller(exchange)
        await handler(exchange, key)

    def _handlers(self, path: str) -> dict[str, Handler] | None:
        found = self._routes.get(path)
        if found is None and path.startswith("/v1/models/"):
            return {"GET": self._models.describe}
        return found or self._answers.methods(path)

    def _table(self, limits: BodyLimits, patience: Patience) -> dict[str, dict[str, Handler]]:
        services, quota = self._services, self._services.quota_headers
        return {
            "/v1/chat/completions": {"POST": ChatHandler(services.chat, services.answers, limits, patience, quota)},
            "/v1/messages": {"POST": ChatHandler(services.messages, services.answers, limits, patience, quota)},
            "/v1/messages/count_tokens": {"POST": CountHandler(services.read_count, services.count, limits)},
            "/v1/models": {"GET": self._models.list},
            "/v1/queue": {"GET": QueueHandler(services.queue)},
            "/healthz": {"GET": self._healthz},
            "/readyz": {"GET": self._readyz},
            "/metrics": {"GET": self._metrics},
            "/admin/reload": {"POST": self._reload},
        }

    async def _elsewhere(self, exchange: Exchange) -> None:
        path = exchange.path
        instead = next((use for prefix, use in NOT_SERVED.items() if path.startswith(prefix)), None)
        if instead is not None:
            raise _not_found(f"This server does not serve {path[:200]} yet; use {instead}.")
        if path.startswith("/v1") or self._services.pages is None:
            raise _not_found(
                f"There is nothing at {path[:200]}. Chat requests go to /v1/chat/completions or /v1/messages."
            )
        await self._services.pages(exchange.scope, exchange.receive, _with_id(exchange))

    async def _healthz(self, exchange: Exchange, key: str) -> None:
        del key
        await exchange.respond(200, b'{"status":"ok"}')

    async def _readyz(self, exchange: Exchange, key: str) -> None:
        del key
        ready, details = self._services.ready()
        await exchange.respond(200 if ready else 503, msgspec.json.encode(details))

    async def _metrics(self, exchange: Exchange, key: str) -> None:
        del key
        await exchange.respond(200, self._services.metrics(), media_type=METRICS_TYPE)

    async def _reload(self, exchange: Exchange, key: str) -> None:
        log.info("reload asked for by key %r", key)
        await exchange.respond(200, msgspec.json.encode({"status": await self._services.reload()}))


def _with_id(exchange: Exchange) -> Send:
    """The way back of a page, whose responses carry the request's id as all others do."""
    inner = exchange.raw_send

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *id_headers(exchange.request_id)]
            exchange.started = True
        await inner(message)

    return send


def _not_found(message: str) -> CallerError:
    return CallerError(404, "not_found", message, should_retry=False)


def _wrong_method(exchange: Exchange, allowed: str) -> CallerError:
    message = f"{exchange.path} does not answer {exchange.method[:20]}; it answers {allowed}."
    return CallerError(405, "invalid_request", message, should_retry=False)
