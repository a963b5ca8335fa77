"""What a wire format is to a scripted provider: how it is asked, how it answers, how it fails.

The formats are written down here a second time, apart from `sanspanne.dialects`, on purpose: a misreading of a provider's
format cannot hide by being made on both sides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from sanspanne.testing.asked import Asked, Said

Json: TypeAlias = dict[str, Any]


class Reason(StrEnum):
    """Why a provider gives an error instead of an answer."""

    OVERLOADED = "overloaded"
    RATE_LIMITED = "rate_limited"
    RAMP = "ramp"  # the traffic grew too fast
    QUOTA = "quota"  # the account's spend or daily quota is used up: waiting does not help
    BILLING = "billing"
    AUTH = "auth"
    PERMISSION = "permission"
    MODEL_GONE = "model_gone"
    REFUSED = "refused"  # the content, by policy
    INVALID = "invalid"
    TOO_LONG = "too_long"  # the prompt, for the model's context
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"


class Told(Struct, frozen=True):
    """What a provider says for a `Reason`: the parts of its error response. `{model}` in the message is filled in."""

    status: int
    type: str
    message: str
    code: str | int | None = None
    param: str | None = None
    headers: dict[str, str] = {}
    details: Any = None


class Reply(Struct, frozen=True):
    """A whole response: status, headers and body."""

    status: int
    body: bytes
    headers: dict[str, str] = {}


class Piece(NamedTuple):
    """A part of a streamed answer that goes out at once. `role` says what it is for:

    `begin` before anything is said, `say` something is said, `stop` the stop reason, `end` the terminal marker and its like.
    """

    role: Literal["begin", "say", "stop", "end"]
    data: bytes


class Wire:
    """One provider's wire format. `mount` is the path part of its base URL, as its own SDK takes it."""

    kind: ClassVar[str]
    title: ClassVar[str]
    mount: ClassVar[str] = "/v1"
    models: ClassVar[tuple[str, ...]] = ()
    errors: ClassVar[dict[Reason, Told]] = {}

    def told(self, reason: Reason) -> Told:
        """The parts of the error for `reason`. Raises `ValueError` if this provider has no such error."""
        if reason not in self.errors:
            known = ", ".join(self.errors)
            raise ValueError(f"{self.kind} never answers with {reason.value!r}; it has errors for {known}")
        return self.errors[reason]

    def asked(self, method: str, path: str, body: Json) -> Asked | None:
        """The question in a request, or None if the request is for something else."""
        raise NotImplementedError

    def serving(self, method: str, path: str, body: Json) -> Wire:
        """The format in which this request is answered, where a provider has several. `body` may be the query of a GET."""
        del method, path, body
        return self

    def headers(self, said: Said) -> dict[str, str]:
        """The headers of an answer: ids and limits."""
        raise NotImplementedError

    def stream(self, said: Said) -> list[Piece]:
        """The answer as the pieces of a stream."""
        raise NotImplementedError

    def whole(self, said: Said) -> bytes:
        """The answer as one JSON body."""
        raise NotImplementedError

    def failure(self, reason: Reason, model: str) -> Reply:
        """The provider's own error response for `reason`."""
        raise NotImplementedError

    def failure_event(self, reason: Reason, model: str) -> bytes:
        """The provider's own error inside a stream that has status 200."""
        raise NotImplementedError

    def page(self, method: str, path: str, body: Json, models: tuple[str, ...]) -> Reply | None:
        """Anything else that can be asked: the list of models, health, versions. None for an unknown path."""
        raise NotImplementedError


def encode(value: object) -> bytes:
    """Compact JSON."""
    return msgspec.json.encode(value)


def json_reply(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """A JSON response."""
    return Reply(status, encode(value), {"content-type": "application/json", **(headers or {})})


def tokens(text: str) -> int:
    """A rough count of the tokens in a text: one per four characters."""
    return max(1, len(text) // 4)


def text_of(content: Any) -> str:
    """The text of a message's content, be it a string or a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(p.get("text", "") for p in parts if isinstance(p, dict) and isinstance(p.get("text"), str))
