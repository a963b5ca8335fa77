"""Reports made by a seeded generator, so that what is drawn can be looked at without a drill: a day like 4 June 2024, small."""

from __future__ import annotations

import random
from xml.etree import ElementTree

from sanspanne.drill.result import Asked, Ceiling, Promise, ProviderTick, QueueTick, Report, Run

DOWN = {"openai": (12.0, 46.0), "anthropic": (20.0, 40.0), "perplexity": (24.0, 52.0)}
CAPACITY = {"openai": 40, "anthropic": 22, "perplexity": 12}
GOOD = {"sanspanne": 0.95, "no gateway": 0.3, "litellm": 0.68}
SECONDS = 75.0


def parsed(markup: str) -> ElementTree.Element:
    """An element, or a whole report, as XML, which it is too."""
    return ElementTree.fromstring(markup.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 (our own words)


def june(seed: int = 4, questions: int = 2000) -> Report:
    """Three providers down one after another, three contenders."""
    chance = random.Random(seed)
    return Report(
        scenario="june-4-2024",
        title={"en": "4 June 2024, at a small scale", "fr": "Le 4 juin 2024, en petit"},
        seconds=SECONDS,
        quick_seconds=5.0,
        patience=40.0,
        runs=[_run(name, chance, questions) for name in GOOD],
        ceiling=Ceiling(
            quick=int(questions * 0.97),
            whole=questions,
            asked=questions,
            begun=sorted(at + chance.uniform(0.3, 3) for at in _moments(chance, int(questions * 0.97))),
        ),
        promises=promises(),
        events=sorted(
            (at, name, what) for name, times in DOWN.items() for at, what in zip(times, ("down", "up"), strict=True)
        ),
        compressed="Two hours of 4 June 2024 pass in 75 seconds; answers are said eight times faster.",
        seed=seed,
        began="2026-11-22T08:00:00Z",
        version="0.1.0",
        machine="2 cores, Linux, Python 3.13",
    )


def promises() -> list[Promise]:
    """One that was kept, one that was not, one that nobody could measure."""
    wanted = {
        "en": "At least 95% of the answers that perfect knowledge begins in time are begun in time.",
        "fr": "Au moins 95\u00a0% des réponses qu’un savoir parfait commence à temps le sont.",
    }
    calls = {"en": "At most 1.2 calls for each question.", "fr": "Au plus 1,2 appel par question."}
    back = {
        "en": "Each provider gives its first answer within 5 s of its return.",
        "fr": "Chaque fournisseur donne sa première réponse moins de 5\u00a0s après son retour.",
    }
    return [
        Promise("quick_of_ceiling", wanted, 0.9722, 0.95, True, "share", True),
        Promise("calls_per_request", calls, 1.31, 1.2, False, "ratio", False),
        Promise("first_after_return", back, None, 5.0, False, "seconds", False),
    ]


def _moments(chance: random.Random, count: int) -> list[float]:
    return sorted(chance.uniform(0, SECONDS) for _ in range(count))


def _run(name: str, chance: random.Random, questions: int) -> Run:
    asked = [_asked(name, number, at, chance) for number, at in enumerate(_moments(chance, questions))]
    calls = dict.fromkeys(DOWN, questions // 3)
    if name == "sanspanne":
        queue = [
            QueueTick(at / 4, max(0, round(30 - abs(at / 4 - 34) * 2)), int(12 < at / 4 < 60) * 6) for at in range(320)
        ]
        return Run(
            name, asked, [], _ticks(chance, 1), queue, calls, 12, ["model on board: scripted, 40 words a second"]
        )
    return Run(name, asked, [], _ticks(chance, 5), [], {key: value * 2 for key, value in calls.items()}, 0, [])


def _down(at: float) -> int:
    return sum(start <= at < end for start, end in DOWN.values())


def _asked(name: str, number: int, at: float, chance: random.Random) -> Asked:
    down = _down(at)
    good = GOOD[name] if down else 0.99
    wait = chance.lognormvariate(-0.7, 0.5) * (1 + 2 * down)
    if chance.random() < good:
        rung = ("primary", "fallback", "fallback", "onboard")[down] if name == "sanspanne" else ""
        return Asked(number, at, "app", "whole", at + wait, at + wait + 3, 1, 200, rung=rung, target="openai/gpt-4o")
    state = chance.choice(
        ["broken", "refused", "left", "whole", "kept"] if name == "sanspanne" else ["broken", "refused", "left"]
    )
    first = at + 6 + wait * 2 if state in ("broken", "whole") else None
    ended = None if first is None else first + 3
    until = at + 30 if state == "kept" else None
    rung = {"whole": "fallback", "kept": "deferred"}.get(state, "") if name == "sanspanne" else ""
    return Asked(number, at, "app", state, first, ended, 3, 503, "overloaded", rung=rung, kept_until=until)


def _ticks(chance: random.Random, hurry: int) -> list[ProviderTick]:
    found = []
    for name, (start, end) in DOWN.items():
        calls = rejected = 0
        for quarter in range(int(SECONDS * 4)):
            at, most = quarter / 4, CAPACITY[name]
            up = not start <= at < end
            pressed = _down(at)
            active = min(most * 2, int(most * (0.55 + 0.15 * pressed) * chance.uniform(0.8, 1.1))) if up else 0
            calls += active // 3
            rejected += chance.randrange(hurry * 2) if (pressed and up and chance.random() < hurry / 8) else 0
            found.append(ProviderTick(at, name, up, most if up else 0, active, 0, calls, rejected, 0))
    return found
