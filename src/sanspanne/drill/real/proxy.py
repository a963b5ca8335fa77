"""A fault proxy: stands in front of one real provider, passes bytes on, and plays the faults of a scenario.

    the gateway --(a key that is none)--> proxy --(the real key)--> provider

Nothing is passed on when the purse is empty. Only the credential is exchanged; all else is passed on as it is.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp import web
from msgspec import Struct

from sanspanne.drill.real.purse import TAIL, Purse
from sanspanne.drill.result import ProviderTick
from sanspanne.drill.scenario import Fault, ProviderPlan
from sanspanne.drill.stage.cast import Endpoint
from sanspanne.drill.stage.playing import Quota
from sanspanne.ledger.records import Rates
from sanspanne.testing import Reason
from sanspanne.testing.conversation import conversation
from sanspanne.testing.wires import wire

CREDENTIALS = ("authorization", "x-api-key", "x-goog-api-key", "api-key")
NOT_PASSED = frozenset({"host", "connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"})
STOP_SECONDS = 0.1
FREE: Rates = (0, 0, 0, 0)
MOST_BEFORE_CUT = 2000  # bytes of a stream after which a cut has come


class Real(Struct, frozen=True):
    """A real provider: its name and kind, where it is, with which key, what its model is called and what a token costs."""

    name: str
    kind: str
    base_url: str
    key: str | None
    model: str
    rates: Rates

    @property
    def host(self) -> str:
        """Where its data goes."""
        return urlsplit(self.base_url).hostname or self.base_url


class FaultProxy:
    """One proxy on a port of its own."""

    def __init__(self, real: Real, plan: ProviderPlan, purse: Purse, session: aiohttp.ClientSession) -> None:
        self.real, self.plan, self.purse = real, plan, purse
        self.calls = self.continuations = self.rejected = 0
        self._session, self._began = session, float("inf")
        self._running: dict[int, web.BaseRequest] = {}  # by their identity: requests have no hash
        self._random = random.Random(f"cut|{real.name}")
        self._quotas: dict[Fault, Quota] = {}
        server = web.Server(
            self._serve, handler_cancellation=True, access_log=None
        )  # a caller who leaves is not paid for
        self._runner = web.ServerRunner(server, shutdown_timeout=STOP_SECONDS)
        self._port = 0

    @property
    def endpoint(self) -> Endpoint:
        """Where it is, with the same path as the provider."""
        parts = urlsplit(self.real.base_url)
        query = f"?{parts.query}" if parts.query else ""
        address = f"http://127.0.0.1:{self._port}{parts.path}{query}"
        return Endpoint(self.real.name, self.real.kind, address, self.real.model)

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Break off everything and stop listening."""
        self.break_everything()
        await self._runner.cleanup()

    def go(self) -> None:
        """The scenario begins: from now on there are faults, and calls count."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        self._quotas = {fault: Quota(fault.rate, loop.time) for fault in self.plan.fault}
        self.calls = self.continuations = self.rejected = 0
        for fault in self.plan.fault:
            if fault.shape.startswith("down"):
                loop.call_at(self._began + fault.at, self.break_everything)

    def break_everything(self) -> None:
        """Reset every connection on which something is being answered."""
        for request in list(self._running.values()):
            _reset(request)

    def tick(self, at: float) -> ProviderTick:
        """How it is. What the real provider carries is not known: the scenario's figure stands for it."""
        carried = self.plan.capacity_at(at)
        return ProviderTick(at, self.real.name, carried > 0, carried, len(self._running), 0, self.calls, self.rejected)

    # --- a call

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self._running[id(request)] = request
        try:
            body = await request.read()
            self.calls += 1
            self.continuations += _continues(body)
            return await self._answer(request, body, self._fault())
        except (aiohttp.ClientError, ConnectionError, TimeoutError):  # the provider's own trouble: a broken connection
            _reset(request)
            return web.Response(status=502)
        finally:
            del self._running[id(request)]

    def _fault(self) -> Fault | None:
        now = asyncio.get_running_loop().time() - self._began
        return next((fault for fault in self.plan.fault if fault.at <= now < fault.until), None)

    async def _answer(self, request: web.BaseRequest, body: bytes, fault: Fault | None) -> web.StreamResponse:
        match fault.shape if fault else "":
            case "down-refuse":
                _reset(request)
                return web.Response(status=502)
            case "down-503" | "down-529":
                assert fault is not None
                return self._refuse(Reason.OVERLOADED, int(fault.shape.removeprefix("down-")))
            case "silent":
                await asyncio.Event().wait()  # until the caller leaves or the drill is over
            case "rate-limit" if fault and not self._quotas[fault].take():
                return self._refuse(Reason.RATE_LIMITED, None, {"retry-after": f"{fault.retry_after:g}"})
            case "capacity" if fault and len(self._running) > fault.capacity:
                return self._refuse(Reason(self.plan.reason), None)
            case "slow":
                assert fault is not None
                await asyncio.sleep(fault.seconds)
        cut = fault is not None and fault.shape == "cut" and self._random.random() < fault.share
        return await self._pass_on(request, body, self._random.randrange(MOST_BEFORE_CUT) if cut else float("inf"))

    def _refuse(self, reason: Reason, status: int | None, more: Mapping[str, str] | None = None) -> web.Response:
        self.rejected += 1
        told = wire(self.real.kind).failure(reason, self.real.model)
        return web.Response(status=status or told.status, body=told.body, headers={**told.headers, **(more or {})})

    async def _pass_on(self, request: web.BaseRequest, body: bytes, cut_after: float) -> web.StreamResponse:
        rates = self.real.rates if request.method == "POST" else FREE
        taken = self.purse.take(body, rates)
        if taken is None:
            return self._refuse(Reason.OVERLOADED, 503)
        async with self._session.request(
            request.method,
            f"{_origin(self.real.base_url)}{request.raw_path}",
            data=body or None,
            headers=self._headers(request),
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
            allow_redirects=False,
        ) as told:
            response = web.StreamResponse(status=told.status, headers=_passed(told.headers))
            await response.prepare(request)
            tail = await _copy(told, response, cut_after)
        if told.status >= 400:
            self.purse.refund(taken)
        elif tail is None:
            _reset(request)
        else:
            self.purse.settle(taken, tail, rates)
            await response.write_eof()
        return response

    def _headers(self, request: web.BaseRequest) -> dict[str, str]:
        headers = _passed(request.headers)
        for name in CREDENTIALS:
            given = headers.pop(name, None)
            if given is not None and self.real.key is not None:
                headers[name] = f"Bearer {self.real.key}" if given.startswith("Bearer ") else self.real.key
        return headers


async def _copy(told: aiohttp.ClientResponse, response: web.StreamResponse, cut_after: float) -> bytes | None:
    """Pass the body on; its end, or None if it was cut."""
    tail = b""
    async for data in told.content.iter_any():
        tail = (tail + data)[-TAIL:]
        if len(data) > cut_after:
            await response.write(data[: int(cut_after)])
            return None
        cut_after -= len(data)
        await response.write(data)
    return tail


def _passed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() not in NOT_PASSED}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _continues(body: bytes) -> bool:
    """Whether a request asks for the rest of a broken answer."""
    try:
        return conversation(msgspec.json.decode(body)).partial is not None if body else False
    except msgspec.DecodeError:
        return False


def _reset(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()
