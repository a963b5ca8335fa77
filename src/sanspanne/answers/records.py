"""What the journal keeps of an answer, record by record.

    Opened --> Said, Said, ... --> Over        Erased: forgotten, whatever stood before

The bytes of all `Said` records of an answer, put together, are exactly what its caller got.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from sanspanne.answers.route import Route
from sanspanne.errors import CallerError


class Opened(Struct, frozen=True, array_like=True, tag="opened"):
    """An answer begins: all that is needed to go on with it after our death.

    `body` and `headers` are the request's; `key` names the caller's key; `allow` are the only providers it may go to (None:
    all); `resume` is `auto`, `restart` or `fail`; `body_hash` tells a repeated request from another one; `at` is in seconds
    since 1970.
    """

    answer_id: str
    dialect: str
    body: bytes
    headers: dict[str, str]
    key: str
    allow: tuple[str, ...] | None
    resume: str
    request_id: str
    idempotency_key: str | None
    body_hash: bytes
    at: float


class Said(Struct, frozen=True, array_like=True, tag="said"):
    """Bytes as the caller gets them. `last` is the number of the last SSE event in them; 0: a whole JSON body."""

    answer_id: str
    last: int
    data: bytes


class Told(Struct, frozen=True, array_like=True):
    """What a caller was told of a failure: a `CallerError`."""

    status: int
    kind: str
    message: str
    param: str | None = None
    code: str | None = None
    retry_after: float | None = None
    should_retry: bool | None = None
    reason: str = ""

    @classmethod
    def of(cls, error: CallerError) -> Told:
        """The same, to be kept."""
        return cls(
            error.status,
            error.kind,
            error.message,
            error.param,
            error.code,
            error.retry_after,
            error.should_retry,
            error.reason,
        )

    def error(self) -> CallerError:
        """The same, to be raised."""
        return CallerError(
            self.status,
            self.kind,
            self.message,
            param=self.param,
            code=self.code,
            retry_after=self.retry_after,
            should_retry=self.should_retry,
            reason=self.reason,
        )


class Over(Struct, frozen=True, array_like=True, tag="over"):
    """An answer has ended: `whole`, `broken`, `refused` or `left`; `at` is in seconds since 1970.

    `route` is how it came about, `told` what its caller was told if it failed.
    """

    answer_id: str
    state: str
    at: float
    route: Route = msgspec.field(default_factory=Route)
    told: Told | None = None


class Erased(Struct, frozen=True, array_like=True, tag="erased"):
    """An answer is to be forgotten."""

    answer_id: str


Record = Opened | Said | Over | Erased


class Kept(Struct):
    """What the journal has of one answer. `over` None: it was cut short by our death, and may be gone on with.

    `torn`: the machine was restarted since its last word. If its power failed, the caller may have seen more than is kept.

    An answer of which something is missing (full disk, damaged file) is `broken` and never anything else: what was said of it
    is a true beginning, but its caller may have seen more. It has no terminator, and must not be continued or given one.
    """

    opened: Opened
    said: list[Said]
    over: Over | None
    torn: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether it ended for no other reason than that a part of it is missing."""
        return self.over is not None and self.over.state == "broken" and self.over.told is None


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(list[Record]).decode
