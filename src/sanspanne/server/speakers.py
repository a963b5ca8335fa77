"""In whose words an error is told: the dialect that the path belongs to."""

from __future__ import annotations

import msgspec

from sanspanne.errors import CallerError
from sanspanne.server.exchange import ErrorWriter

GOOGLE_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class GoogleErrors:
    """Errors as Gemini's clients read them."""

    def write_error(self, error: CallerError, request_id: str) -> bytes:
        """Google's error object; the request's id travels in the headers alone."""
        del request_id
        status = GOOGLE_STATUS.get(error.status, "INVALID_ARGUMENT" if error.status < 500 else "INTERNAL")
        return msgspec.json.encode({"error": {"code": error.status, "message": error.message, "status": status}})


class Speakers:
    """Knows the words of each path: Anthropic's, Google's, and OpenAI's for all others."""

    def __init__(self, openai: ErrorWriter, anthropic: ErrorWriter) -> None:
        self._openai = openai
        self._anthropic = anthropic
        self._google = GoogleErrors()

    def of(self, path: str, *, anthropic_client: bool = False) -> ErrorWriter:
        """The words of `path`; `anthropic_client` decides on the paths that two APIs share."""
        if path.startswith("/v1/messages") or (anthropic_client and path.startswith(("/v1/models", "/v1/answers"))):
            return self._anthropic
        return self._google if path.startswith("/v1beta/") else self._openai
