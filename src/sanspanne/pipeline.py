"""The request's path, in one straight line. The first file to read.

    plan -> permit -> attempt -> (next step, as long as nothing has been said) -> answered, or nobody could

Everything that a caller gets has passed through `Pipeline.answer`. The stages know nothing of one another; `app.py` gives them
to this class. What is beside the line (health, telemetry) hears of it through hooks and cannot hold it up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing

from msgspec import Struct

from sanspanne.answers.route import Caller, Route
from sanspanne.attempts.attempt import Report
from sanspanne.attempts.hedge import race
from sanspanne.chat import Batches, ChatRequest, Frame, Rung
from sanspanne.errors import Failure, Unanswered
from sanspanne.routing.plan import Plan, Step


class Permitted(Struct, frozen=True):
    """A request as its target may have it, and what had to be left out of it."""

    request: ChatRequest
    omitted: tuple[str, ...] = ()


class Hedge(Struct, frozen=True):
    """Who races a step, from how many seconds on, if `pay` takes it out of the budget when the moment comes."""

    step: Step
    delay: float
    pay: Callable[[], bool]


class Pipeline:
    """The stages of an answer, in their order."""

    def __init__(
        self,
        plan: Callable[[ChatRequest, Caller], Plan],
        permit: Callable[[Step, ChatRequest], AbstractAsyncContextManager[Permitted]],
        attempt: Callable[[ChatRequest, Step, str, Report], Batches],
        hedge: Callable[[Plan, Step], Hedge | None],
    ) -> None:
        self._plan = plan
        self._permit = permit
        self._attempt = attempt
        self._hedge = hedge

    async def answer(self, request: ChatRequest, caller: Caller, answer_id: str, route: Route) -> Batches:
        """The answer to a request, in batches of frames; `route` tells how it came about.

        Raises `CallerError` when no target could ever serve the request, `Unanswered` when none did, and the `Failure` itself
        when the request was at fault or the answer broke off after its first word.
        """
        plan = self._plan(request, caller)
        failures: list[Failure] = []
        for step in plan.steps(failures):
            if step.pause:
                await asyncio.sleep(step.pause)
            try:
                async with aclosing(self._try(request, plan, step, answer_id, route, failures)) as batches:
                    async for batch in batches:
                        yield batch
                return
            except Failure as failure:
                if route.target or plan.is_final(failure, failures):
                    raise
        raise Unanswered(failures, plan.skipped)

    async def _try(
        self, request: ChatRequest, plan: Plan, step: Step, answer_id: str, route: Route, failures: list[Failure]
    ) -> Batches:
        """One step, with a standby racing it where the model wants a hedge; settles the route at the first word.

        What either of them meets is added to `failures`.
        """
        tries: dict[Batches, tuple[Step, Report]] = {}

        def start(step: Step) -> Batches:
            report = Report()
            run = self._step(request, step, answer_id, route, report, failures)
            tries[run] = step, report
            return run

        run = start(step)
        hedge = self._hedge(plan, step) if plan.hedge else None
        batches, first = await _first_word(run, hedge, start)
        async with aclosing(batches):
            settle(route, *tries[batches])
            yield first
            async for batch in batches:
                yield batch

    async def _step(
        self,
        request: ChatRequest,
        step: Step,
        answer_id: str,
        route: Route,
        report: Report,
        failures: list[Failure],
    ) -> Batches:
        """Permit and attempt: one call to one target; a failure is noted before it is raised."""
        try:
            async with self._permit(step, request) as permitted:
                route.attempts += 1
                report.left_out = permitted.omitted
                async with aclosing(self._attempt(permitted.request, step, answer_id, report)) as batches:
                    async for batch in batches:
                        yield batch
        except Failure as failure:
            failures.append(failure)
            route.tried = tuple(dict.fromkeys(failure.target for failure in failures))
            raise


async def _first_word(
    run: Batches, hedge: Hedge | None, start: Callable[[Step], Batches]
) -> tuple[Batches, list[Frame]]:
    if hedge is None:
        return run, await anext(run)
    return await race(run, lambda: start(hedge.step) if hedge.pay() else None, hedge.delay)


def settle(route: Route, step: Step, report: Report) -> None:
    """From its first word on, the answer is this target's."""
    route.target = str(step.target)
    route.rung = Rung(step.rung)
    route.omitted = (*report.left_out, *report.omitted)
