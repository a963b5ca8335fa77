"""What a provider is: one upstream API under one credential.

A provider file is short: which dialect it speaks, where, with which key; its quirks; how its failures are classified; its
limit headers; what its models can do. This class has the common answer to each of these questions, which suits an API that
follows OpenAI's; a provider overrides what is different with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from sanspanne.chat import Capability, ChatRequest, Frame, ResumePoint
from sanspanne.dialects.base import StreamReader, UpstreamDialect, Written
from sanspanne.errors import Failure, WireError
from sanspanne.providers.classify import classify
from sanspanne.providers.limits import OPENAI_LIMITS, LimitHeaders, LimitState, read_limits
from sanspanne.providers.rules import Rule
from sanspanne.providers.transport import Call


class Provider:
    """One upstream API under one credential. `key` None sends no credential (engines on the own machine)."""

    kind: ClassVar[str]
    dialect: ClassVar[UpstreamDialect]
    default_base_url: ClassVar[str] = ""
    limit_headers: ClassVar[LimitHeaders] = OPENAI_LIMITS
    rules: ClassVar[tuple[Rule, ...]] = ()  # how its failures differ from the common table in rules.py

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

    def url(self, path: str) -> str:
        """The address of `path`; a query in `base_url` (Azure's `api-version`) stays at the end of every address."""
        base, mark, query = self.base_url.partition("?")
        joint = "&" if mark and "?" in path else mark
        return base.rstrip("/") + path + joint + query

    # --- a request out

    def chat(self, request: ChatRequest, model: str) -> tuple[Call, tuple[str, ...]]:
        """The call that puts `request` to `model`, and the caller's fields that had to be left out."""
        written = self.adapt(self.dialect.write_request(request, model), request, model)
        headers = {**self.headers(), **self.passed_headers(request)}
        url = self.url(self.path(model, stream=request.stream))
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

    def reader_for(self, request: ChatRequest, model: str) -> StreamReader:
        """A reader for the streamed answer to `request`, where it depends on the request how it is answered."""
        del request, model
        return self.reader()

    def read_answer(self, body: bytes, request: ChatRequest | None = None) -> Frame:
        """A whole JSON answer of this provider, as one frame. `request` is what it answers, where that is known."""
        del request
        return self.dialect.read_answer(body)

    # --- the rest of an answer whose stream broke

    def resume(self, point: ResumePoint) -> tuple[Call, StreamReader] | None:
        """The call that goes on with an answer behind `point`, and its reader; None where a broken stream is lost."""
        del point
        return None

    def cancel(self, answer: str) -> Call | None:
        """The call that stops the making of an answer, by its id; None where it stops by itself when the connection does."""
        del answer
        return None

    # --- what went wrong

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """The class of an answer whose HTTP status is an error, or which is none (an HTML page with status 200)."""
        return classify(self.dialect.read_error(status, body), headers, self.rules, secret=self._key)

    def failure_in_stream(self, error: WireError) -> Failure:
        """The class of an error that came inside an answer with status 200. Judged by its body alone."""
        return classify(error, {}, self.rules, secret=self._key)

    def limits(self, headers: Mapping[str, str]) -> LimitState:
        """What the response's headers (names in lower case) say of our quota."""
        return read_limits(headers, self.limit_headers)

    # --- what its models can do

    def capabilities(self, model: str) -> frozenset[Capability]:
        """What `model` can serve."""
        raise NotImplementedError

    def reasons(self, model: str) -> bool:
        """Whether `model` thinks before it speaks, so that a long silence before the first token is ordinary."""
        del model
        return False

    def count(self, request: ChatRequest, model: str) -> Call | None:
        """The call that counts the tokens of the prompt; None where the provider does not count."""
        del request, model
        return None

    # --- probes

    def free_probe(self) -> Call:
        """A call that costs nothing and shows whether the key is accepted: the list of models."""
        return Call("GET", self.url("/models"), self.headers())
