"""Facts become records. Probes belong to no answer and are not noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sanspanne.hooks import AnswerBegun, AnswerEnded, AttemptBegun, AttemptEnded, Fact
from sanspanne.ledger.records import (
    AnswerClosed,
    AnswerOpened,
    AttemptClosed,
    AttemptOpened,
    Rates,
    Record,
    SeamNoted,
)

LONGEST_NAME = 200  # what a caller calls a model is his own text

RatesOf: TypeAlias = Callable[[str], tuple[Rates | None, bool]]


def record_of(fact: Fact, at: float, rates_of: RatesOf) -> Record | None:
    """The record of a fact that became known at `at` (seconds since 1970); None for facts that the ledger does not keep.

    `rates_of(target)` gives its rates, and whether it is an engine of one's own.
    """
    # told apart by their exact type: `match` takes five times as long, and this is on the path of every request
    if type(fact) is AttemptBegun:
        return None if fact.probe else _attempt_opened(fact, at, rates_of)
    if type(fact) is AttemptEnded:
        return None if fact.probe else _attempt_closed(fact, at)
    if type(fact) is AnswerBegun:
        return _answer_opened(fact, at)
    if type(fact) is AnswerEnded:
        return _answer_closed(fact, at)
    return None


def _answer_opened(fact: AnswerBegun, at: float) -> AnswerOpened:
    return AnswerOpened(
        at,
        fact.answer_id,
        fact.request_id,
        fact.key,
        fact.dialect,
        fact.model[:LONGEST_NAME],
        fact.stream,
        fact.detached,
    )


def _attempt_opened(fact: AttemptBegun, at: float, rates_of: RatesOf) -> AttemptOpened:
    rates, local = rates_of(fact.target)
    return AttemptOpened(at, fact.number, fact.answer_id, fact.target, fact.prompt, rates, local, fact.rest)


def _attempt_closed(fact: AttemptEnded, at: float) -> AttemptClosed:
    usage = fact.usage
    return AttemptClosed(
        at,
        fact.number,
        fact.answer_id,
        fact.target,
        fact.outcome,
        fact.reason,
        fact.status,
        fact.first_token,
        fact.seconds,
        None if usage is None else (usage.input, usage.output, usage.cached, usage.cache_written),
        fact.said,
        fact.dense,
    )


def _answer_closed(fact: AnswerEnded, at: float) -> AnswerClosed:
    return AnswerClosed(
        at,
        fact.answer_id,
        fact.request_id,
        fact.key,
        fact.dialect,
        fact.model[:LONGEST_NAME],
        fact.outcome,
        fact.target,
        fact.rung,
        fact.first_token,
        fact.seconds,
        fact.error,
        fact.stream,
        tuple([SeamNoted(s.before, s.after, s.reason, s.means, s.at, s.exact) for s in fact.seams]),
        fact.reason,
        fact.waited,
    )
