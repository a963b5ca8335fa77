"""Mistral: OpenAI's format with the usage in the last chunk, whole tool calls, and errors that are not nested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from sanspanne.testing.asked import Said
from sanspanne.testing.wires.base import Json, Piece, Reason, Told
from sanspanne.testing.wires.openai import FINISH, OpenAIWire

LIMITS = {
    "x-ratelimit-limit-req-minute": "360",
    "x-ratelimit-remaining-req-minute": "359",
    "x-ratelimit-limit-tokens-minute": "500000",
    "x-ratelimit-remaining-tokens-minute": "499900",
}

INVALID = "invalid_request_error"

ERRORS: dict[Reason, Told] = {
    Reason.OVERLOADED: Told(
        429, "service_tier_capacity_exceeded", "Service tier capacity exceeded for this model.", "3505"
    ),
    Reason.RATE_LIMITED: Told(
        429,
        "rate_limited",
        "Rate limit exceeded",
        "1300",
        headers={**LIMITS, "x-ratelimit-remaining-req-minute": "0", "retry-after": "6"},
    ),
    Reason.BILLING: Told(402, "payment_required", "Your account has no active payment method.", "1910"),
    Reason.AUTH: Told(401, "unauthorized", "Unauthorized"),
    Reason.MODEL_GONE: Told(400, "invalid_model", "Invalid model: {model}", "1500"),
    Reason.INVALID: Told(422, INVALID, "Input should be a valid number", "1000", "temperature"),
    Reason.TOO_LONG: Told(
        400, INVALID, "Prompt contains 140000 tokens, too large for model with 131072 maximum context length", "3051"
    ),
    Reason.SERVER_ERROR: Told(500, "internal_server_error", "Internal Server Error", "1000"),
    Reason.TIMEOUT: Told(504, "timeout", "The upstream server is timing out"),
}


class MistralWire(OpenAIWire):
    """api.mistral.ai."""

    kind: ClassVar[str] = "mistral"
    title: ClassVar[str] = "Mistral"
    models: ClassVar[tuple[str, ...]] = ("mistral-small-latest", "mistral-large-latest")
    owner: ClassVar[str] = "mistralai"
    id_prefix: ClassVar[str] = ""
    usage_on_demand: ClassVar[bool] = False
    padded: ClassVar[bool] = False
    whole_calls: ClassVar[bool] = True
    errors: ClassVar[dict[Reason, Told]] = ERRORS

    def headers(self, said: Said) -> dict[str, str]:
        return {"mistral-correlation-id": said.id, **LIMITS}

    def extras(self, said: Said) -> Json:
        return {}

    def usage(self, said: Said) -> Json:
        prompt, output = said.asked.prompt_tokens, said.output_tokens * said.asked.n
        return {"prompt_tokens": prompt, "total_tokens": prompt + output, "completion_tokens": output}

    def call_id(self, said: Said, index: int) -> str:
        return f"{said.id[:8]}{index % 10}"  # nine characters, or its API refuses them in a history

    def finished(self, said: Said, choice: int) -> Iterator[Piece]:
        if said.ending is not None:
            last = self.chunk(said, [self.delta(choice, {"content": ""}, finish=FINISH[said.ending])])
            yield Piece("stop", self.event({**last, "usage": self.usage(said)}))

    def error_body(self, told: Told, model: str) -> Json:
        if told.status == 401:
            return {"detail": told.message}
        if told.status == 422:
            return {"object": "error", "message": {"detail": [_invalid(told)]}, "type": told.type, "code": told.code}
        message = told.message.format(model=model)
        return {
            "object": "error",
            "message": message,
            "type": told.type,
            "param": None,
            "code": told.code,
            "raw_status_code": told.status,
        }


def _invalid(told: Told) -> Json:
    return {"type": "float_parsing", "loc": ["body", told.param], "msg": told.message, "input": "warm"}
