"""How long a target may be silent: limits learnt from its own behaviour.

    first token:  2 x p99 of the last 128 samples, between 0.5 s and the ceiling (10 s; a model that reasons: 60 s)
                  while others get their first words it may take half as long again, and again, up to the ceiling: the target is
                  full and not silent, and who is given up there is often worked for all the same
    gap:          8 x p99 of the longest gap per answer, between 5 s and 20 s
    drip:         three gaps in a row that are each longer than max(1 s, 4 x p99 of the longest gap) are a stall too
    in one piece: 2 x p99 of the whole time, at least 15 s: how long an answer is to be is not known before
    suspicion:    1.5 x p99, at least 1 s (3 s while unknown, 10 s for a model that reasons): from then on the target is worth a
                  probe, which is given 2 x p99, between 1 s and 4 s (4 s while unknown, 10 s for a model that reasons)

Until there are 20 samples the configured limits hold. Samples are kept apart by what changes them: the target, the length of
the prompt (in powers of four), whether reasoning was asked for, and whether the answer streams. With 20 to 128 samples p99
is the largest or second largest of them: an estimate on the careful side.
"""

from __future__ import annotations

from collections import deque

from msgspec import Struct

SAMPLES = 128
ENOUGH = 20
REFRESH = 8  # the quantile is sorted out anew after so many samples
FLOOR_FIRST = 0.5
FLOOR_WHOLE = 15.0
FLOOR_SUSPICION = 1.0
FLOOR_GAP = 5.0
FLOOR_DRIP = 1.0
UNKNOWN_SUSPICION = 3.0
UNKNOWN_SUSPICION_SLOW = 10.0  # models that reason, and answers in one piece
UNKNOWN_PATIENCE = 4.0  # a request is waiting: with the 3 s before, two probes settle it within 12 s
REASONING_PATIENCE = 10.0
MAX_PROFILES = 4096


class Limits(Struct, frozen=True):
    """The silences, in seconds, that one attempt is allowed. `learnt` says whether they come from samples."""

    first_token: float
    suspicion: float
    patience: float  # with a probe that a suspicion sends
    gap: float
    drip: float
    learnt: bool
    longest: float = 0.0  # first token: where others get theirs meanwhile, because the target is full and not silent


class Profile(Struct, frozen=True):
    """What makes attempts comparable."""

    target: str
    stream: bool
    reasoning: bool
    size: int  # log4 of the prompt's bytes


class Ceilings(Struct, frozen=True):
    """The configured limits, in seconds."""

    first_token: float = 60.0
    first_token_learnt: float = 10.0
    gap: float = 20.0


class Quantile:
    """p99 of the last samples."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=SAMPLES)
        self._since = 0
        self._p99 = 0.0

    def add(self, seconds: float) -> None:
        """One more sample."""
        self._samples.append(seconds)
        self._since += 1
        if seconds > self._p99 or self._since >= REFRESH:
            self._since = 0
            ordered = sorted(self._samples)
            self._p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]

    @property
    def p99(self) -> float | None:
        """The quantile, or None while there are fewer than 20 samples."""
        return self._p99 if len(self._samples) >= ENOUGH else None


class Clocks:
    """The samples of all targets."""

    def __init__(self, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        self._first: dict[Profile, Quantile] = {}
        self._gaps: dict[str, Quantile] = {}

    def limits(self, profile: Profile, max_tokens: int | None) -> Limits:
        """What an attempt of this profile is allowed."""
        first = self._first.get(profile)
        p99 = first.p99 if first else None
        gap_quantile = self._gaps.get(profile.target)
        gap = gap_quantile.p99 if gap_quantile else None
        return Limits(
            first_token=self._first_token(profile, p99, max_tokens),
            suspicion=_unknown(profile) if p99 is None else max(FLOOR_SUSPICION, 1.5 * p99),
            patience=_patience(profile, p99),
            gap=self._ceilings.gap if gap is None else min(self._ceilings.gap, max(FLOOR_GAP, 8 * gap)),
            drip=self._ceilings.gap if gap is None else max(FLOOR_DRIP, 4 * gap),
            learnt=p99 is not None,
            longest=self._ceilings.first_token_learnt if profile.stream else 0.0,
        )

    def _first_token(self, profile: Profile, p99: float | None, max_tokens: int | None) -> float:
        unknown = self._ceilings.first_token
        if not profile.stream:  # the whole answer is awaited: allow 20 tokens a second
            unknown = max(unknown, min(600.0, (max_tokens or 0) / 20))
        if p99 is None:
            return unknown
        slow = profile.reasoning or not profile.stream
        ceiling = unknown if slow else self._ceilings.first_token_learnt
        return min(ceiling, max(FLOOR_FIRST if profile.stream else FLOOR_WHOLE, 2 * p99))

    def first_token(self, profile: Profile, seconds: float) -> None:
        """An attempt said its first word after so long."""
        quantile = self._first.get(profile)
        if quantile is None:
            if len(self._first) >= MAX_PROFILES:
                self._first.clear()  # names of models come from outside: what is learnt is bounded, and learnt again
            quantile = self._first[profile] = Quantile()
        quantile.add(seconds)

    def longest_gap(self, target: str, seconds: float) -> None:
        """An answer is whole; this was its longest silence."""
        if target not in self._gaps and len(self._gaps) >= MAX_PROFILES:
            self._gaps.clear()
        self._gaps.setdefault(target, Quantile()).add(seconds)

    def typical_first_token(self, target: str) -> float | None:
        """The slowest p99 of what is learnt of a target, in seconds; None while nothing is: when to start a hedge."""
        known = [
            quantile.p99 for profile, quantile in self._first.items() if profile.target == target and profile.stream
        ]
        return max((p99 for p99 in known if p99 is not None), default=None)

    def slower(self, target: str, seconds: float) -> None:
        """A probe was answered, but only after so long: attempts must not be held to a faster past."""
        for profile, quantile in self._first.items():
            if profile.target == target:
                quantile.add(seconds)


def profile_of(target: str, *, stream: bool, reasoning: bool, size: int) -> Profile:
    """The profile of an attempt whose prompt has `size` bytes."""
    return Profile(target, stream, reasoning, max(0, size.bit_length() // 2 - 4))


def _unknown(profile: Profile) -> float:
    return UNKNOWN_SUSPICION_SLOW if profile.reasoning or not profile.stream else UNKNOWN_SUSPICION


def _patience(profile: Profile, p99: float | None) -> float:
    if profile.reasoning:
        return REASONING_PATIENCE
    return UNKNOWN_PATIENCE if p99 is None else min(UNKNOWN_PATIENCE, max(FLOOR_SUSPICION, 2 * p99))
