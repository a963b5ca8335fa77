"""What callers are told of recorded answers that they cannot have."""

from __future__ import annotations

from sanspanne.answers.records import Told
from sanspanne.errors import CallerError, invalid_request
from sanspanne.outcomes import GIVEN_UP

LOST = Told(502, "bad_gateway", "A part of this answer was lost, so it is not complete. Ask again.", should_retry=True)


def gone(why: str) -> CallerError:
    """410: it was never kept, or is not kept any more."""
    return CallerError(
        410,
        "not_found",
        f"{why} Only answers asked for with 'x-sanspanne-detach: true' can be followed again, for a limited time.",
        code="answer_gone",
        should_retry=False,
    )


def unknown(name: str) -> CallerError:
    """404: there is none, or it is another caller's."""
    return CallerError(404, "not_found", f"There is no answer {name[:80]!r} of yours.", should_retry=False)


def given_up() -> CallerError:
    """503: its callers have all left."""
    told = "This answer was given up by those who had asked for it; ask again."
    return CallerError(503, "unavailable", told, reason=GIVEN_UP)


def torn(number: int) -> CallerError:
    """502: the caller has more of it than the journal."""
    return CallerError(
        502,
        "bad_gateway",
        f"Event {number} of this answer was lost when the machine stopped, and what follows is worded otherwise now. Take the"
        " answer from its beginning (after=0), or ask again.",
        should_retry=False,
    )


def not_yet(last: int, after: int) -> CallerError:
    """400: there has been no event number `after`."""
    return invalid_request(f"The last event of this answer so far is number {last}, not {after}.", "after")


def key_reused() -> CallerError:
    """422: another question has this Idempotency-Key."""
    return CallerError(
        422,
        "unprocessable",
        "This Idempotency-Key was used with another body; a new question needs a new key, for example a UUID.",
        code="idempotency_key_reused",
        should_retry=False,
    )
