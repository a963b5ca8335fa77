"""Perplexity Sonar: OpenAI's format with a message that grows from chunk to chunk, and with sources.

Its streams end with the chunk that has the finish reason; only the deep-research models send `[DONE]` after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import structs

from sanspanne.testing.asked import Asked, Said, Source
from sanspanne.testing.wires.base import Json, Piece, Reason, Told
from sanspanne.testing.wires.openai import FINISH, OpenAIWire

SOURCES = (
    Source("https://www.example.org/outages", "A history of outages", "2024-06-04"),
    Source("https://www.example.com/status", "Status pages compared"),
)

INVALID = "invalid_request"

ERRORS: dict[Reason, Told] = {
    Reason.OVERLOADED: Told(503, "service_unavailable", "The service is temporarily unavailable.", 503),
    Reason.RATE_LIMITED: Told(429, "rate_limit_exceeded", "Request rate limit exceeded, please try again later.", 429),
    Reason.BILLING: Told(402, "insufficient_credits", "You have run out of credits.", 402),
    Reason.AUTH: Told(401, "unauthorized", "Invalid API key provided.", 401),
    Reason.MODEL_GONE: Told(
        400, "invalid_model", "Invalid model '{model}'. Permitted models can be found in the docs.", 400
    ),
    Reason.INVALID: Told(400, INVALID, "temperature must be at least 0 and less than 2", 400),
    Reason.TOO_LONG: Told(400, INVALID, "The prompt is too long for this model.", 400),
    Reason.SERVER_ERROR: Told(500, "internal_server_error", "Internal server error.", 500),
    Reason.TIMEOUT: Told(504, "gateway_timeout", "The request took too long.", 504),
}


class PerplexityWire(OpenAIWire):
    """api.perplexity.ai. It cites what the script gives it, else two pages of its own, and calls no tools."""

    kind: ClassVar[str] = "perplexity"
    title: ClassVar[str] = "Perplexity"
    mount: ClassVar[str] = ""
    models: ClassVar[tuple[str, ...]] = ("sonar", "sonar-pro", "sonar-deep-research")
    paths: ClassVar[tuple[str, ...]] = ("/chat/completions", "/v1/chat/completions", "/v1/sonar")
    id_prefix: ClassVar[str] = ""
    newline: ClassVar[bytes] = b"\r\n"
    errors: ClassVar[dict[Reason, Told]] = ERRORS

    def asked(self, method: str, path: str, body: Json) -> Asked | None:
        asked = super().asked(method, path, body)
        return asked and structs.replace(asked, tools={}, tool=None)

    def headers(self, said: Said) -> dict[str, str]:
        return {"x-request-id": said.id}

    def extras(self, said: Said) -> Json:
        return {"citations": [s.url for s in sources(said)], "search_results": [_found(s) for s in sources(said)]}

    def usage(self, said: Said) -> Json:
        prompt, output = said.asked.prompt_tokens, said.output_tokens
        cost = {"input_tokens_cost": 0.0, "output_tokens_cost": 0.0, "request_cost": 0.005, "total_cost": 0.005}
        total = {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}
        return {**total, "search_context_size": "low", "cost": cost}

    def stream(self, said: Said) -> list[Piece]:
        pieces = [*self._growing(said), *self.finished(said, 0)]
        if said.ends and "deep-research" in said.asked.model:
            pieces.append(Piece("end", self.done()))
        return pieces

    def finished(self, said: Said, choice: int) -> Iterator[Piece]:
        if said.ending is not None:
            chunk = self._chunk(said, said.text, "", FINISH[said.ending])
            yield Piece("stop", self.event({**chunk, "type": "end_of_stream", "status": "COMPLETED"}))

    def _growing(self, said: Said) -> Iterator[Piece]:
        text = ""
        for piece in said.pieces:
            text += piece
            yield Piece(
                "say", self.event({**self._chunk(said, text, piece, None), "type": "message", "status": "PENDING"})
            )

    def _chunk(self, said: Said, text: str, piece: str, finish: str | None) -> Json:
        message, delta = {"role": "assistant", "content": text}, {"role": "assistant", "content": piece}
        choice = {"index": 0, "message": message, "delta": delta, "finish_reason": finish}
        envelope = {
            "id": said.id,
            "model": said.asked.model,
            "created": said.created,
            "object": "chat.completion.chunk",
        }
        return {**envelope, "usage": self.usage(said), **self.extras(said), "choices": [choice]}

    def failure_event(self, reason: Reason, model: str) -> bytes:
        return b"event: error\r\n" + super().failure_event(reason, model)

    def error_body(self, told: Told, model: str) -> Json:
        return {"error": {"message": told.message.format(model=model), "type": told.type, "code": told.code}}


def sources(said: Said) -> tuple[Source, ...]:
    """What an answer cites."""
    return said.sources or SOURCES


def _found(source: Source) -> Json:
    when = {"date": source.date, "last_updated": source.date}
    return {"title": source.title, "url": source.url, **when, "snippet": source.title, "source": "web"}
