"""How a request ended, and why: each ends in exactly one of these reasons, so that their sum is the load that was offered.

An answer ends in one of them too. The reasons of the two differ where they are not one: a kept question is `kept` for its
request and `deferred` for its answer; one that was joined is `joined` for all requests but the first; a detached answer whose
caller has left goes on without him.

The names are those of the access log, of the ledger, of `/metrics` and of `/admin`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from sanspanne.errors import CallerError, ClientFault, ContentRefused, Failure, Unanswered

GIVEN_UP = "left_waiting"


class Reason(Struct, frozen=True):
    """`outcome` is `answered`, `refused`, `broken`, `kept`, `joined`, `left`, or `expired` (of an answer alone)."""

    outcome: str
    sentence: str


REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "primary": Reason("answered", "The first target of the chain answered."),
        "fallback": Reason("answered", "Another target of the chain answered."),
        "onboard": Reason("answered", "The model on board answered."),
        "cached": Reason("answered", "Nobody could answer; the caller took his own earlier answer."),
        "deferred": Reason("answered", "A kept question was answered later."),
        "unauthorized": Reason("refused", "The key, the host or the page that it came from is not let in."),
        "unreadable": Reason("refused", "The request itself cannot be read or served."),
        "quota": Reason("refused", "A limit of the caller's key is used up."),
        "queue_full": Reason("refused", "No place was left: in the queue, among recorded answers or kept questions."),
        "wait_too_long": Reason("refused", "The wait for a target with room did not fit the time that the caller has."),
        "shed": Reason("refused", "Under overload, requests of its class were turned away before they waited."),
        "unanswered": Reason("refused", "Nobody could answer: every target failed or was out."),
        "provider_refused": Reason("refused", "A provider refused the request itself, or its content."),
        "draining": Reason("refused", "The server was stopping."),
        "internal": Reason("refused", "A mistake or a full disk of our own; the log says more."),
        "broken": Reason("broken", "The answer broke off after its first word, and nobody could finish it."),
        "kept": Reason("kept", "The question was kept, to be answered later (202)."),
        "joined": Reason("joined", "It followed an answer that an earlier request had asked for."),
        "left_waiting": Reason("left", "The caller left before the first word."),
        "left_reading": Reason("left", "The caller left in the middle of the answer."),
        "expired": Reason("expired", "A kept question that nobody could answer for as long as it was kept."),
    }
)


def reason_of(error: BaseException) -> str:
    """Why a request was refused before its first word."""
    match error:
        case CallerError():
            return error.reason or _by_code(error)
        case ClientFault() | ContentRefused():
            return "provider_refused"
        case Unanswered(failures=failures) if any(isinstance(one, ClientFault | ContentRefused) for one in failures):
            return "provider_refused"
        case Failure() | Unanswered():
            return "unanswered"
        case _:
            return "internal"


def _by_code(error: CallerError) -> str:
    code = error.code or ""
    if code in ("queue_full", "wait_too_long"):
        return code
    if code.startswith("quota_"):
        return "quota"
    if error.status in (401, 403):
        return "unauthorized"
    if error.status < 500:
        return "unreadable"
    return "unanswered" if error.status == 503 else "internal"
