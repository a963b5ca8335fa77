"""Does a target cut too many of its answers? A slow figure beside the breaker's quick one.

    figure <- figure + 1                 for an answer that broke off after its first word
    figure <- max(0, figure - 2/3)       for a whole one
    figure <- figure * 2^(-dt / 6 h)     as time passes

    watched  --(figure >= 20)--> out for 2 min at least, then until the breaker's probes are answered
    out      ------------------> on trial: the figure begins at 10
    on trial --(figure >= 20)--> out for twice as long as the last time, at most 16 min
    on trial --(figure = 0)----> watched

It grows if more than 40 % of the answers are cut, because 2/3 : 1 is 40 : 60. This is Page's CUSUM (Biometrika 41, 1954), the
quickest test there is for a given rate of false alarms (Moustakides, Annals of Statistics 14, 1986), for 30 % against 50 %: a
cut counts ln(0.5/0.3) = 0.51 and a whole answer ln(0.5/0.7) = -0.34 for the 50 %, which is 3 : -2. On average it is out after
as many answers (from the Markov chain of the figure):

    cut     20 %          30 %       35 %     40 %   45 %   50 %   60 %   100 %
    out     4 * 10^10     530,000    8,500    630    200    110    59     20

A probe asks for one word, and whoever says it may still cut the next answer: so time alone gives a second chance, and after it
half as many cuts are enough.
"""

from __future__ import annotations

from collections.abc import Callable

THRESHOLD = 20.0
TRIAL = 10.0
RELIEF = 2.0 / 3.0
HALF_LIFE = 6 * 3600.0
FIRST_HOLD = 120.0
LONGEST_HOLD = 960.0


class Cuts:
    """The figure of one target."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._at = now()
        self._figure = 0.0
        self._hold = FIRST_HOLD
        self._until = now()

    @property
    def held(self) -> float:
        """For how many seconds the target stays out, whatever probes say."""
        return max(0.0, self._until - self._now())

    def cut(self) -> bool:
        """Count an answer that broke off; True if from now on the target is out."""
        now = self._now()
        self._figure *= 0.5 ** ((now - self._at) / HALF_LIFE)
        self._at = now
        self._figure += 1.0
        if self._figure < THRESHOLD:
            return False
        self._figure = TRIAL
        self._until = now + self._hold
        self._hold = min(LONGEST_HOLD, 2 * self._hold)
        return True

    def whole(self) -> None:
        """Count a whole answer."""
        if self._figure <= RELIEF:
            self._figure, self._hold = 0.0, FIRST_HOLD
        else:
            self._figure -= RELIEF
