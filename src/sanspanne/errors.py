"""The whole tree of failures.

    SanspanneError
     ├── ConfigError                     the configuration is wrong; the message shows a right example
     ├── StoreError                      what must last could not be read or written; the message says where and why
     ├── CallerError                     what a caller is told, in no dialect yet: status, kind, sentence, field
     ├── Unanswered                      every target was tried or skipped; carries what each of them said
     └── Failure                         one attempt at one target failed; the class decides what follows
          ├── ClientFault                the request is wrong            no retry              not the provider's fault
          ├── CredentialFailure          key, billing or spend           take the key out      not an outage
          ├── ModelGone                  no such model (any more)        take the model out    not an outage
          ├── ContentRefused             policy                          no failover           not an outage
          ├── RateLimited                our quota, heals by itself      rest, then again      weight 0.1
          ├── RampLimited                our traffic grew too fast       rest, ramp slower     weight 0.1
          ├── Overloaded                 the provider has no room        next target           weight 1
          ├── ServerFault                the provider broke              next target           weight 1
          ├── Stalled                    silence beyond a clock          next target           weight 1
          └── LocalNetworkFault          our side of the network         next target           weight 0 for the provider

The ten classes below `Failure` are those of the providers' own error documentation, brought together. `weight` is what one
failure of the class counts for in the judgement of the target's health.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from msgspec import Struct


class SanspanneError(Exception):
    """The root of everything that this program raises on purpose."""


class ConfigError(SanspanneError):
    """The configuration cannot be used. The message says what is wrong, what was expected, and shows an example."""


class StoreError(SanspanneError):
    """What must last could not be read or written. The message names the file and the reason."""


class CallerError(SanspanneError):
    """What a caller is told. A dialect turns it into its own words.

    `kind` is one of: invalid_request, authentication, permission, not_found, too_large, conflict, unprocessable,
    rate_limit, refused, overloaded, unavailable, timeout, bad_gateway, server_error.
    `retry_after` is in seconds and at most 60 when it is sent; `should_retry` None leaves the choice to the client.
    `reason` is for the books (see `outcomes.py`), where status and code do not tell it.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        should_retry: bool | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.param = param
        self.code = code
        self.retry_after = retry_after
        self.should_retry = should_retry
        self.reason = reason


def invalid_request(message: str, param: str | None = None, code: str | None = None) -> CallerError:
    """The caller's request cannot be read or served: 400, never worth a retry."""
    return CallerError(400, "invalid_request", message, param=param, code=code, should_retry=False)


class WireError(Struct, frozen=True):
    """An error as a provider put it on the wire, read but not yet judged.

    `status` is the HTTP status, or 200 for an error inside a stream; `type`, `code`, `message` and `param` are the body's own
    words; `retry_after` is in seconds; `details` is the rest of the error object; `text` the first 2,000 characters of a
    body that is not JSON.
    """

    status: int
    type: str | None = None
    code: str | None = None
    message: str = ""
    param: str | None = None
    retry_after: float | None = None
    details: Any = None
    text: str = ""


class Failure(SanspanneError):
    """One attempt at one target failed.

    `message` is a sentence of ours that is safe to show (no secret, no upstream HTML); `wire` is the provider's own error.
    """

    name: ClassVar[str] = "failure"
    weight: ClassVar[float] = 0.0
    fails_over: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        target: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        wire: WireError | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.target = target
        self.status = status
        self.retry_after = retry_after
        self.wire = wire
        self.reason = reason  # a finer word within the class: `spend`, `auth`, `first_token`, `gap`, `reset` ...


class ClientFault(Failure):
    """The provider says that the request is wrong: another attempt would be told the same."""

    name = "client_error"
    fails_over = False


class CredentialFailure(Failure):
    """The key is refused, or its account may not spend more: nothing sent with it will be answered."""

    name = "auth"


class ModelGone(Failure):
    """The provider does not have this model (any more)."""

    name = "model_gone"


class ContentRefused(Failure):
    """The provider refuses the content by its policy; asking elsewhere would go round that policy."""

    name = "content_refusal"
    fails_over = False


class RateLimited(Failure):
    """Our own quota at the provider is used up for now."""

    name = "rate_limited"
    weight = 0.1


class RampLimited(Failure):
    """Our traffic grew faster than the provider allows."""

    name = "ramp_limited"
    weight = 0.1


class Overloaded(Failure):
    """The provider has no room for anybody."""

    name = "overloaded"
    weight = 1.0


class ServerFault(Failure):
    """The provider broke: an error of its own, a broken stream, an answer that is no answer."""

    name = "server_error"
    weight = 1.0


class Stalled(Failure):
    """The provider was silent for longer than one of the three clocks allows."""

    name = "timeout"
    weight = 1.0


class LocalNetworkFault(Failure):
    """Our side of the network failed (no route, no resolver): it says nothing about the provider."""

    name = "local_network"


FAILURES: tuple[type[Failure], ...] = (
    ClientFault,
    CredentialFailure,
    ModelGone,
    ContentRefused,
    RateLimited,
    RampLimited,
    Overloaded,
    ServerFault,
    Stalled,
    LocalNetworkFault,
)


class Obstacle(Struct, frozen=True):
    """Why a target is not asked now, in words for the operator.

    `ours`: our key, our account or our choice of model is the cause, and waiting does not mend it. `retry_after`: in so many
    seconds it may be asked again.
    """

    why: str
    ours: bool = False
    retry_after: float | None = None

    def __str__(self) -> str:
        return self.why


class Unanswered(SanspanneError):
    """No target of the chain gave an answer. `failures` has what each attempt said; `skipped` why others were not asked."""

    def __init__(self, failures: Sequence[Failure], skipped: Sequence[tuple[str, Obstacle]] = ()) -> None:
        super().__init__("no target of the chain gave an answer")
        self.failures = tuple(failures)
        self.skipped = tuple(skipped)
