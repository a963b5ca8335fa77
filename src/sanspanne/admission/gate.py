"""The way of one answer to a target with room.

    someone has room, and nobody waits before it        at once
    someone will have room in time                      a place in the fair queue
    someone who is out may well be back in time         the same: an outage of less than five minutes may be a blip
    the wait would be long                              the last resort of the chain (the model on board), if it has one
    the wait does not fit what the caller has left      refused, with the wait that is expected
    nobody is to be hoped for                           over: whoever asked says that nobody answered

A target that refuses for want of room may be asked again once it has some; one that failed, once it was out and is back.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable, Sequence

from sanspanne.admission.asker import Asker, Plan, S
from sanspanne.admission.limit.limiter import Permit
from sanspanne.admission.limit.limiters import Limiters
from sanspanne.admission.priority import Priority
from sanspanne.admission.queue.fair_queue import FairQueue
from sanspanne.admission.queue.forecast import Forecast
from sanspanne.admission.ticket import Outlook, Ticket
from sanspanne.admission.waiting_room import Health, WaitingRoom
from sanspanne.chat import Target
from sanspanne.errors import CallerError, Failure, Overloaded, RampLimited, RateLimited

QUICK = 5.0  # seconds: an answer that has begun by then was hardly waited for
FIRST_WORD, LONGEST_FIRST_WORD = 0.7, 2.5  # seconds of it for the first word itself: while not known; at most
MARGIN = 1.3  # the same as a multiple of the usual one
BEFORE_LAST_RESORT = 15.0  # seconds: a longer wait than this is worse than a small model's answer
RESUME_WAIT = 5.0  # seconds that an answer which broke off waits for room at one target
AGAIN = 3  # times that one target is asked again for one answer
LONGEST_RETRY_AFTER = 60.0
REFUSALS = (Overloaded, RateLimited, RampLimited)


class Gate:
    """`usual_wait`: seconds after which a whole answer comes too late; `limited(target)`: whether we count its room."""

    def __init__(
        self,
        limiters: Limiters,
        queue: FairQueue,
        room: WaitingRoom,
        forecast: Forecast,
        health: Health,
        now: Callable[[], float],
        *,
        limited: Callable[[Target], bool],
        usual_wait: float = 40.0,
    ) -> None:
        self._limiters = limiters
        self._queue = queue
        self._room = room
        self._forecast = forecast
        self._health = health
        self._now = now
        self._limited = limited
        self._usual_wait = usual_wait
        self._names: dict[str, Ticket] = {}

    async def turns(self, plan: Plan[S], asker: Asker, failures: Sequence[Failure]) -> AsyncGenerator[S, None]:
        """Whom to ask next, as long as there is somebody, with a permit unless he has a queue of his own.

        A permit that was not used is given back. `failures` is what the turns before have met. Raises `CallerError` (503) when
        the wait would be too long.
        """
        arrived = self._now()
        while True:
            step, last_resort = self._at_once(plan, asker, failures)
            if step is None:
                step = await self._later(plan, asker, failures, arrived, last_resort) or last_resort
            if step is None:
                return
            try:
                yield step
            finally:
                if step.permit is not None:
                    step.permit.release()

    async def resume(self, target: Target, asker: Asker) -> Permit | None:
        """Room for the rest of an answer that broke off; before all others, for at most five seconds."""
        if self._health.obstacle(target) is None:
            permit = self._limiters.of(target).try_acquire(spill=True, resume=True, tokens=asker.tokens)
            if permit is not None:
                return permit
        now = self._now()
        ticket = Ticket(
            asker.answer_id,
            asker.tenant,
            Priority.RESUME,
            (target,),
            now,
            fresh_until=now + RESUME_WAIT,
            deadline=now + RESUME_WAIT,
            tokens=asker.tokens,
            spills=frozenset((target,)),
        )
        let_in = await self._room.wait(ticket)
        return None if let_in is None else let_in[1]

    def __len__(self) -> int:
        """How many wait."""
        return len(self._queue)

    def outlook(self, answer_id: str) -> Outlook | None:
        """What an answer that waits is told; None if it does not."""
        ticket = self._names.get(answer_id)
        return None if ticket is None else self._outlook(ticket)

    def outlooks(self, tenant: str) -> dict[str, Outlook]:
        """All of one tenant's answers that wait, by their ids."""
        return {name: self._outlook(ticket) for name, ticket in self._names.items() if ticket.tenant == tenant}

    def _at_once(self, plan: Plan[S], asker: Asker, failures: Sequence[Failure]) -> tuple[S | None, S | None]:
        """The first target with room, unless others wait; and the last resort."""
        last_resort = None
        for step in plan.steps(failures):
            target = step.target
            if not self._limited(target):
                last_resort = step
            elif not len(self._queue):
                permit = self._limiters.of(target).try_acquire(spill=target != plan.own, tokens=asker.tokens)
                if permit is not None:
                    self._queue.served(asker.tenant, asker.tokens)
                    return step.permitted(permit), None
        return None, last_resort

    async def _later(
        self,
        plan: Plan[S],
        asker: Asker,
        failures: Sequence[Failure],
        arrived: float,
        last_resort: S | None,
    ) -> S | None:
        """A turn for which one has to wait; None if that is not worth it. Raises `CallerError` (503)."""
        ticket = self._ticket(plan, asker, failures, arrived)
        if not ticket.targets:
            return None
        if last_resort is not None:
            ticket.deadline = min(ticket.deadline, arrived + BEFORE_LAST_RESORT)
        self._names[asker.answer_id] = ticket
        began = self._now()
        try:
            let_in = await self._room.wait(ticket, lambda ticket: self._fits(ticket, has_other=last_resort is not None))
        finally:
            del self._names[asker.answer_id]
            if asker.route is not None:
                asker.route.waited += self._now() - began
        if let_in is not None:
            target, permit = let_in
            return plan.step(target).permitted(permit)
        if last_resort is None and not failures:
            raise self._too_long(ticket)
        return None

    def _ticket(self, plan: Plan[S], asker: Asker, failures: Sequence[Failure], arrived: float) -> Ticket:
        targets = tuple(target for target in plan.targets if self._is_awaited(target, asker, failures))
        return Ticket(
            answer_id=asker.answer_id,
            tenant=asker.tenant,
            priority=Priority.BATCH if asker.kept else asker.priority(),
            targets=targets,
            arrived=arrived,
            fresh_until=arrived + QUICK - self._first_word(targets),
            deadline=math.inf if asker.kept else arrived + self._patience(asker),
            tokens=asker.tokens,
            spills=frozenset(target for target in targets if target != plan.own),
        )

    def _first_word(self, targets: Sequence[Target]) -> float:
        """Seconds to leave for the first word."""
        known = [seconds for target in targets if (seconds := self._limiters.of(target).first_word)]
        return min(LONGEST_FIRST_WORD, 0.2 + MARGIN * sum(known) / len(known)) if known else FIRST_WORD

    def _patience(self, asker: Asker) -> float:
        """Seconds within which an answer must have begun."""
        if asker.wait is not None:
            return asker.wait
        return max(self._usual_wait / 2, self._usual_wait - (self._forecast.duration() or 0.0))

    def _is_awaited(self, target: Target, asker: Asker, failures: Sequence[Failure]) -> bool:
        """Whether it may have room for this answer later."""
        if not self._limited(target):
            return False
        met = [failure for failure in failures if failure.target == str(target)]
        if len(met) > AGAIN:
            return False
        obstacle, may_be_back = self._health.obstacle(target), asker.kept or self._health.hope(target)
        if obstacle is not None:
            return may_be_back and not obstacle.ours
        is_refused = all(isinstance(failure, REFUSALS) for failure in met)
        return not met or (is_refused and (may_be_back or self._limiters.of(target).in_flight > 0))

    def _fits(self, ticket: Ticket, *, has_other: bool) -> bool:
        """Whether the wait fits what is left of the ticket's time. One that is not known is not for who `has_other` choice."""
        if ticket.deadline == math.inf:
            return True
        if self._now() + self._closed_for(ticket) > ticket.deadline:
            return False
        queue = self._queue
        expected = self._forecast.expected(
            ticket, queue.place(ticket)[0], queue.late_place(ticket), queue.share(ticket)
        )
        if expected is None:
            return not has_other
        return self._now() + expected[0] <= ticket.deadline

    def _closed_for(self, ticket: Ticket) -> float:
        """Seconds for which none of its targets lets anybody in: their quotas are used up."""
        return min(self._limiters.of(target).closed_for() for target in ticket.targets)

    def _outlook(self, ticket: Ticket) -> Outlook:
        queue = self._queue
        position, of = queue.place(ticket)
        expected = self._forecast.told(ticket, position, queue.late_place(ticket), queue.share(ticket))
        return Outlook(position, of) if expected is None else Outlook(position, of, *expected)

    def _too_long(self, ticket: Ticket) -> CallerError:
        waiting = len(self._queue)
        expected = self._forecast.wait(waiting, ticket.targets)
        retry_after = LONGEST_RETRY_AFTER / 6 if expected is None else max(1.0, expected[0])
        words = "" if expected is None else f" (about {expected[0]:.0f} to {expected[1]:.0f} s)"
        is_full = ticket.refusal == "queue_full"
        why = "no place is left in the queue" if is_full else f"the wait{words} would be too long"
        return CallerError(
            503,
            "overloaded",
            f"All targets of this model are busy or out, {waiting} requests wait, and {why}. Ask again "
            "later; with 'Prefer: respond-async' the question is kept and answered when there is room.",
            code="queue_full" if is_full else "wait_too_long",
            retry_after=min(LONGEST_RETRY_AFTER, max(retry_after, self._closed_for(ticket))),
            should_retry=False,
            reason=ticket.refusal,
        )
