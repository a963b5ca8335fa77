"""`python -m benchmarks.admission [--answers N] [--rounds N]`: what admission costs a request when nobody waits.

Two pipelines in one process, the same attempt behind both, which says one piece and ends:

    bare        every target has room, nobody counts
    admitted    quotas, gate, permit, fair queue, forecast, charging and the manners of a failover, as the service wires them

The rounds alternate; the figure is the difference of their medians in CPU time, in microseconds per answer. It fails above 10.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from statistics import median

from sanspanne.admission.quotas import Quotas
from sanspanne.answers.route import Caller, Route
from sanspanne.attempts.report import Report
from sanspanne.attempts.standing import Standings
from sanspanne.chat import Batches, Capability, ChatRequest, Frame, Message, ResumePoint, Target, Text, TextDelta, Usage
from sanspanne.config import Config
from sanspanne.entrance import Entrance
from sanspanne.hooks import REQUESTS, AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded, Hooks, TargetMoved
from sanspanne.pipeline import Permitted, Pipeline, Work
from sanspanne.pricing import prices_of
from sanspanne.routing.chains import Chain
from sanspanne.routing.manners import Manners
from sanspanne.routing.plan import Plan, Planner, Step
from sanspanne.spending import Spending
from sanspanne.stitch.hold import Hold
from sanspanne.stitch.stitcher import Stitcher

LIMIT = 10.0  # microseconds
TARGETS = Target("openai", "gpt-4o"), Target("anthropic", "claude-sonnet-5")
FRAME = Frame("openai_chat", b"", (TextDelta("bonjour"),))
REQUEST = ChatRequest(
    dialect="openai_chat", model="m", messages=(Message("user", (Text("bonjour"),)),), stream=True, size=300
)
USAGE = Usage(80, 2)
MICRO = 1e6
PACE = 0.001  # seconds of the clock per answer: with more at once the places that came free would still rest, and somebody wait


class Bench:
    """One pipeline; `admitted` says whether admission is part of it."""

    def __init__(self, *, admitted: bool) -> None:
        self._time = 0.0
        self.hooks = Hooks()
        self.standings = Standings(self._now, self.hooks)
        self.spoke: Callable[[Target, float], None] = lambda target, seconds: None
        order = (lambda chain, targets, request, key: targets) if not admitted else self._manners()
        self._planner = Planner(
            lambda model: Chain(TARGETS), lambda target: frozenset(Capability), self.standings, lambda: False, order
        )
        self._number = 0
        hold = Hold(0, 0.0)
        stitcher: Stitcher[Step] = Stitcher(
            lambda target: frozenset(), lambda a, b: False, lambda target: None, lambda: False, 0
        )
        parts = self._admission() if admitted else (lambda *a: None, _turns, _permit)
        enter, turns, permit = parts
        self.pipeline = Pipeline(
            enter, self._plan, turns, permit, self._attempt, lambda plan, step: None, stitcher, hold
        )

    def _manners(self) -> Callable[..., object]:
        manners = Manners(self._now, self.standings.is_steady)
        self.hooks.add(manners, AttemptEnded, TargetMoved)
        return manners.order

    def _now(self) -> float:
        return self._time

    def _admission(self) -> tuple[Callable[..., None], Callable[..., object], Callable[..., object]]:
        quotas = Quotas(self._now)
        entrance = Entrance(
            Config(),
            self.standings,
            self._now,
            self.hooks,
            quotas,
            running={},
            is_own_engine=lambda target: False,
            streams=lambda target: None,
            lag=lambda: 0.0,
        )
        prices = prices_of(Config())
        self.hooks.add(Spending(quotas, entrance.charging, lambda: prices), *REQUESTS)
        self.spoke = entrance.spoke
        return entrance.enter, entrance.turns, entrance.permit

    def _plan(self, request: ChatRequest, caller: Caller) -> Plan:
        return self._planner.plan(request, caller.allow, caller.key)

    async def _attempt(
        self, request: ChatRequest, step: Step, answer_id: str, report: Report, point: ResumePoint | None
    ) -> Batches:
        self._number += 1
        self._time += PACE
        target = str(step.target)
        self.hooks.tell(AttemptBegun(answer_id, self._number, target, 80))
        self.spoke(step.target, 0.4)
        yield [FRAME]
        self.hooks.tell(
            AttemptEnded(
                answer_id, target, "answered", status=200, usage=USAGE, number=self._number, said=7, first_token=0.4
            )
        )

    async def answer(self, name: str) -> None:
        """One answer from its beginning to its end."""
        caller = Caller("app")
        self.hooks.tell(AnswerBegun(name, "", "app", "openai_chat", "m"))
        async with aclosing(self.pipeline.answer(REQUEST, caller, name, Route())) as batches:
            async for _ in batches:
                pass
        self.hooks.tell(AnswerEnded(name, "", "app", "openai_chat", "m", "whole"))

    async def cost(self, answers: int) -> float:
        """CPU time per answer, in microseconds."""
        since = time.process_time()
        for number in range(answers):
            await self.answer(f"ans_{number}")
        return (time.process_time() - since) / answers * MICRO


async def _turns(work: Work) -> AsyncGenerator[Step, None]:
    for step in work.plan.steps(work.failures):
        yield step


@asynccontextmanager
async def _permit(step: Step, request: ChatRequest, work: Work) -> AsyncIterator[Permitted]:
    yield Permitted(request)


async def measure(answers: int, rounds: int) -> tuple[float, float]:
    """Microseconds per answer: bare, admitted; medians over alternating rounds."""
    bare, admitted = Bench(admitted=False), Bench(admitted=True)
    costs: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for bench, seen in zip((bare, admitted), costs, strict=True):
            seen.append(await bench.cost(answers))
    return median(costs[0]), median(costs[1])


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.admission", description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    bare, admitted = asyncio.run(measure(given.answers, given.rounds))
    print(
        f"bare {bare:.1f} us, admitted {admitted:.1f} us: admission adds {admitted - bare:.1f} us (at most {LIMIT:.0f})"
    )
    return 0 if admitted - bare <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
