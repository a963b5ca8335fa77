"""What a provider is: one upstream API under one credential.

A provider file is short: which dialect it speaks, where, with which key; its quirks; how its failures are classified; its
limit headers; what its models can do. This class has the common answer to each of these questions, which suits an API that
follows OpenAI's; a provider overrides what is different with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from sanspanne.chat import Capability, ChatRequest, Frame
from sanspanne.dialects.base import StreamReader, UpstreamDialect, Written
from sanspanne.errors import Failure, WireError
from sanspanne.providers.transport import Call


class LimitState(Struct, frozen=True):
    """What a provider's headers say of our quota: what is left, of how much, and in how many seconds it is full again."""

    requests_left: int | None = None
    requests_limit: int | None = None
    requests_reset: float | None = None
    tokens_left: int | None = None
    tokens_limit: int | None = None
    tokens_reset: float | None = None


class Provider:
    """One upstream API under one credential. `key` None sends no credential (engines on the own machine)."""

    kind: ClassVar[str]
    dialect: ClassVar[UpstreamDialect]
    default_base_url: ClassVar[str] = ""
    default_key_env: ClassVar[str] = ""

    def __init__(self, name: str, *, base_url: str = "", key: str | None = None) -> None:
        self.name = name
        self.base_url = (base_url or self.default_base_url).rstrip("/")
        self._key = key

    # --- where to, and with which key

    def headers(self) -> dict[str, str]:
        """The headers of every call, the credential among them."""
        credential = {"authorization": f"Bearer {self._key}"} if self._key else {}
        return {"content-type": "application/json", "accept-encoding": "identity", **credential}

    def path(self, model: str, *, stream: bool) -> str:
        """The path below `base_url` that answers a chat request."""
        del model, stream
        return "/chat/completions"

    # --- a request out

    def chat(self, request: ChatRequest, model: str) -> tuple[Call, tuple[str, ...]]:
        """The call that puts `request` to `model`, and the caller's fields that had to be left out."""
        written = self.adapt(self.dialect.write_request(request, model), request, model)
        headers = {**self.headers(), **self.passed_headers(request)}
        url = self.base_url + self.path(model, stream=request.stream)
        return Call("POST", url, headers, msgspec.json.encode(written.fields)), written.omitted

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """The provider's quirks: fields that it names otherwise, demands, or refuses."""
        del request, model
        return written

    def passed_headers(self, request: ChatRequest) -> dict[str, str]:
        """The caller's own headers that this provider understands (beta flags)."""
        del request
        return {}

    # --- an answer in

    def reader(self) -> StreamReader:
        """A reader for one streamed answer of this provider."""
        return self.dialect.reader()

    def read_answer(self, body: bytes) -> Frame:
        """A whole JSON answer of this provider, as one frame."""
        return self.dialect.read_answer(body)

    # --- what went wrong

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """The class of an answer whose HTTP status is an error, or which is none (an HTML page with status 200)."""
        raise NotImplementedError

    def failure_in_stream(self, error: WireError) -> Failure:
        """The class of an error that came inside an answer with status 200. Judged by its body alone."""
        raise NotImplementedError

    def limits(self, headers: Mapping[str, str]) -> LimitState:
        """What the response's headers say of our quota."""
        del headers
        return LimitState()

    # --- what its models can do

    def capabilities(self, model: str) -> frozenset[Capability]:
        """What `model` can serve."""
        raise NotImplementedError

    def reasons(self, model: str) -> bool:
        """Whether `model` thinks before it speaks, so that a long silence before the first token is ordinary."""
        del model
        return False

    # --- probes

    def probe(self, model: str) -> tuple[Call, StreamReader]:
        """A real streamed completion of one token: the only proof that `model` answers."""
        raise NotImplementedError

    def free_probe(self) -> Call:
        """A call that costs nothing and shows whether the key is accepted: the list of models."""
        return Call("GET", self.base_url + "/models", self.headers())


def sentence(error: WireError) -> dict[str, Any]:
    """The parts of a provider's error that an operator's log may hold."""
    return {"status": error.status, "type": error.type, "code": error.code, "message": error.message[:500]}
