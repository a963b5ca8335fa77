"""What a scenario can promise: the one table of names, for the scenarios that ask for them and the judge who looks.

Shares are from 0 to 1. `of`, `at`, `until` and `factor` are the settings of a promise that the judge needs beside the limit.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Unit = Literal["share", "count", "ratio", "seconds"]
Sense = Literal["at_least", "at_most"]


class Promised(Struct, frozen=True):
    """One kind of promise: its unit, in which direction it is good, and which settings it cannot do without."""

    unit: Unit
    sense: Sense
    needs: tuple[str, ...] = ()


PROMISES: dict[str, Promised] = {
    # answers whole and begun within `quick_seconds`, over those of a scheduler with perfect knowledge
    "quick_of_ceiling": Promised("share", "at_least"),
    # answers whole within `patience`, over those of that scheduler
    "whole_of_ceiling": Promised("share", "at_least"),
    # calls to all providers over requests, without those that finished broken answers
    "calls_per_request": Promised("ratio", "at_most"),
    # from the end of each outage of `of` (of every provider, if it is empty) to the first answer that it begins
    "first_after_return": Promised("seconds", "at_most"),
    # whole answers over requests
    "served": Promised("share", "at_least"),
    # calls to provider `of`, probes included
    "calls_to": Promised("count", "at_most", ("of",)),
    # by how much the success of the own users of `of` falls from before `at` to the time from `at` to `until`
    "own_success_drop": Promised("share", "at_most", ("of", "at", "until")),
    # crashes of `of`, or of all providers
    "crashes": Promised("count", "at_most"),
    # whole answers per second between `at` and `until`, over what the providers can carry
    "goodput_during": Promised("share", "at_least", ("at", "until")),
    # from `at` until goodput stays at `factor` of what it was before the trouble
    "recovered_after": Promised("seconds", "at_most", ("at",)),
    # kept questions that were answered in the end
    "kept_answered": Promised("share", "at_least"),
    # answers that began and did not end whole, over requests
    "broken": Promised("share", "at_most"),
    # answers with another text than the one that was to come
    "wrong": Promised("count", "at_most"),
    # answers that only began, and were called whole
    "truncated_called_whole": Promised("count", "at_most"),
    # the smallest share that any tenant but `of` got, over what is fair
    "fair_share": Promised("ratio", "at_least", ("of",)),
    # the 95th percentile of the first word of the tenants but `of` between `at` and `until`, over that before `at`
    "p95_wait_ratio": Promised("ratio", "at_most", ("of", "at", "until")),
    # waits that came true within `factor` of the range that was told
    "forecast_within": Promised("share", "at_least"),
}
