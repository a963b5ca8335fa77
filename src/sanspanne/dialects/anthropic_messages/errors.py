"""Errors of Anthropic Messages: read from a provider, written to a caller."""

from __future__ import annotations

from typing import Any

import msgspec

from sanspanne.errors import CallerError, WireError

_TYPES = {
    "invalid_request": "invalid_request_error",
    "authentication": "authentication_error",
    "permission": "permission_error",
    "not_found": "not_found_error",
    "too_large": "request_too_large",
    "conflict": "conflict_error",
    "unprocessable": "invalid_request_error",
    "rate_limit": "rate_limit_error",
    "refused": "invalid_request_error",
    "overloaded": "overloaded_error",
    "timeout": "timeout_error",
}


def error_object(error: CallerError, request_id: str | None) -> dict[str, Any]:
    """An error in this dialect's words. What is no kind of its own there is an `api_error`."""
    body: dict[str, Any] = {"type": _TYPES.get(error.kind, "api_error"), "message": error.message}
    details = {key: value for key, value in (("error_code", _code(error)), ("param", error.param)) if value}
    if details:
        body["details"] = details
    return {"type": "error", "error": body, "request_id": request_id}


def _code(error: CallerError) -> str | None:
    """The code by which official clients know that they must send the whole conversation, where a thread cannot go on."""
    no_thread = error.code == "unsupported_parameter" and error.param == "thread"
    return "thread_unsupported_request" if no_thread else error.code


def write_error(error: CallerError, request_id: str) -> bytes:
    """The JSON body that makes the official SDK raise the right class (which it chooses by the status)."""
    return msgspec.json.encode(error_object(error, request_id))


def read_error(status: int, body: bytes) -> WireError:
    """A provider's error body. What is not JSON, or not an error in any known shape, is kept as `text`."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return WireError(status, text=_head(body))
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    error = value.get("error", value) if isinstance(value, dict) else None
    if isinstance(error, str):
        return WireError(status, message=error)
    if not isinstance(error, dict):
        return WireError(status, text=_head(body))
    return _wire_error(status, error, body)


def _wire_error(status: int, error: dict[str, Any], body: bytes) -> WireError:
    details = error.get("details")
    inner = details if isinstance(details, dict) else {}
    message = _word(error.get("message"))
    return WireError(
        status,
        type=_word(error.get("type")),
        code=_word(inner.get("error_code")) or _word(error.get("code")),
        message=message or "",
        param=_word(inner.get("param")) or _word(error.get("param")),
        details=details,
        text="" if message else _head(body),
    )


def _word(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _head(body: bytes) -> str:
    return body[:8000].decode("utf-8", "replace")[:2000]
