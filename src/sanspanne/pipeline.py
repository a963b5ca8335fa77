"""The request's path, in one straight line. The first file to read.

    gate -> plan -> turn -> permit -> attempt -> (next turn, as long as nothing has been said) -> answered, or nobody could
                                         |
                                         +-- broke off after its first word -> stitch: another attempt goes on from there

A turn is a target that has room: at once as a rule, else after a wait in the fair queue.

Everything that a caller gets has passed through `Pipeline.answer`. The stages know nothing of one another; `app.py` gives them
to this class. What is beside the line (health, telemetry) hears of it through hooks and cannot hold it up.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing

from msgspec import Struct, field

from sanspanne.answers.route import Caller, Route
from sanspanne.attempts.hedge import race
from sanspanne.attempts.report import Report
from sanspanne.chat import Batches, ChatRequest, Frame, ResumePoint, Rung
from sanspanne.errors import Failure, LocalNetworkFault, Unanswered
from sanspanne.routing.plan import Plan, Step
from sanspanne.stitch.hold import Hold, held_back
from sanspanne.stitch.said import Said
from sanspanne.stitch.stitcher import Stitcher, spent
from sanspanne.stitch.takeover import Broken, Takeover


class Permitted(Struct, frozen=True):
    """A request as its target may have it, and what had to be left out of it."""

    request: ChatRequest
    omitted: tuple[str, ...] = ()


class Hedge(Struct, frozen=True):
    """Who races a step, from how many seconds on; None if room or budget has no place for it when the moment comes."""

    step: Callable[[], Step | None]
    delay: float


class Work(Struct):
    """One answer in the making: what was asked, and what has become of it so far. `again`: an earlier life began it."""

    request: ChatRequest
    caller: Caller
    answer_id: str
    route: Route
    plan: Plan
    said: Said
    failures: list[Failure]
    again: bool = False
    reports: list[Report] = field(default_factory=list)  # of those who were to finish it

    @property
    def is_patient(self) -> bool:
        """Whether it is too late to tell the caller to come again, so that waiting for a target is better."""
        return self.again or self.said.begun

    @property
    def is_nobody_there(self) -> bool:
        """Whether nobody gave an answer at all: then it is not its place that could not be found."""
        tried = bool(self.failures or self.plan.skipped)
        return tried and not any(report.given_up for report in self.reports)


class Pipeline:
    """The stages of an answer, in their order."""

    def __init__(
        self,
        gate: Callable[[ChatRequest, Caller, str], None],
        plan: Callable[[ChatRequest, Caller], Plan],
        turns: Callable[[Work], AsyncGenerator[Step, None]],
        permit: Callable[[Step, ChatRequest, Work], AbstractAsyncContextManager[Permitted]],
        attempt: Callable[[ChatRequest, Step, str, Report, ResumePoint | None], Batches],
        hedge: Callable[[Plan, Step], Hedge | None],
        stitcher: Stitcher[Step],
        hold: Hold,
    ) -> None:
        self._gate = gate
        self._plan = plan
        self._turns = turns
        self._permit = permit
        self._attempt = attempt
        self._hedge = hedge
        self._stitcher = stitcher
        self._hold = hold

    async def answer(
        self, request: ChatRequest, caller: Caller, answer_id: str, route: Route, said: Said | None = None
    ) -> Batches:
        """The answer to a request, in batches of frames; `route` tells how it came about.

        `said` is what an earlier life of this process delivered of it, be it nothing: the answer goes on from there. Raises
        `CallerError` when the caller's quota is used up, when no target could ever serve the request, and when the wait for one
        would be too long; `Unanswered` when none did; and the `Failure` itself when the request was at fault, or when the answer
        broke off after its first word and nobody could go on with it.
        """
        if said is None:
            self._gate(request, caller, answer_id)
        plan, again = self._plan(request, caller), said is not None
        work = Work(request, caller, answer_id, route, plan, said or Said(request), [], again)
        broken = _our_own_death(work) if work.said.begun else None
        if broken is None:
            async with aclosing(self._turns(work)) as turns:
                async for step in turns:
                    try:
                        async with aclosing(self._try(work, step)) as batches:
                            async for batch in batches:
                                yield batch
                        return
                    except _BrokeOff as broke_off:
                        broken = broke_off.broken
                        break
                    except Failure as failure:
                        if work.plan.is_final(failure, work.failures):
                            raise
        if broken is None:
            raise Unanswered(work.failures, work.plan.skipped)
        async with aclosing(self._finish(work, broken)) as batches:
            async for batch in batches:
                yield batch

    async def _try(self, work: Work, step: Step) -> Batches:
        """One step, with a standby racing it where the model wants a hedge; settles the route at the first word.

        What either of them meets is added to `work.failures`.
        """
        tries: dict[Batches, tuple[Step, Report]] = {}

        def start(step: Step) -> Batches:
            report = Report()
            run = self._step(work, work.request, step, report)
            tries[run] = step, report
            return run

        if step.pause:
            await asyncio.sleep(step.pause)
        run = start(step)
        hedge = self._hedge(work.plan, step) if work.plan.hedge else None
        batches, batch = await _first_word(run, hedge, start)
        step, report = tries[batches]
        async with aclosing(batches):
            settle(work.route, step, report)
            try:
                work.said.see(batch)
                yield batch
                async for batch in batches:
                    work.said.see(batch)
                    yield batch
            except Failure as failure:
                raise _BrokeOff(_broken(work, failure, step, report)) from failure

    async def _step(
        self,
        work: Work,
        request: ChatRequest,
        step: Step,
        report: Report,
        point: ResumePoint | None = None,
        held: Sequence[Frame] = (),
    ) -> Batches:
        """Permit and attempt: one call to one target; a failure is noted before it is raised.

        With a `point` it is the rest of what the target was saying, `held` before it.
        """
        try:
            async with self._permit(step, request, work) as permitted:
                work.route.attempts += 1
                report.left_out = permitted.omitted
                batches = self._attempt(permitted.request, step, work.answer_id, report, point)
                if held:
                    batches = _after(held, batches)
                if self._hold.applies_to(request) and (held or point is None):
                    batches = held_back(batches, request, self._hold, report.held)
                async with aclosing(batches):
                    async for batch in batches:
                        yield batch
        except Failure as failure:
            work.failures.append(failure)
            work.route.tried = tuple(dict.fromkeys(failure.target for failure in work.failures))
            raise

    async def _finish(self, work: Work, broken: Broken[Step]) -> Batches:
        """The rest of an answer that broke off, by other attempts."""

        def others(broken: Broken[Step]) -> Sequence[Step]:
            return work.plan.others(broken.step.target if broken.step else None, work.failures)

        def run(takeover: Takeover[Step]) -> tuple[Batches, Report]:
            report = Report()
            work.reports.append(report)
            if not work.route.target:  # it was us who died, and nobody knows any more who had begun
                settle(work.route, takeover.step, report)
            point, held = takeover.point, takeover.held
            return self._step(work, takeover.request, takeover.step, report, point, held), report

        finish = self._stitcher.finish(work.request, broken, others, run, wish=work.caller.resume)
        try:
            async with aclosing(finish) as batches:
                async for batch in batches:
                    work.route.seams = tuple(work.said.seams)
                    yield batch
        except LocalNetworkFault as failure:
            if broken.step is None and failure is broken.failure and work.is_nobody_there:
                raise Unanswered(work.failures, work.plan.skipped) from None
            raise


class _BrokeOff(Exception):
    """An answer broke off after its first word."""

    def __init__(self, broken: Broken[Step]) -> None:
        super().__init__()
        self.broken = broken


def _broken(work: Work, failure: Failure, step: Step, report: Report) -> Broken[Step]:
    usage = spent(work.request, work.said.text, report.usage)
    return Broken(work.said, failure, step, usage, report.resume, report.held)


async def _after(held: Sequence[Frame], batches: Batches) -> Batches:
    """What was held back when an answer broke, before the rest of it."""
    async with aclosing(batches):
        async for batch in batches:
            yield [*held, *batch]
            held = ()


def _our_own_death(work: Work) -> Broken[Step]:
    """The process was killed while this answer was under way: no target is to blame."""
    failure = LocalNetworkFault("sanspanne was stopped in the middle of this answer", reason="restart")
    usage = spent(work.request, work.said.text, work.said.usage)
    return Broken(work.said, failure, None, usage)


async def _first_word(
    run: Batches, hedge: Hedge | None, start: Callable[[Step], Batches]
) -> tuple[Batches, list[Frame]]:
    if hedge is None:
        return run, await anext(run)

    def second() -> Batches | None:
        step = hedge.step()
        return None if step is None else start(step)

    return await race(run, second, hedge.delay)


def settle(route: Route, step: Step, report: Report) -> None:
    """From its first word on, the answer is this target's."""
    route.target = str(step.target)
    route.rung = Rung(step.rung)
    route.omitted = (*report.left_out, *report.omitted)
