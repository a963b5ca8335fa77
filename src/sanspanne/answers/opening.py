"""What has to be known of an answer to go on with it in another life of this process."""

from __future__ import annotations

from sanspanne.answers.recorded import RecordedAnswer
from sanspanne.answers.records import Opened


def opened(answer: RecordedAnswer) -> Opened:
    """The record of its beginning. Of an answer that has ended, the body is empty."""
    question, caller = answer.question, answer.caller
    return Opened(
        answer_id=answer.id,
        dialect=question.request.dialect,
        body=question.body,
        headers=question.request.headers,
        key=caller.key,
        allow=None if caller.allow is None else tuple(sorted(caller.allow)),
        resume=caller.resume,
        request_id=question.request_id,
        idempotency_key=question.idempotency_key,
        body_hash=question.body_hash,
        at=answer.created,
    )
