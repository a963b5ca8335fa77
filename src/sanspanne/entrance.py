"""Joins admission to the pipeline: quotas, turns and permits.

enter      may this caller ask at all?            once per answer
turns      whom to ask next, and is there room?   once per attempt before the first word
permit     the room itself, held while the attempt lasts; for the rest of a broken answer it is found here
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

from sanspanne.admission.asker import Asker
from sanspanne.admission.gate import Gate
from sanspanne.admission.limit.limiter import Limiter, LimitState, Permit
from sanspanne.admission.limit.limiters import Limiters
from sanspanne.admission.priority import lowered
from sanspanne.admission.queue.charging import Charging, Saying
from sanspanne.admission.queue.fair_queue import FairQueue
from sanspanne.admission.queue.forecast import Forecast
from sanspanne.admission.queue.shedding import Shedding
from sanspanne.admission.quotas import Quotas
from sanspanne.admission.waiting_room import Health, WaitingRoom
from sanspanne.answers.route import Caller
from sanspanne.attempts.watchdog import LATE
from sanspanne.chat import Capability, ChatRequest, Target
from sanspanne.config import Config
from sanspanne.errors import Failure, Overloaded
from sanspanne.hooks import AttemptBegun, AttemptEnded, Fact, Hooks, TargetMoved
from sanspanne.pipeline import Permitted, Work
from sanspanne.routing.chains import ONBOARD, parse_target
from sanspanne.routing.plan import Permit as Room
from sanspanne.routing.plan import Step
from sanspanne.tokens import tokens_of_prompt

ATTACHED = frozenset({Capability.IMAGES, Capability.DOCUMENTS, Capability.AUDIO})

OnAnswer = Callable[[Step, ChatRequest, str], None]  # a step, what was asked and by whose key


class Entrance:
    """All of admission. `running`: the attempts under way by their numbers, from which tokens are charged as they stream."""

    def __init__(
        self,
        config: Config,
        health: Health,
        now: Callable[[], float],
        hooks: Hooks,
        quotas: Quotas,
        *,
        running: Mapping[int, Saying],
        is_own_engine: Callable[[Target], bool],
        streams: Callable[[Target], int | None],
        lag: Callable[[], float],
    ) -> None:
        self._lag = lag
        self._streams = streams
        self.limiters = Limiters(
            now, lambda target: Limiter(now, own_engine=is_own_engine(target), streams=streams(target))
        )
        self.quotas = quotas
        self.queue = FairQueue(now, most=config.queue.length)
        self.forecast = Forecast(now)
        self.charging = Charging(self.queue, running)
        self.room = WaitingRoom(self.queue, self.limiters, health, Shedding(now), settle=self.charging.settle)
        self.gate = Gate(
            self.limiters,
            self.queue,
            self.room,
            self.forecast,
            health,
            now,
            limited=lambda target: target != ONBOARD,
            usual_wait=config.queue.wait,
        )
        self.on_answer: OnAnswer = lambda step, request, key: None
        hooks.add(self.forecast, AttemptBegun, AttemptEnded)
        hooks.add(self, TargetMoved)

    def observe(self, fact: Fact) -> None:
        """A target that is back begins slowly, and those who wait for it are looked at."""
        if isinstance(fact, TargetMoved) and fact.after == "closed":
            self.limiters.of(parse_target(fact.target)).recovered()
            self.room.look()

    def reconfigured(self) -> None:
        """What the operator allows of each target now holds at once, also for those who wait."""
        for target, limiter in self.limiters.items():
            limiter.bound(self._streams(target))

    # --- what the attempts report

    def spoke(self, target: Target, seconds: float) -> None:
        """The first word of an attempt came after so long. What our own loop may have added to it says nothing of the target."""
        lag = self._lag()
        self.limiters.of(target).spoke(seconds if lag < LATE else max(0.0, seconds - lag))

    def learn(self, target: Target, state: LimitState) -> None:
        """What a target's headers said of our quota there."""
        self.limiters.of(target).learn(state)

    # --- the stages of the pipeline

    def enter(self, request: ChatRequest, caller: Caller, answer_id: str) -> None:
        """May this caller ask? Raises `CallerError` (429) when one of his quotas is used up.

        A kept question may wait for hours: it counts when its turn has come.
        """
        self.quotas.enter(caller.key, answer_id, _prompt(request), request.max_tokens)
        if caller.kept:
            self.quotas.withdraw(answer_id)

    def turns(self, work: Work) -> AsyncGenerator[Step, None]:
        """Whom to ask next: see `Gate.turns`."""
        turns = self.gate.turns(work.plan, self._asker(work), work.failures)
        return self._counted(work, turns) if work.caller.kept else turns

    async def _counted(self, work: Work, turns: AsyncGenerator[Step, None]) -> AsyncGenerator[Step, None]:
        """The turns of a kept question, which uses its caller's quotas only while one lasts. Raises `CallerError` (429)."""
        request = work.request
        async with aclosing(turns):
            async for step in turns:
                self.quotas.enter(work.caller.key, work.answer_id, _prompt(request), request.max_tokens)
                try:
                    yield step
                finally:
                    if not work.said.begun:
                        self.quotas.withdraw(work.answer_id)

    def permit(self, step: Step, request: ChatRequest, work: Work) -> Held | Rest:
        """The room of an attempt, as a context. Raises `Overloaded` when there is none for the rest of a broken answer."""
        if step.permit is not None:
            return Held(step.permit, step, request, work.caller.key, self.on_answer)
        return Rest(self.gate, step.target, self._asker(work), request)

    def spare(self, target: Target) -> Permit | None:
        """Room for a call that need not be made: only where nobody waits."""
        return None if len(self.queue) else self.limiters.of(target).try_acquire(spill=True)

    def _asker(self, work: Work) -> Asker:
        caller = work.caller
        return Asker(
            work.answer_id,
            caller.key,
            lambda: lowered(self.quotas.class_of(caller.key), caller.priority),
            _prompt(work.request),
            caller.wait,
            caller.kept,
            work.route,
        )


def _prompt(request: ChatRequest) -> int:
    """The tokens of its prompt, estimated. The bytes of an attachment say nothing of them: then they count at the end alone."""
    has_attachment = request.needs and ATTACHED & request.needs.keys()
    return 0 if has_attachment else tokens_of_prompt(request.size)


class Held:
    """Room that has been found."""

    def __init__(self, permit: Room, step: Step, request: ChatRequest, key: str, on_answer: OnAnswer) -> None:
        self._permit = permit
        self._step = step
        self._request = request
        self._key = key
        self._on_answer = on_answer

    async def __aenter__(self) -> Permitted:
        return Permitted(self._request)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            self._permit.release(answered=True)
            self._on_answer(self._step, self._request, self._key)
        else:
            self._permit.release(_refusal(error))


class Rest:
    """Room for the rest of an answer that broke off, found before all others'."""

    def __init__(self, gate: Gate, target: Target, asker: Asker, request: ChatRequest) -> None:
        self._gate = gate
        self._target = target
        self._asker = asker
        self._request = request
        self._permit: Permit | None = None

    async def __aenter__(self) -> Permitted:
        self._permit = await self._gate.resume(self._target, self._asker)
        if self._permit is None:
            raise Overloaded(
                f"{self._target} has no room for the rest of an answer", target=str(self._target), reason="no_room"
            )
        return Permitted(self._request)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._permit is not None:
            self._permit.release(_refusal(error), answered=error is None)


def _refusal(error: BaseException | None) -> Failure | None:
    """A failure that says something of the target's room: not one in the middle of an answer, for which there was room."""
    return error if isinstance(error, Failure) and error.status != 200 else None
