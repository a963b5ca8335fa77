"""What became of each question, in classes that exclude one another, so that the shares sum to all that was asked."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from sanspanne.drill.result import Asked, Report, Run

QUICK, SLOW, LATE, KEPT, BROKEN, REFUSED, LEFT = "quick", "slow", "late", "kept", "broken", "refused", "left"
CLASSES = (QUICK, SLOW, LATE, KEPT, BROKEN, REFUSED, LEFT)


class Tally(Struct):
    """How many questions of `contender` met which end. `in_time` are whole within the patience, quick or slow.

    `calls` to providers are counted without those that finished broken answers.
    """

    contender: str
    asked: int
    counts: Counter[str]
    in_time: int
    calls: int
    kept_answered: int

    def share(self, name: str) -> float:
        """The part of all questions, from 0 to 1, that met this end."""
        return self.counts[name] / self.asked if self.asked else 0.0

    @property
    def share_in_time(self) -> float:
        """The part of all questions that was whole within the patience."""
        return self.in_time / self.asked if self.asked else 0.0


def outcome(asked: Asked, report: Report) -> str:
    """What became of one question. A text that is not the one that was to come counts as broken."""
    if asked.state == "whole" and not asked.wrong:
        return QUICK if is_quick(asked, report) else SLOW if in_time(asked, report) else LATE
    named = {"whole": BROKEN, "broken": BROKEN, "refused": REFUSED, "kept": KEPT}
    return named.get(asked.state, LEFT)


def is_quick(asked: Asked, report: Report) -> bool:
    """Whether it is whole and was begun within the quick seconds."""
    return _whole(asked) and asked.first is not None and asked.first - asked.at <= report.quick_seconds


def in_time(asked: Asked, report: Report) -> bool:
    """Whether it was whole within the patience."""
    return _whole(asked) and asked.ended is not None and asked.ended - asked.at <= report.patience


def tally(run: Run, report: Report) -> Tally:
    """What became of the questions that were put to one contender."""
    return _count(run.contender, run.asked, run, report)


def own_tally(run: Run, report: Report) -> Tally:
    """The same for the survivor's own users."""
    return _count(run.contender, run.own, run, report)


def _count(name: str, asked: list[Asked], run: Run, report: Report) -> Tally:
    return Tally(
        contender=name,
        asked=len(asked),
        counts=Counter(outcome(each, report) for each in asked),
        in_time=sum(in_time(each, report) for each in asked),
        calls=sum(run.calls.values()) - run.continuations,
        kept_answered=sum(each.kept_until is not None for each in asked),
    )


def _whole(asked: Asked) -> bool:
    return asked.state == "whole" and not asked.wrong
