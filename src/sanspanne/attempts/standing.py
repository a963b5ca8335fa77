"""What we know of each target from our own attempts and probes: may it be asked now?

    usable      the ordinary state
    open        its breaker is open: it fails, or cuts too many answers; only probes are sent, and two answered ones close it
    resting     it asked us to wait (rate limit): until the time it named, at most 60 s; 1, 2, 4 ... s if it named none, or
                if waiting as told did not help
    suspended   it will not heal by waiting (key refused, nothing left to spend, model gone): out at once, while a probe asks
                whether that is so; back when a probe is answered

A suspended key takes all targets of its provider out; a model that is gone only itself. None of that is an outage: it has no
weight for the breaker.

Full is not down. A target that turns a request away while it serves others (one of its answers goes on, or ended less than 2 s
ago) is as full as it can be, which is what it is there for: that counts for nothing, and it rests only if it names the time. How
much of it is used at once is not decided here, but by its limit (admission/). Who turns away everybody is down, whatever he says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from sanspanne.attempts.breaker import PROBES_IN_NEED, PROBES_TO_CLOSE, Breaker
from sanspanne.chat import Target
from sanspanne.errors import (
    CredentialFailure,
    Failure,
    LocalNetworkFault,
    ModelGone,
    Obstacle,
    Overloaded,
    RampLimited,
    RateLimited,
)
from sanspanne.hooks import Hooks, Notice, TargetMoved

LONGEST_REST = 60.0
LATELY = 2.0  # seconds: who has answered within them serves others
HOPE_SECONDS = 300.0  # who has answered within them may well be back before those who wait for him give up
WANTED_SECONDS = 60.0
UNREACHABLE = 1.0  # our own network's failure judges no provider, but it costs those who wait for it just as much
MAX_TARGETS = 4096
CUTS = "breaks off more than 40 % of its answers"


class Waiting(Protocol):
    """An attempt that waits for its first word."""

    def give_up(self, reason: str) -> None: ...


class Standing:
    """The state of one target."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.breaker = Breaker(now)
        self.resting_until = 0.0
        self.rests = 0
        self.suspended: str | None = None
        self.answered_at = self.spoke_at = float("-inf")
        self.probed_at = float("-inf")  # when a probe was answered
        self.waiting: set[Waiting] = set()
        self.speaking: set[object] = set()  # the attempts that have said their first word, and go on
        self.wanted = asyncio.Event()
        self._wanted_at = 0.0

    def is_idle(self) -> bool:
        """Whether a new standing would say the same."""
        closed = not self.breaker.is_open and self.suspended is None
        return closed and not self.waiting and not self.speaking and self.resting_until <= self._now()

    def is_serving(self) -> bool:
        """Whether others are served while somebody is turned away."""
        return bool(self.speaking) or self._now() - self.answered_at <= LATELY

    def want(self) -> None:
        """A request would have used this target."""
        self._wanted_at = self._now()
        self.wanted.set()

    def still_wanted(self) -> bool:
        """Whether a request would have used it lately."""
        if self._now() - self._wanted_at > WANTED_SECONDS:
            self.wanted.clear()
        return self.wanted.is_set()

    def rest(self, seconds: float | None) -> None:
        """Leave it alone for so long; without a time, or if waiting as told did not help, for 1, 2, 4 ... s.

        A burst of refusals is one occasion: what they say while it rests already only makes the rest longer.
        """
        now = self._now()
        pause = 0.0 if seconds is None else seconds
        if self.resting_until <= now:
            told = seconds is not None
            pause = max(pause, 2.0**self.rests - told)
            self.rests = min(self.rests + 1, 6)
        self.resting_until = max(self.resting_until, now + min(LONGEST_REST, pause))


class Standings:
    """All targets. `on_open`, `on_suspicion` and `on_suspension` are where the prober listens."""

    def __init__(self, now: Callable[[], float], hooks: Hooks) -> None:
        self._now = now
        self._hooks = hooks
        self._standings: dict[Target, Standing] = {}
        self._suspended_keys: dict[str, str] = {}
        self._refused: dict[str, Target] = {}  # the target whose prober asks whether the provider's key is good again
        self.on_open: Callable[[Target], None] = lambda target: None
        self.on_suspicion: Callable[[Target, float], None] = lambda target, patience: None
        self.on_suspension: Callable[[Target, str], None] = lambda target, reason: None

    def of(self, target: Target) -> Standing:
        """The state of a target; a new one is usable."""
        standing = self._standings.get(target)
        if standing is None:
            self._make_room()
            standing = self._standings[target] = Standing(self._now)
        return standing

    def _make_room(self) -> None:
        """Names of models may come from callers: targets with nothing against them are forgotten when there are too many."""
        if len(self._standings) >= MAX_TARGETS:
            self._standings = {target: kept for target, kept in self._standings.items() if not kept.is_idle()}

    def obstacle(self, target: Target) -> Obstacle | None:
        """Why the target must not be asked now; None if it may be."""
        standing = self.of(target)
        reason = self._suspended_keys.get(target.provider) or standing.suspended
        if reason:
            return Obstacle(reason, ours=True)
        if standing.breaker.held:
            return Obstacle(f"{CUTS}; it is tried again in {standing.breaker.held:.0f} s at the earliest")
        if standing.breaker.is_open:
            return Obstacle("does not answer at present; probes will tell when it does")
        left = standing.resting_until - self._now()
        return Obstacle(f"asked us to wait ({left:.0f} s left)", retry_after=left) if left > 0 else None

    def word(self, target: Target) -> str:
        """How it stands: `usable`, `resting`, `open` (out, and probed) or `suspended`."""
        standing = self.of(target)
        if self._suspended_keys.get(target.provider) or standing.suspended:
            return "suspended"
        if standing.breaker.held or standing.breaker.is_open:
            return "open"
        return "resting" if standing.resting_until > self._now() else "usable"

    def is_steady(self, target: Target) -> bool:
        """Whether nothing at all stands against the target, not even a recent failure."""
        return self.obstacle(target) is None and self.of(target).breaker.is_calm

    def hope(self, target: Target) -> bool:
        """Whether waiting for the target may be worth it although it is out now: it answered a user or a probe a while ago,
        and is not out for a reason, or a time, that waiting does not outlast."""
        standing = self.of(target)
        if self._suspended_keys.get(target.provider) or standing.suspended or standing.breaker.held:
            return False
        return bool(standing.speaking) or self._now() - max(standing.answered_at, standing.probed_at) <= HOPE_SECONDS

    # --- what requests report

    def want(self, target: Target) -> None:
        """A request would have used this target: so it is worth probes, and so is whatever shows that its key is good again."""
        self.of(target).want()
        if target.provider in self._suspended_keys:
            self.of(self._refused[target.provider]).want()

    def answered(self, target: Target) -> None:
        """A user's request was answered whole."""
        standing = self.of(target)
        standing.rests = 0
        standing.answered_at = self._now()
        standing.breaker.answered()

    def failed(self, target: Target, failure: Failure, *, share: float = 1.0, cut: bool = False) -> None:
        """A user's request, or a probe, failed. `share` scales the failure's weight; `cut`: its answer had begun."""
        standing = self.of(target)
        full = not cut and isinstance(failure, Overloaded | RateLimited) and standing.is_serving()
        if isinstance(failure, CredentialFailure | ModelGone):
            self._suspend(target, failure)
        elif _is_to_rest(failure, full):
            standing.rest(failure.retry_after)
        weight = 0.0 if full else share * (UNREACHABLE if isinstance(failure, LocalNetworkFault) else failure.weight)
        breaker = standing.breaker
        if breaker.broke_off(weight) if cut else breaker.failed(weight):
            self._moved(target, "closed", "open", CUTS if breaker.held else _why(failure))
            self.on_open(target)

    def suspect(self, target: Target, patience: float) -> None:
        """A request has been waiting for its first word for unusually long; a probe should need no more than `patience` s."""
        self.on_suspicion(target, patience)

    # --- what probes report

    def probe_answered(self, target: Target, *, in_need: bool = False) -> None:
        """A probe was answered; `in_need`: requests wait for the target."""
        self._lift(target, "a probe was answered")
        self.of(target).probed_at = self._now()
        if self.of(target).breaker.probe_answered(PROBES_IN_NEED if in_need else PROBES_TO_CLOSE):
            self._moved(target, "open", "closed", "probes were answered")

    def probe_failed(self, target: Target, failure: Failure) -> None:
        """A probe failed. Silence under suspicion counts more than one user's failure: two of them are the proof."""
        self.failed(target, failure, share=1.5)
        if self.of(target).breaker.is_open:
            for attempt in list(self.of(target).waiting):
                attempt.give_up("first_token")

    def key_accepted(self, target: Target) -> None:
        """The provider has looked at the key and found fault with something else."""
        if self._suspended_keys.pop(target.provider, None):
            self._moved(target, "suspended", "closed", "the provider accepts the key again")

    def confirm(self, target: Target, reason: str) -> None:
        """A probe has confirmed that the key or the model is out: the operator must act."""
        self._hooks.tell(Notice(f"{target} is left out until this is mended: {reason}", target=str(target)))

    def forget(self) -> None:
        """The configuration has changed: keys and models may have been mended."""
        out = [self._refused[provider] for provider in self._suspended_keys]
        out += [target for target, standing in self._standings.items() if standing.suspended]
        for target in out:
            self._lift(target, "the configuration was read anew")

    def forget_model(self, target: Target) -> None:
        """Nobody asks for that model any more: it is as if it had never been missing."""
        self.of(target).suspended = None
        self._moved(target, "suspended", "closed", "nobody asks for it any more")

    def _suspend(self, target: Target, failure: Failure) -> None:
        if self._suspended_keys.get(target.provider) or self.of(target).suspended:
            return
        if isinstance(failure, CredentialFailure):
            self._suspended_keys[target.provider] = failure.message
            self._refused[target.provider] = target
        else:
            self.of(target).suspended = failure.message
        self._moved(target, "closed", "suspended", failure.message)
        self.on_suspension(target, failure.reason or failure.name)

    def _lift(self, target: Target, why: str) -> None:
        reason = self._suspended_keys.pop(target.provider, None) or self.of(target).suspended
        self.of(target).suspended = None
        if reason:
            self._moved(target, "suspended", "closed", why)

    def _moved(self, target: Target, before: str, after: str, why: str) -> None:
        self._hooks.tell(TargetMoved(str(target), before, after, why))


def _why(failure: Failure) -> str:
    """What the log may say of it: a provider that fails may repeat the question, so its own words stay with who asked."""
    if failure.wire is None:
        return failure.message
    return f"{failure.name}, status {failure.wire.status}"


def _is_to_rest(failure: Failure, full: bool) -> bool:
    """Whether a failure asks for a rest; from a target that is `full`, only one that names the time."""
    if full:
        return isinstance(failure, RateLimited) and failure.retry_after is not None
    if isinstance(failure, Overloaded):
        return bool(failure.retry_after)
    return isinstance(failure, RateLimited | RampLimited)
