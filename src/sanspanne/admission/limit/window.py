"""How many streams a target is given at once: the window.

    quick start       +1 per unhurried first word up to the goal: it doubles per wave. A new target has no goal
    steady growth     +1, +2, +4 .. per wave of first words, while it is used, unhurried and not refused
    refusal           window <- what the target carried when the refused call was sent: its known ceiling. One stream more is
                      tried after 10, 20, 40 s and 20 first words; if that goes well, growth is steady again
    refusal below it  the first may be a slot that the provider still counts; the second in a row: window x 0.9, then 0.8, 0.7
    too much hurry    window <- in flight x (a hurry between none and too much) / hurry, but at least x 0.9, then 0.8, 0.65, 0.5
                      if the next words are still too slow; half at once in the quick start. Once per full sample of words
    no use            with 0.6 x the streams it is as slow as 40 s before: it was not our load; a quick start back
    nothing carried   refused while nothing was in flight: window <- 1, and a quick start to what was carried before

Only words of calls that were sent since the last cut count, so that each cut is judged by its own effect, once per window; and
none in the first moments after it, when only the quick ones can have spoken. Sources: AIMD as in TCP, with a measure in place of
a factor where a refusal tells the capacity; the binary search of BIC on the way back; Netflix' Gradient2 for the hurry (pace.py).
The constants were found by the simulation in tests/admission/limit/test_limiter_simulated.py.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt

from sanspanne.admission.limit.pace import Pace

CUTS = (0.9, 0.8, 0.65, 0.5)  # a provider that queues needs only the first, one whose capacity has halved all of them
DOUBT = 0.9  # x in flight: a load that went well before, in a wide window, first loses only what it does not use
LIGHTER, AS_SLOW, ALIKE, MEMORY = 0.6, 0.85, 0.8, 40.0  # a share of streams, of slowness, the same load, seconds
EARLY = 2.0  # x baseline: who speaks sooner after a cut is one of the quick ones
WAVE, WAVE_SHARE, STEP_SHARE = 8, 1 / 4, 1 / 8  # words per growth and its size: faster outruns what the words can tell
STRIKES = (1.0, 0.9, 0.8, 0.7)  # x what it carried, for each refusal in a row below the known ceiling
FIRST_HOLD, LONGEST_HOLD, HOLD_WORDS = 10.0, 40.0, 20  # each probe costs a refused call: at most one in 20


class Window:
    """The window of one target. Sizes are streams.

    `least`: slowness alone shrinks it no further; `cap`: nothing widens it further; `goal`: up to there it grows quickly.
    """

    def __init__(
        self, now: Callable[[], float], *, start: float, least: float, cap: float = inf, goal: float = inf
    ) -> None:
        self._now = now
        self._least = least
        self._cap = cap
        self._goal = goal
        self.pace = Pace(least)
        self._start = start
        self.size = min(start, cap)
        self.ceiling = inf
        self.peak = 0  # the most in flight since the window was last changed
        self.proved = 0.0  # the most that went unhurried
        self._bad = inf  # so many were too much
        self._step = 1.0
        self._words = self._clean = self._strikes = self._cuts = 0
        self._hold = FIRST_HOLD
        self._verdict = 0.0, 0.0, -inf  # too slow: with how many streams, how slow, and when
        self._try_again_at = self._struck_at = self._cut_at = self._grown_at = self._judged_from = -inf

    def word(self, seconds: float, in_flight: int) -> None:
        """A first word came after so many seconds, when so many were in flight."""
        now = self._now()
        sent = now - seconds
        if sent < self._cut_at or now < self._judged_from:
            return
        self._taken(sent)
        pace = self.pace
        is_compared = pace.saw(seconds, in_flight, now)
        if not is_compared and in_flight <= self.size / 2:
            return  # nothing new is known of its hurry, and nobody asks for more room
        too_much = pace.too_much
        if self.size < self._goal and in_flight > self.proved and pace.is_rushed:
            self._cuts = len(CUTS)  # in a quick start: waiting for a full sample of words would cost an overrun
            self._shrink(in_flight, pace.rush)
        elif self._cuts and pace.is_rushed:  # the last cut has not helped
            self._shrink(in_flight, pace.rush)
        elif pace.hurry > too_much and pace.is_sure:
            self._shrink(in_flight, pace.hurry)
        elif pace.hurry < sqrt(too_much):
            if in_flight > self.proved and pace.is_sure:
                self.proved = in_flight
            if in_flight > self.size / 2 and pace.rush < sqrt(too_much):
                self._unhurried(sent)

    def answered(self, sent: float, in_flight: int) -> None:
        """A call that was sent at that time has been answered in one piece: it was taken, but tells nothing of hurry."""
        if sent >= self._cut_at:
            self._taken(sent)
            if in_flight > self.size / 2:
                self._unhurried(sent)

    def refused(self, others: int, sent: float) -> bool:
        """A call was refused that was sent at that time, when so many others were in flight.

        True: although the target has carried as many before.
        """
        carried = float(max(1, others))
        self._clean = 0
        if sent < self._cut_at:
            self._cut(min(self.size, carried))  # of the same volley: the smallest is the best measure
        elif carried < self.ceiling < inf:
            self._strike(carried, sent)
            return True
        else:
            is_probe = self.ceiling < inf and self._step == 1.0
            self._hold = min(LONGEST_HOLD, self._hold * 2) if is_probe else FIRST_HOLD
            self._cut(min(self.size, carried))
        return False

    def restart(self, start: float, goal: float = 0.0) -> None:
        """Nothing is known of its room any more: few at first, then quickly towards what it carried before, or the `goal`."""
        goal = max(goal, self.size, self.proved)
        self._cut(min(start, self._cap))
        self._judged_from = self._cut_at  # there was no load before
        self._goal = goal
        self.ceiling = inf
        self._strikes = 0

    def bound(self, cap: float) -> None:
        """The operator allows so many from now on. Where only the old bound held it, it begins with what is known to go."""
        size = max(self.size, min(self._start, self.ceiling)) if self.size >= self._cap else self.size
        self._cap, self.size = cap, min(size, cap)

    def scale(self, factor: float) -> None:
        """Smaller by a factor, once a second at most."""
        if self._now() - self._cut_at >= 1.0:
            self._goal = 0.0
            self.size = max(1.0, self.size * factor)
            self._changed(is_cut=True)

    def _taken(self, sent: float) -> None:
        if sent >= self._struck_at:
            self._strikes = 0
        self._clean += 1

    def _strike(self, carried: float, sent: float) -> None:
        if sent < self._struck_at:
            return
        self._struck_at = self._now()
        factor = STRIKES[min(self._strikes, len(STRIKES) - 1)]
        self._strikes += 1
        if factor < 1.0:
            self._hold = FIRST_HOLD
            self._cut(max(1.0, min(self.size, carried * factor)))

    def _cut(self, size: float) -> None:
        self.size = self.ceiling = size
        self._goal, self._bad = 0.0, inf
        self._try_again_at = self._now() + self._hold
        self._changed(is_cut=True)

    def _is_no_use(self, in_flight: int) -> bool:
        """Whether it is still as slow with much less load: then it is not the load that makes it slow."""
        now, recent = self._now(), self.pace.recent
        load, slow, at = self._verdict
        if in_flight > ALIKE * load or now > at + MEMORY:
            self._verdict = in_flight, recent, now
            return False
        return in_flight <= LIGHTER * load and recent > AS_SLOW * slow

    def _shrink(self, in_flight: int, hurry: float) -> None:
        if self._is_no_use(in_flight):
            self._goal = self._verdict[0]
            self.pace.adopt()
            return
        self._bad = self.size
        self._goal = 0.0
        deepest = CUTS[min(self._cuts, len(CUTS) - 1)]
        self._cuts += 1
        size = in_flight * max(deepest, sqrt(self.pace.too_much) / hurry)
        if in_flight <= min(self.proved, self.size / 2):
            size = self.proved
            self._cuts = 0
        self.proved = min(self.proved, DOUBT * in_flight)
        self.size = min(self.size, max(self._least, size))
        self._changed(is_cut=True)

    def _unhurried(self, sent: float) -> None:
        if self.size < self._goal:
            self._grow(1.0)
            return
        self._words += sent >= self._grown_at
        if self._words < min(max(WAVE, WAVE_SHARE * self.size), 2 * self.size):
            return
        self._cuts = 0
        if not self._may_grow():
            return
        self._grow(min(self._step, max(1.0, STEP_SHARE * self.size)))
        if self.ceiling == inf:
            self._step *= 2
        self._changed(is_cut=False)

    def _may_grow(self) -> bool:
        """Whether the known ceiling, if there is one, lets it."""
        if self.size > self.ceiling:
            if self.peak <= self.ceiling:
                return False  # nobody has tried yet
            self.ceiling, self._hold = self.size, FIRST_HOLD
            self._step *= 2
            return True
        return self.size < self.ceiling or (self._now() >= self._try_again_at and self._clean >= HOLD_WORDS)

    def _grow(self, step: float) -> None:
        if self.size < self._bad < inf:
            step = max(1.0, min(step, (self._bad - self.size) / 2))
        self.size = min(self._cap, self.size + step)
        if self.size > self._bad:
            self._bad = inf

    def _changed(self, *, is_cut: bool) -> None:
        self._grown_at = self._now()
        self._words = self.peak = 0
        if is_cut:
            self._cut_at = self._grown_at
            self._judged_from = self._cut_at + EARLY * self.pace.baseline
            self._step = 1.0
            self.pace.forget()
