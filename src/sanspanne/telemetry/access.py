"""The access log: one JSON line per answer, without a word of what was asked or answered."""

from __future__ import annotations

import datetime

import msgspec
from msgspec import Struct

from sanspanne.hooks import AnswerEnded

LONGEST_NAME = 200  # what a caller calls a model is his own text


class AccessLine(Struct, frozen=True, omit_defaults=True):
    """One answer. Times are in seconds."""

    time: str
    answer: str
    request: str
    key: str
    dialect: str
    model: str
    outcome: str
    seconds: float
    target: str = ""
    rung: str = ""
    attempts: int = 0
    first_token: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    stream: bool = False
    error: str = ""
    reason: str = ""
    waited: float | None = None


_encoder = msgspec.json.Encoder()


def access_line(fact: AnswerEnded, at: float) -> str:
    """The line for `fact`, which became known at `at` (seconds since 1970)."""
    line = AccessLine(
        time=datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat(timespec="milliseconds"),
        answer=fact.answer_id,
        request=fact.request_id,
        key=fact.key,
        dialect=fact.dialect,
        model=fact.model[:LONGEST_NAME],
        outcome=fact.outcome,
        seconds=round(fact.seconds, 4),
        target=fact.target,
        rung=fact.rung,
        attempts=fact.attempts,
        first_token=None if fact.first_token is None else round(fact.first_token, 4),
        input_tokens=fact.usage.input if fact.usage else None,
        output_tokens=fact.usage.output if fact.usage else None,
        stream=fact.stream,
        error=fact.error,
        reason=fact.reason,
        waited=round(fact.waited, 4) if fact.waited else None,
    )
    return _encoder.encode(line).decode() + "\n"
