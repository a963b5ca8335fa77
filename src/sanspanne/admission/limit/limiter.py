"""How much of one target may be used at once, learnt from what the target says and does.

    room   window (window.py): refusals and first-token times     rest   a slot that came free is left alone for 10 ms
    spill  ramp and reserve (spill.py)                            hold   refused while it carried nothing: 0.5, 1, 2 .. 8 s
    quota  requests and tokens (buckets.py): rate-limit headers

A provider counts a slot as taken for a moment after we saw it come free: hence the rest. A refusal although there should have
been room doubles it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import ceil, inf
from random import Random
from typing import Protocol

from msgspec import Struct

from sanspanne.admission.limit.buckets import Bucket
from sanspanne.admission.limit.spill import LEAST, NEVER, Own, Ramp
from sanspanne.admission.limit.window import Window
from sanspanne.errors import Failure, Overloaded, RampLimited, RateLimited, Stalled

HOSTED, OURS = 100.0, 4.0  # streams to begin with: more than ordinary traffic needs; the slots of a small local engine
REST, LONGEST_REST, REST_SHRINKS = 0.01, 0.16, 0.995  # seconds; back again over some 140 answers per doubling
SHORTEST_HOLD, LONGEST_HOLD = 0.5, 8.0
EASE, AT_EASE = 0.5, 1.2
PROVED_SHARE = 0.5  # of what it carried before an outage: with so many it begins again
LONG_WAIT, LONGEST_WAIT = 2.0, 60.0  # a longer wait that we are told is the quota's, and no measure of room
RAMP_CUT = 0.85
REFUSALS = Overloaded, RateLimited, RampLimited


class LimitState(Protocol):
    """What a provider's headers say of our quota: see providers/limits.py."""

    @property
    def requests_left(self) -> int | None: ...
    @property
    def requests_limit(self) -> int | None: ...
    @property
    def requests_reset(self) -> float | None: ...
    @property
    def tokens_left(self) -> int | None: ...
    @property
    def tokens_limit(self) -> int | None: ...
    @property
    def tokens_reset(self) -> float | None: ...


class LimiterState(Struct, frozen=True):
    """For the operator. Counts of streams; times in seconds; None: not known."""

    in_flight: int
    own: int
    spill: int
    limit: int
    spill_limit: int
    reserved: int
    resting: int
    refusals: int
    first_token: float | None
    baseline: float | None
    requests_left: int | None
    tokens_left: int | None


class Permit:
    """Leave for one attempt. Give it back exactly when the attempt is over."""

    __slots__ = ("_limiter", "others", "sent_at", "spill")

    def __init__(self, limiter: Limiter, spill: bool, others: int, sent_at: float) -> None:
        self._limiter: Limiter | None = limiter
        self.spill = spill
        self.others = others  # that were in flight when it was given
        self.sent_at = sent_at

    def release(self, failure: Failure | None = None, *, answered: bool = False) -> None:
        """The attempt is over; with neither a failure nor an answer, the caller has left. A second time changes nothing."""
        limiter, self._limiter = self._limiter, None
        if limiter is not None:
            limiter.leave(self, failure, answered)


class Limiter:
    """The limit of one target. `streams` is the operator's own ceiling; `own_engine`: a local engine, which is ours alone."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        own_engine: bool = False,
        streams: int | None = None,
        rng: Random | None = None,
    ) -> None:
        self._now = now
        self._rng = rng or Random()
        start, least, goal = (OURS, 1.0, OURS) if own_engine else (HOSTED, LEAST, inf)
        self._window = Window(now, start=start, least=least, cap=streams or inf, goal=goal)
        self._ramp = Ramp(self._window.size)
        self._own = Own(now())
        self._requests, self._tokens = Bucket(now), Bucket(now)
        self._has_quota = False
        self._in_flight = self._spilled = self._refusals = 0
        self._spoken = 0  # of those in flight, nearly: one that spoke and then failed is found out when it is too many
        self._resting: deque[float] = deque()  # when each slot that came free may be used again
        self._rest = REST
        self._closed_until = -inf
        self._hold = 0.0
        self.on_room: Callable[[], None] = lambda: None

    def try_acquire(self, *, spill: bool, resume: bool = False, tokens: int = 0) -> Permit | None:
        """A permit if there is room now. `resume`: to finish an answer that broke off, which ignores ramp and reserve."""
        now = self._now()
        others, window, resting = self._in_flight, self._window, self._resting
        while resting and resting[0] <= now:
            resting.popleft()
        if others + len(resting) + 1 > window.size or now < self._closed_until:
            return None
        if spill and not resume and others >= self._spill_room():
            return None
        if self._has_quota and not self._pay(tokens, spill=spill and not resume):
            return None
        if spill:
            self._spilled += 1
        else:
            self._own.until(now, others - self._spilled)
        self._in_flight = others + 1
        if others >= window.peak:
            window.peak = others + 1
        return Permit(self, spill, others, now)

    def spoke(self, seconds: float) -> None:
        """The first word of a streamed attempt came after so many seconds."""
        before = self._window.size
        self._spoken += 1
        self._window.word(seconds, self._in_flight)
        self._hold = 0.0
        self._rest = max(REST, self._rest * REST_SHRINKS)
        if self._spilled:
            self._ramp_saw(seconds)
        if self._spilled or self._window.size > before:
            self.on_room()

    def _ramp_saw(self, seconds: float) -> None:
        share = self._spilled / self._in_flight
        if self._window.pace.is_quick(seconds):
            self._ramp.quick_word(share, self._spilled)
        elif self._window.pace.is_slow(seconds):
            self._ramp.slow_word(share)

    def learn(self, state: LimitState) -> None:
        """What the headers of an answer said of our quota."""
        self._has_quota = True
        self._requests.learn(state.requests_left, state.requests_limit, state.requests_reset)
        self._tokens.learn(state.tokens_left, state.tokens_limit, state.tokens_reset)

    def bound(self, streams: int | None) -> None:
        """The operator's own ceiling has changed."""
        self._window.bound(streams or inf)
        self.on_room()

    def recovered(self) -> None:
        """The target has just come back: begin small."""
        start = max(LEAST, PROVED_SHARE * self._window.proved)
        self._window.restart(start, goal=inf)
        self._ramp.restart(start)
        self._closed_until, self._hold = -inf, 0.0
        self.on_room()

    def opens_in(self) -> float | None:
        """Seconds until it is worth looking again although nobody leaves; None: not by time alone."""
        now = self._now()
        waits = [self._requests.opens_in(), self._tokens.opens_in()] if self._has_quota else []
        if now < self._closed_until:
            waits.append(self._closed_until - now)
        if self._resting and self._in_flight + len(self._resting) + 1 > self._window.size:
            waits.append(max(0.0, self._resting[0] - now))
        return min((wait for wait in waits if wait is not None), default=None)

    def closed_for(self) -> float:
        """Seconds for which nobody gets in, whoever leaves; 0: not known to be so, as while headers of answers are to come."""
        if self._in_flight > self._spoken:
            return 0.0
        return max(0.0, self._closed_until - self._now(), self._requests.closed_for(), self._tokens.closed_for())

    def leave(self, permit: Permit, failure: Failure | None, answered: bool) -> None:
        """A permit comes back; permits call this themselves."""
        now = self._now()
        if permit.spill:
            self._spilled -= 1
        else:
            self._own.until(now, self._in_flight - self._spilled)
        self._in_flight -= 1
        if isinstance(failure, REFUSALS):
            self._refused(permit, failure)
        else:
            self._resting.append(now + self._rest)
            if isinstance(failure, Stalled) and failure.reason == "first_token":
                self._window.word(now - permit.sent_at, self._in_flight)
        if answered:
            self._answered(permit)
        if self._spoken > self._in_flight:
            self._spoken = self._in_flight
        self.on_room()

    @property
    def in_flight(self) -> int:
        """The streams that are open."""
        return self._in_flight

    @property
    def first_word(self) -> float:
        """The seconds that a first word has taken lately; 0: not known."""
        return self._window.pace.recent

    @property
    def is_at_ease(self) -> bool:
        """Whether it could do with more: neither near its limit nor slower than usual."""
        return self._in_flight < EASE * self._window.size and self._window.pace.hurry < AT_EASE

    @property
    def limit(self) -> int:
        """The streams that may be open."""
        return int(self._window.size)

    def snapshot(self) -> LimiterState:
        """How it stands."""
        pace = self._window.pace
        return LimiterState(
            in_flight=self._in_flight,
            own=self._in_flight - self._spilled,
            spill=self._spilled,
            limit=self.limit,
            spill_limit=max(0, self._spill_room() - self._in_flight + self._spilled),
            reserved=ceil(self._own.reserve),
            resting=len(self._resting),
            refusals=self._refusals,
            first_token=pace.recent or None,
            baseline=pace.baseline or None,
            requests_left=_told(self._requests.left),
            tokens_left=_told(self._tokens.left),
        )

    def _spill_room(self) -> int:
        """How many may be in flight, own and spilled, for one more spilled one to enter."""
        own = self._in_flight - self._spilled
        size = int(self._window.size)
        spilled = min(int(self._ramp.size), size - max(own, ceil(self._own.reserve)))
        return min(own + spilled, size - int(NEVER * size))

    def _pay(self, tokens: int, *, spill: bool) -> bool:
        if not (self._requests.has_room(spill=spill) and self._tokens.has_room(spill=spill)):
            return False
        self._requests.take(1)
        self._tokens.take(tokens)
        return True

    def _answered(self, permit: Permit) -> None:
        """Those that came in one piece, without a first word that was told, are the ones beyond those that spoke."""
        self._hold = 0.0
        if self._spoken:
            self._spoken -= 1
            return
        self._rest = max(REST, self._rest * REST_SHRINKS)
        self._window.answered(permit.sent_at, self._in_flight + 1)
        if permit.spill:
            self._ramp.quick_word(1.0, self._spilled + 1)

    def _refused(self, permit: Permit, failure: Failure) -> None:
        self._refusals += 1
        wait = failure.retry_after or 0.0
        if isinstance(failure, RateLimited) and wait > LONG_WAIT:
            self._used_up(min(LONGEST_WAIT, wait))
        elif isinstance(failure, RampLimited):
            self._ramp_refused(permit)
        else:
            if self._spilled and self._in_flight > self._spilled:
                self._ramp.halve()  # its own traffic shall not suffer; where there is none the window says what it carries
            if self._in_flight == 0:
                self._close(wait)
            elif self._window.refused(permit.others, permit.sent_at):
                self._rest = min(LONGEST_REST, self._rest * 2)

    def _used_up(self, seconds: float) -> None:
        """A quota is used up for so long; those who wait meanwhile shall not all come back in one volley."""
        now = self._now()
        if now >= self._closed_until:
            self._window.restart(max(LEAST, PROVED_SHARE * self._window.proved), goal=inf)
        self._closed_until = max(self._closed_until, now + seconds)

    def _ramp_refused(self, permit: Permit) -> None:
        """Our growth is refused, not our load."""
        if permit.spill or self._spilled:
            self._ramp.halve(is_ours=True)
        else:
            self._window.scale(RAMP_CUT)

    def _close(self, wait: float) -> None:
        """It refuses although it carries nothing of ours: leave it alone for a while, then one single try."""
        self._hold = min(LONGEST_HOLD, self._hold * 2 or SHORTEST_HOLD)
        pause = self._hold * self._rng.uniform(0.75, 1.25)
        self._closed_until = self._now() + max(pause, min(LONGEST_HOLD, wait))
        self._window.restart(1.0)


def _told(left: float) -> int | None:
    return None if left == inf else max(0, int(left))
