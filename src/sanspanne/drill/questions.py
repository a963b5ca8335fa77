"""Who asks what, and when: settled by the scenario alone, so that every contender has the same users.

The arrivals of a phase are a Poisson process: the pauses between them are exponential with mean 1/rate. They are drawn in
advance, and so no answer that comes late holds the next question up (an open loop).
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sanspanne.drill.scenario import LoadPlan, Phase, Scenario

SENTENCE = (
    "Rien n'est perdu : la réponse goes on from where it stopped, and what was said once stays said. "
    "Personne ne l'écrit deux fois, nobody loses a word of it, et chacun sait enfin d'où elle vient."
)
NUMBER = re.compile(r"Question (\d+) of (\d+) words")


class Question(Struct, frozen=True):
    """One request to come. `work`: the seconds that it takes to say its answer at the load's pace."""

    number: int
    at: float
    tenant: str
    words: int
    work: float
    stream: bool = True
    detached: bool = False
    kept: bool = False

    @property
    def text(self) -> str:
        """What is asked; no other question of a drill says the same."""
        return f"Question {self.number} of {self.words} words: what becomes of us when it is down?"


def answer_to(text: str) -> str:
    """The right answer to a question, to the character; a probe's, or anybody else's, is one word."""
    found = NUMBER.search(text)
    if found is None:
        return "Oui."
    number, words = int(found[1]), int(found[2])
    sentence = SENTENCE.split()
    said = (f"{number}.{place}" if place % 7 == 0 else sentence[place % len(sentence)] for place in range(words))
    return " ".join(said)  # every seventh word says which answer it belongs to, and where


def questions(scenario: Scenario) -> list[Question]:
    """All requests of the users who come through the gateway, in the order in which they come."""
    rng = random.Random(f"{scenario.seed}|arrivals")
    arrivals = sorted(_arrivals(scenario.load, scenario.seconds, rng))
    return [_question(number, at, tenant, scenario) for number, (at, tenant) in enumerate(arrivals)]


def own_questions(scenario: Scenario, provider: str) -> list[Question]:
    """Those of the users whom a provider has beside us."""
    rng = random.Random(f"{scenario.seed}|own|{provider}")
    rate = scenario.providers[provider].own
    arrivals = _poisson(rate, 0.0, scenario.seconds, rng) if rate else iter(())
    first = 1_000_000 * (1 + list(scenario.providers).index(provider))
    direct = replace(scenario, load=replace(scenario.load, detached=0.0, kept=0.0))  # there is no gateway between
    return [_question(first + number, at, provider, direct) for number, at in enumerate(arrivals)]


def _question(number: int, at: float, tenant: str, scenario: Scenario) -> Question:
    """What it is depends on its number alone, so that a change of the rate changes no other question."""
    load, rng = scenario.load, random.Random(f"{scenario.seed}|question|{number}")
    middle = math.log(load.words) - load.spread**2 / 2  # the mean of a log-normal is exp(mu + sigma^2 / 2)
    words = max(1, round(rng.lognormvariate(middle, load.spread)))
    wishes = [rng.random() < share for share in (load.streams, load.detached, load.kept)]
    return Question(number, at, tenant, words, words * load.pace, *wishes)


def _arrivals(load: LoadPlan, seconds: float, rng: random.Random) -> Iterator[tuple[float, str]]:
    tenants, shares = list(load.tenants), list(load.tenants.values())
    for whose in dict.fromkeys(phase.tenant for phase in load.phase):
        for phase, until in _spans([phase for phase in load.phase if phase.tenant == whose], seconds):
            for at in _poisson(phase.rate, phase.at, until, rng) if phase.rate else ():
                yield at, whose or rng.choices(tenants, shares)[0]
    for burst in load.burst:
        for _ in range(burst.count):
            yield burst.at, burst.tenant or rng.choices(tenants, shares)[0]


def _spans(phases: Sequence[Phase], seconds: float) -> Iterator[tuple[Phase, float]]:
    """Each phase with its end: where the next one begins."""
    ordered = sorted(phases, key=lambda phase: phase.at)
    ends = [*(phase.at for phase in ordered[1:]), seconds]
    yield from zip(ordered, ends, strict=True)


def _poisson(rate: float, since: float, until: float, rng: random.Random) -> Iterator[float]:
    at = since + rng.expovariate(rate)
    while at < until:
        yield at
        at += rng.expovariate(rate)
