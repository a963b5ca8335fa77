"""All providers of a scenario in one process: `python -m sanspanne.drill.stage.cast`.

    stdin     the scenario as JSON, in one line; then `go`, from which its seconds count; its end ends the process
    stdout    one `Line` of JSON: the addresses; after `go` one for each provider every 0.25 s; at the end the sums

A child of the drill, so that providers, gateway and users do not wait for one another's loops.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, suppress

import msgspec
from msgspec import Struct

from sanspanne.drill.result import ProviderTick
from sanspanne.drill.scenario import ProviderPlan, Scenario
from sanspanne.drill.stage.playing import Part
from sanspanne.testing import Capacity, ScriptedProvider

TICK = 0.25  # seconds
OWN = "x-drill-own"  # the header of a provider's own users, whose calls are not ours
ENGINES = ("ollama", "llamacpp", "vllm", "lmstudio")


class Endpoint(Struct, frozen=True):
    """Where a provider is: `base_url` as its own SDK takes it, `kind` as our configuration names it, a `model` that it has."""

    name: str
    kind: str
    base_url: str
    model: str


class Line(Struct, omit_defaults=True):
    """What the cast says. `calls` and `continuations` come at the end."""

    endpoints: dict[str, Endpoint] = {}
    ticks: list[ProviderTick] = []
    calls: dict[str, int] = {}
    continuations: int | None = None


class Player:
    """One provider, what it carries, and what it has been asked."""

    def __init__(self, name: str, plan: ProviderPlan, scenario: Scenario) -> None:
        self.name, self.plan = name, plan
        self._clock = asyncio.get_running_loop().time
        self.capacity = capacity_of(plan)
        self.provider = ScriptedProvider(plan.kind, capacity=self.capacity)
        self.part = Part(plan, scenario, self._clock)
        self._seen = self._asked = self._refused = 0
        self._began = 0.0

    @property
    def endpoint(self) -> Endpoint:
        """Where it is."""
        kind = "llama" if self.plan.kind in ENGINES else self.plan.kind
        return Endpoint(self.name, kind, self.provider.base_url, self.provider.models[0])

    @property
    def calls(self) -> int:
        """Questions so far, and connections that it refused; those of its own users apart."""
        new = self.provider.calls[self._seen :]
        self._seen += len(new)
        self._asked += sum(call.asked is not None and OWN not in call.headers for call in new)
        return self._asked + self.provider.refused - self._refused

    def go(self) -> None:
        """The scenario begins."""
        loop = asyncio.get_running_loop()
        self._began, self._refused = loop.time(), self.provider.refused
        self.provider.calls.clear()
        self.provider.set_timeline(self.part.timeline())
        for fault in self.plan.fault:
            if fault.shape == "capacity":
                for at in (fault.at, fault.until):
                    loop.call_at(self._began + at, self._carry, at)
            elif fault.shape.startswith("down"):
                loop.call_at(self._began + fault.at, self.provider.break_everything)

    def _carry(self, at: float) -> None:
        self.capacity.limit = self.plan.limit_at(at)

    def tick(self, at: float) -> ProviderTick:
        """How it is."""
        crashed = self.capacity.down(self._clock())
        carried = 0 if crashed else self.plan.capacity_at(at)
        return ProviderTick(
            at=round(at, 2),
            provider=self.name,
            up=carried > 0,
            capacity=carried,
            active=self.capacity.active,
            waiting=self.capacity.waiting,
            calls=self.calls,
            rejected=self.capacity.rejected,
            crashes=self.capacity.crashes,
        )


def capacity_of(plan: ProviderPlan) -> Capacity:
    """What a provider carries at first."""
    return Capacity(
        plan.limit_at(0.0),
        plan.when_full,
        queue=plan.queue,
        works_on=plan.works_on,
        recovery=plan.recovery,
        reason=plan.reason,
        crash_at=plan.crash_at or None,
        crash_after=plan.crash_after,
    )


async def play() -> None:
    """Read the scenario, serve it, and leave when nobody listens any more."""
    reader = await _stdin()
    scenario = msgspec.json.decode(await reader.readline(), type=Scenario)
    async with AsyncExitStack() as stack:
        players = [Player(name, plan, scenario) for name, plan in scenario.providers.items()]
        for player in players:
            await stack.enter_async_context(player.provider)
        _say(Line(endpoints={player.name: player.endpoint for player in players}))
        if await reader.readline() != b"go\n":
            return
        for player in players:
            player.go()
        ticking = asyncio.create_task(_tick(players))
        await reader.read()
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        calls = {player.name: player.calls for player in players}
        _say(Line(calls=calls, continuations=sum(player.part.continuations for player in players)))


async def _tick(players: list[Player]) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    while True:
        at = clock() - began
        _say(Line(ticks=[player.tick(at) for player in players]))
        await asyncio.sleep(TICK - at % TICK)


async def _stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Play, on the faster loop where there is one."""
    factory = None
    with suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with suppress(BrokenPipeError, KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(play())


if __name__ == "__main__":
    main()
