"""A question whose answer is recorded: what was asked, by whom, and the bytes to ask it again with."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from sanspanne.answers.route import Caller
from sanspanne.chat import ChatRequest


class Question(Struct, frozen=True):
    """`body` is the request's as it came, `body_hash` what `hashed` makes of it; `detach`: it is answered also for nobody."""

    request: ChatRequest
    caller: Caller
    body: bytes
    body_hash: bytes
    request_id: str = ""
    idempotency_key: str | None = None
    detach: bool = False


def hashed(dialect: str, body: bytes) -> bytes:
    """Tells a repetition from another question: the same body on another path is another one."""
    return hashlib.sha256(dialect.encode() + b"\0" + body).digest()
