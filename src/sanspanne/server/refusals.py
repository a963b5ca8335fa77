"""What a caller is told when an answer failed: the one place where failures become statuses and sentences.

ClientFault, ContentRefused     4xx     the request is the cause; the provider's own sentence
only credentials refused        502     the cause is ours: the operator is told the rest
only our quotas used up         503     overloaded, with the time after which asking again may help
anything else                   503     nobody answered; who was asked and what each said
broken after its beginning      502     what was sent is not complete
anything unexpected             500     the request's id, which the operator's log explains
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TypeAlias

from sanspanne.errors import (
    CallerError,
    ClientFault,
    ContentRefused,
    CredentialFailure,
    Failure,
    ModelGone,
    Obstacle,
    Overloaded,
    RampLimited,
    RateLimited,
    SanspanneError,
    Unanswered,
)
from sanspanne.outcomes import reason_of
from sanspanne.server.exchange import LONGEST_RETRY_AFTER

log = logging.getLogger(__name__)

Skipped: TypeAlias = Sequence[tuple[str, Obstacle]]

OURS = (CredentialFailure, ModelGone)
UNTOLD = 5.0  # seconds after which to ask again where nobody named a time: probes find out within as many who is back
NO_ACCESS = "this server's own access was refused"
CLIENT_KINDS = {400: "invalid_request", 404: "not_found", 409: "conflict", 413: "too_large", 422: "unprocessable"}


def to_caller(error: Exception, request_id: str, *, begun: bool = False) -> CallerError:
    """What the caller is told of `error`; `begun` says that a part of the answer has been sent already."""
    told = _told(error, request_id, begun)
    told.reason = told.reason or reason_of(error)
    return told


def _told(error: Exception, request_id: str, begun: bool) -> CallerError:
    match error:
        case CallerError():
            return error
        case Failure() | Unanswered() if begun:
            return _broken_off(error)
        case Failure():
            return _unanswered((error,), ())
        case Unanswered():
            return _unanswered(error.failures, error.skipped)
        case _:
            return _unexpected(request_id)


def explained(error: Exception, request_id: str, begun: bool) -> CallerError:
    """The same, and the operator's log is told what the caller is not."""
    told = to_caller(error, request_id, begun=begun)
    if not isinstance(error, SanspanneError):
        log.error("%s: unexpected error", request_id, exc_info=error)
    elif told.status == 502 and isinstance(error, Failure | Unanswered):
        log.warning("%s: %s", request_id, _for_operator(error))
    return told


def _for_operator(error: Failure | Unanswered) -> str:
    failures = (error,) if isinstance(error, Failure) else error.failures
    return "; ".join(f"{failure.target}: {failure.name} {failure.message}" for failure in failures)


def shutting_down() -> CallerError:
    """The server stops before the answer is whole; another replica, or the next process, can give it."""
    return CallerError(
        503,
        "unavailable",
        "The server is shutting down and this answer could not be finished in time. Ask again.",
        retry_after=2,
        should_retry=True,
        reason="draining",
    )


def _unanswered(failures: Sequence[Failure], skipped: Skipped) -> CallerError:
    for failure in failures:
        if isinstance(failure, ClientFault):
            return _client_fault(failure)
        if isinstance(failure, ContentRefused):
            return CallerError(400, "refused", _words(failure), code=_code(failure), should_retry=False)
    asked_anybody = bool(failures or skipped)
    if asked_anybody and _all(failures, *OURS) and all(obstacle.ours for _, obstacle in skipped):
        message = "This server's own access to the model was refused by its provider. The operator has been told."
        return CallerError(502, "bad_gateway", message, should_retry=False)
    retry_after, sentence = _soonest(failures, skipped), _account(failures, skipped)
    waiting = all(obstacle.retry_after is not None for _, obstacle in skipped)
    if asked_anybody and waiting and _all(failures, RateLimited, RampLimited, Overloaded):
        return CallerError(503, "overloaded", sentence, retry_after=retry_after or UNTOLD, should_retry=False)
    return CallerError(503, "unavailable", sentence, retry_after=retry_after or UNTOLD, should_retry=False)


def _client_fault(failure: ClientFault) -> CallerError:
    status = failure.status if failure.status in CLIENT_KINDS else 400
    param = failure.wire.param if failure.wire else None
    return CallerError(
        status, CLIENT_KINDS[status], _words(failure), param=param, code=_code(failure), should_retry=False
    )


def _broken_off(error: Failure | Unanswered) -> CallerError:
    why = error.message if isinstance(error, Failure) else _account(error.failures, error.skipped)
    return CallerError(502, "bad_gateway", f"The answer broke off and is not complete: {why}", should_retry=False)


def _unexpected(request_id: str) -> CallerError:
    message = (
        f"The server made a mistake with this request. Its operator finds the reason in the log under {request_id}."
    )
    return CallerError(500, "server_error", message, should_retry=False)


def _account(failures: Sequence[Failure], skipped: Skipped) -> str:
    """Who said what. What a provider says of our key or account is the operator's to read, not the caller's."""
    asked = [f"{failure.target or 'a target'}: {_said(failure)}" for failure in failures]
    left_out = [f"{target}: not asked, {NO_ACCESS if obstacle.ours else obstacle}" for target, obstacle in skipped]
    return "No target gave an answer. " + ("; ".join([*asked, *left_out]) or "None could be asked.")


def _said(failure: Failure) -> str:
    return NO_ACCESS if isinstance(failure, OURS) else failure.message or failure.name


def _soonest(failures: Sequence[Failure], skipped: Skipped) -> float | None:
    known = [*(failure.retry_after for failure in failures), *(obstacle.retry_after for _, obstacle in skipped)]
    waits = [seconds for seconds in known if seconds is not None]
    return min(LONGEST_RETRY_AFTER, *waits) if waits else None


def _all(failures: Sequence[Failure], *kinds: type[Failure]) -> bool:
    return all(isinstance(failure, kinds) for failure in failures)


def _words(failure: Failure) -> str:
    """The provider's own sentence where it gave one: it names the caller's field in his own terms."""
    return (failure.wire.message if failure.wire else "") or failure.message


def _code(failure: Failure) -> str | None:
    return failure.wire.code if failure.wire else None
