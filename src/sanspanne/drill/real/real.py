"""A drill with the real targets of a configuration: which they are, what it would send and cost, and the proxies before them.

The scenario is made to fit: its faults go to the user's providers (by name, else by kind, else by their place in the chain),
its load is thinned until it fits the caps, everything is streamed, and no answer may be long. What only scripted providers
can show (capacities, the text that was to come) is not judged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from math import ceil

import aiohttp
from msgspec import Struct
from msgspec.structs import replace

from sanspanne.chat import Target
from sanspanne.config import Config
from sanspanne.config.kinds import kind_named
from sanspanne.drill.questions import questions
from sanspanne.drill.real.proxy import FaultProxy, Real
from sanspanne.drill.real.purse import Purse, price
from sanspanne.drill.result import Asked, ProviderTick, Run
from sanspanne.drill.scenario import LoadPlan, ProviderPlan, Scenario
from sanspanne.drill.stage.cast import TICK, Endpoint, Line
from sanspanne.ledger.records import Rates
from sanspanne.pricing import prices_of
from sanspanne.providers.catalogue import make
from sanspanne.routing.chains import ONBOARD, parse_target
from sanspanne.secrets import provider_key

CALLS_EACH = 1.3  # calls per question for which room is left: retries, probes, answers that are finished by another
LEAST_TOKENS, TOKENS_PER_WORD = 64, 4  # of an answer at most
BODY = 800  # bytes of a question at most
JUDGED = ("served", "calls_per_request", "first_after_return", "broken", "recovered_after", "kept_answered", "calls_to")
NOTE = "Real providers behind a fault proxy: their capacities are not known, and what they say is not compared with anything."


class Cost(Struct, frozen=True):
    """What a drill would send at most: questions, calls, micro-dollars."""

    questions: int
    calls: int
    micro_dollars: int


def targets(config: Config) -> list[Target]:
    """The chain that is rehearsed: that of `auto`, else the first model's, else every provider with its usual model."""
    if config.models:
        name = "auto" if "auto" in config.models else next(iter(config.models))
        return [parse_target(entry) for entry in config.models[name].chain if entry != ONBOARD.provider]
    usual = {name: kind_named(provider.kind).default_model for name, provider in config.providers.items()}
    return [Target(name, model) for name, model in usual.items() if model]


def rates_of(config: Config, target: Target) -> Rates | None:
    """What a token costs there; nothing for an engine of one's own, None if it is not known."""
    known, local = prices_of(config).of(str(target))
    return (0, 0, 0, 0) if local else known


def real(config: Config, target: Target, rates: Rates, environ: Mapping[str, str]) -> Real:
    """A target with its key. Raises `ConfigError` if the key is not where it should be."""
    settings = config.providers[target.provider]
    key = provider_key(target.provider, settings, environ)
    provider = make(target.provider, settings.kind, settings.base_url, key)
    return Real(target.provider, settings.kind, provider.base_url, key, target.model, rates)


# --- the scenario, made to fit


def fitted(scenario: Scenario, kinds: Mapping[str, str]) -> Scenario:
    """The same faults for other providers: their names in the order of the chain, with their kinds."""
    return replace(
        scenario,
        chain=tuple(kinds),
        providers=_plans(scenario, kinds),
        load=_short(scenario.load),
        promise=tuple(each for each in scenario.promise if each.name in JUDGED and (each.of in kinds or not each.of)),
        onboard=False,
    )


def thinned(scenario: Scenario, most_questions: float) -> Scenario:
    """The same, with so many questions at most, asked at the same times."""
    factor = min(1.0, most_questions / max(1, len(questions(scenario))))
    load = scenario.load
    while True:
        phases = tuple(replace(phase, rate=phase.rate * factor) for phase in load.phase)
        bursts = tuple(replace(burst, count=max(1, int(burst.count * factor))) for burst in load.burst)
        thin = replace(scenario, load=replace(load, phase=phases, burst=bursts))
        if len(questions(thin)) <= max(1, most_questions) or factor < 1e-3:
            return thin
        factor *= 0.9  # arrivals are random: there were a few too many


def cost(scenario: Scenario, dearest: Sequence[Rates]) -> Cost:
    """What it sends at most, if every call goes to the dearest of its targets."""
    count = len(questions(scenario))
    calls = ceil(count * CALLS_EACH)
    each = max(price(BODY, scenario.load.max_tokens, rates) for rates in dearest)
    return Cost(count, calls, calls * each)


def _plans(scenario: Scenario, kinds: Mapping[str, str]) -> dict[str, ProviderPlan]:
    left = {name: plan for name, plan in scenario.providers.items() if name not in kinds}
    plans: dict[str, ProviderPlan] = {}
    for place, (name, kind) in enumerate(kinds.items()):
        alike = (other for other, plan in left.items() if plan.kind == kind)
        there = scenario.chain[place] if place < len(scenario.chain) else ""
        plan = scenario.providers.get(name) or left.pop(next(alike, there), None) or ProviderPlan(kind)
        plans[name] = replace(plan, kind=kind, own=0.0)
    return plans


def _short(load: LoadPlan) -> LoadPlan:
    most = max(LEAST_TOKENS, ceil(load.words * TOKENS_PER_WORD))
    return replace(load, streams=1.0, detached=0.0, kept=0.0, max_tokens=most)


# --- the providers on the stage


class Proxies:
    """A fault proxy before each provider. `emptied` is when the purse was found empty, in seconds of the drill."""

    def __init__(self, proxies: Sequence[FaultProxy], purse: Purse, session: aiohttp.ClientSession) -> None:
        self._proxies, self._purse, self._session = proxies, purse, session
        self.endpoints: dict[str, Endpoint] = {}
        self.ticks: list[ProviderTick] = []
        self.now: list[ProviderTick] = []
        self.emptied: float | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """The proxies listen."""
        for proxy in self._proxies:
            await proxy.start()
        self.endpoints = {proxy.real.name: proxy.endpoint for proxy in self._proxies}

    def go(self) -> None:
        """See `Troupe`."""
        for proxy in self._proxies:
            proxy.go()
        self._ticking = asyncio.create_task(self._tick())

    async def finish(self) -> Line:
        """See `Troupe`."""
        calls = {proxy.real.name: proxy.calls for proxy in self._proxies}
        return Line(calls=calls, continuations=sum(proxy.continuations for proxy in self._proxies))

    async def stop(self) -> None:
        """See `Troupe`."""
        if self._ticking is not None:
            self._ticking.cancel()
        for proxy in self._proxies:
            await proxy.stop()
        await self._session.close()

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        while True:
            at = clock() - began
            self.now = [proxy.tick(round(at, 2)) for proxy in self._proxies]
            self.ticks += self.now
            if self._purse.empty and self.emptied is None:
                self.emptied = at
            await asyncio.sleep(TICK)


class Guarded(Struct):
    """Opens the proxies for a drill, and keeps them to be asked afterwards."""

    reals: Sequence[Real]
    purse: Purse
    proxies: Proxies | None = None

    async def start(self, scenario: Scenario) -> Proxies:
        """What `perform` starts its providers with."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        proxies = [FaultProxy(each, scenario.providers[each.name], self.purse, session) for each in self.reals]
        self.proxies = Proxies(proxies, self.purse, session)
        await self.proxies.start()
        return self.proxies

    def seen(self, run: Run) -> Run:
        """The run, without what came too late for the purse, and without a judgement of texts."""
        until = self.proxies.emptied if self.proxies and self.proxies.emptied is not None else float("inf")
        asked = [replace(each, wrong=False, truncated=False) for each in run.asked if _over(each) < until]
        return replace(run, asked=asked, notes=[*run.notes, NOTE])


def _over(asked: Asked) -> float:
    return asked.at if asked.ended is None else asked.ended
