"""The table by which errors are judged: first rule that fits, top to bottom; data, not code.

`words` are the exact words that an error object uses (`type`, `code`, `details.reason` ...), in lower case; `phrase` is looked
for in its sentence and its words; `statuses` narrows a rule to these HTTP statuses. All that a rule states must hold. 200
stands for an error inside an answer that names no status. Words come before statuses because providers send the same status
for what heals (a full minute's quota) and for what never does (an empty account).

Sources: the error pages of each provider; see tests/providers/corpus for one example of each.
"""

from __future__ import annotations

import re

from msgspec import Struct

from sanspanne.errors import (
    ClientFault,
    ContentRefused,
    CredentialFailure,
    Failure,
    ModelGone,
    Overloaded,
    RampLimited,
    RateLimited,
    ServerFault,
    Stalled,
)

IN_STREAM = 200
_BUSY = frozenset({IN_STREAM, 429, 498, *range(500, 600)})
_REQUEST = frozenset({IN_STREAM, 400, 403, 422})
_SERVER = frozenset({IN_STREAM, 500})


class Rule(Struct, frozen=True):
    """If all that is stated holds, the failure is of this class, for this reason."""

    failure: type[Failure]
    reason: str
    words: frozenset[str] = frozenset()
    phrase: re.Pattern[str] | None = None
    statuses: frozenset[int] = frozenset()


def words(failure: type[Failure], reason: str, *names: str, statuses: frozenset[int] = frozenset()) -> Rule:
    """A rule about the words of an error object."""
    return Rule(failure, reason, words=frozenset(names), statuses=statuses)


def phrase(failure: type[Failure], reason: str, pattern: str, statuses: frozenset[int] = frozenset()) -> Rule:
    """A rule about its sentence."""
    return Rule(failure, reason, phrase=re.compile(pattern), statuses=statuses)


_REFUSED = (
    words(ContentRefused, "policy", "content_filter", "content_policy_violation", "responsibleaipolicyviolation"),
    words(ContentRefused, "policy", "invalid_prompt", "moderation_blocked", "moderation", "cyber_policy_violation"),
    phrase(
        ContentRefused,
        "policy",
        r"content management policy|content filtering policy|safety system|requires moderation|usage polic",
        _REQUEST,
    ),
)
_SPENT = (
    words(CredentialFailure, "spend", "insufficient_quota", "credit_balance_exhausted", "enforced_spend_limit_reached"),
    words(CredentialFailure, "spend", "billing_error", "billing_hard_limit_reached", "billing_not_active"),
    words(CredentialFailure, "spend", "insufficient_balance", "insufficient_credits", "payment_required"),
    phrase(
        CredentialFailure,
        "spend",
        r"specified api usage limits|credit balance is too low|insufficient (balance|credits)",
    ),
    phrase(
        CredentialFailure, "spend", r"(enable|requires|activate) billing|billing (has been |is )?(disabled|not active)"
    ),
)
_KEY = (
    words(CredentialFailure, "auth", "invalid_api_key", "authentication_error", "api_key_invalid", "api_key_expired"),
    words(CredentialFailure, "auth", "unauthenticated", "account_deactivated", "access_terminated"),
    words(CredentialFailure, "auth", "unsupported_country_region_territory", "api_key_service_blocked"),
    phrase(
        CredentialFailure,
        "auth",
        r"api key (not valid|expired|not found)|(incorrect|invalid) api key|no auth credentials",
    ),
    phrase(CredentialFailure, "auth", r"user location is not supported"),
    phrase(CredentialFailure, "auth", r"^unauthorized\b", frozenset({IN_STREAM})),
)
_GONE = (
    words(ModelGone, "model", "model_not_found", "deploymentnotfound", "model_decommissioned", "invalid_model"),
    phrase(
        ModelGone,
        "model",
        r"\bmodels?\b.{0,200}?(not found|not exist|no longer available|decommissioned|been deprecated|been retired)"
        r"|no endpoints found|try pulling it first|not a valid model|^invalid model|not supported for generatecontent"
        r"|do not have access to (the |this )?model",
        frozenset({IN_STREAM, 400, 403, 404, 410}),
    ),
)
_PRESSED = (
    words(RampLimited, "ramp", "slow_down", "ramp_limit_exceeded"),
    words(
        Overloaded,
        "overloaded",
        "overloaded_error",
        "server_is_overloaded",
        "engine_overloaded",
        "model_capacity_exhausted",
    ),
    words(
        Overloaded, "overloaded", "unavailable", "unavailable_error", "service_unavailable", "service_unavailable_error"
    ),
    words(Overloaded, "overloaded", "service_tier_capacity_exceeded", "capacity_exceeded", "unreachable_backend"),
    phrase(Overloaded, "loading", r"loading model|model_loading|still being loaded", _BUSY),
    phrase(
        Overloaded,
        "overloaded",
        r"overloaded|server (is )?(too )?busy|at capacity|capacity exceeded|no capacity|insufficient_system_resource"
        r"|maximum pending requests|high demand",
        _BUSY,
    ),
    phrase(Overloaded, "overloaded", r"capacity exceeded for this model"),
    words(RateLimited, "quota", "rate_limit_exceeded", "rate_limit_error", "rate_limited", "resource_exhausted"),
    words(RateLimited, "quota", "too_many_requests", "ratelimitreached", "rate_limit", "quota_exceeded"),
    phrase(RateLimited, "quota", r"rate.?limit", frozenset({IN_STREAM})),
)
_BROKEN = (
    words(Stalled, "upstream_timeout", "timeout_error", "deadline_exceeded", "request_timeout", "gateway_timeout"),
    words(Stalled, "upstream_timeout", "timeout", statuses=_SERVER),
    phrase(Stalled, "upstream_timeout", r"\btimed? ?out\b", _SERVER),
    words(ServerFault, "broken_answer", "broken_answer", "finish_reason", "no_answer"),
    words(ServerFault, "model_output", "tool_use_failed", "json_validate_failed"),
    words(ServerFault, "internal", "cancelled", "aborted", "data_loss"),
    words(ServerFault, "internal", "api_error", "server_error", "internal", "internal_error", statuses=_SERVER),
    words(ServerFault, "internal", "internal_server_error", "internalservererror", statuses=_SERVER),
    words(CredentialFailure, "auth", "permission_error", "permission_denied"),
    words(ClientFault, "too_long", "context_length_exceeded", "exceed_context_size_error"),
    phrase(
        ClientFault,
        "too_long",
        r"maximum context length|context (size|window)|prompt is too long|input token count|too many tokens",
        frozenset({400, 413, 422}),
    ),
    words(ClientFault, "invalid", "invalid_request_error", "invalid_argument", statuses=frozenset({IN_STREAM})),
    words(ClientFault, "invalid", "badrequesterror"),
)

RULES: tuple[Rule, ...] = (*_REFUSED, *_SPENT, *_KEY, *_GONE, *_PRESSED, *_BROKEN)

BY_STATUS: dict[int, tuple[type[Failure], str]] = {
    401: (CredentialFailure, "auth"),
    402: (CredentialFailure, "spend"),
    403: (CredentialFailure, "auth"),
    404: (ModelGone, "not_found"),
    408: (Stalled, "upstream_timeout"),
    410: (ModelGone, "not_found"),
    413: (ClientFault, "too_large"),
    429: (RateLimited, "quota"),
    498: (Overloaded, "overloaded"),
    499: (ServerFault, "internal"),
    503: (Overloaded, "overloaded"),
    504: (Stalled, "upstream_timeout"),
    529: (Overloaded, "overloaded"),
}
