"""One probe: a real streamed completion of one token."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from sanspanne.attempts.attempt import Attempt
from sanspanne.attempts.attempts import KnownEndpoint
from sanspanne.attempts.clocks import Limits
from sanspanne.attempts.report import Report
from sanspanne.chat import ChatRequest, Message, Target, Text
from sanspanne.errors import Failure
from sanspanne.hooks import AttemptEnded, Hooks

GAP = 5.0
ENOUGH_TO_THINK = 16  # tokens: models that reason refuse, or end without a word, when they get fewer


async def one_word(endpoint: KnownEndpoint, target: Target, patience: float, *, report: Report | None = None) -> float:
    """Ask `target` for one word and give back its first-token time in seconds; `report` is filled in as it goes.

    Raises the `Failure` that stands against it; `Stalled` when the first token takes longer than `patience` seconds.
    """
    request = ChatRequest(
        dialect="",
        model=target.model,
        messages=(Message("user", (Text("Say ok."),)),),
        stream=True,
        max_tokens=ENOUGH_TO_THINK if endpoint.reasons(target.model) else 1,
    )
    report = report or Report()
    limits = Limits(first_token=patience, suspicion=2 * patience, patience=patience, gap=GAP, drip=GAP, learnt=False)
    attempt = Attempt(request, target, endpoint, limits, lambda: None, report)
    async with aclosing(attempt.run()) as batches:
        async for _ in batches:
            pass
    return report.first_token or 0.0


async def probe(endpoint: KnownEndpoint, target: Target, patience: float, hooks: Hooks) -> float:
    """`one_word`, told to `hooks` as every other attempt is."""
    report, now = Report(), asyncio.get_running_loop().time
    started = now()
    outcome, reason = "left", ""
    try:
        seconds = await one_word(endpoint, target, patience, report=report)
        outcome = "answered"
    except Failure as failure:
        outcome, reason = failure.name, failure.reason
        raise
    finally:
        hooks.tell(
            AttemptEnded(
                answer_id="",
                target=str(target),
                outcome=outcome,
                reason=reason,
                status=report.status,
                first_token=report.first_token,
                seconds=now() - started,
                usage=report.usage,
                stream=True,
                probe=True,
            )
        )
    return seconds
