"""Errors, read from whatever a provider sends and written so that OpenAI's own SDK raises the right class."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from sanspanne.dialects.openai_chat.schema import NAME
from sanspanne.errors import CallerError, WireError

LONGEST_TEXT = 2000

# kind -> (type, code) in OpenAI's words
_WORDS = {
    "invalid_request": ("invalid_request_error", None),
    "authentication": ("authentication_error", "invalid_api_key"),
    "permission": ("permission_error", None),
    "not_found": ("invalid_request_error", "not_found"),
    "too_large": ("invalid_request_error", "request_too_large"),
    "conflict": ("invalid_request_error", "conflict"),
    "unprocessable": ("invalid_request_error", None),
    "rate_limit": ("rate_limit_error", "rate_limit_exceeded"),
    "refused": ("invalid_request_error", "content_policy_violation"),
    "overloaded": ("service_unavailable_error", "server_is_overloaded"),
    "unavailable": ("service_unavailable_error", "service_unavailable"),
    "timeout": ("server_error", "timeout"),
    "bad_gateway": ("server_error", "bad_gateway"),
    "server_error": ("server_error", None),
}


def error_object(error: CallerError) -> dict[str, Any]:
    """The object that stands under `error`, in a body and in a stream alike."""
    type_, code = _WORDS.get(error.kind, ("server_error", None))
    return {"message": error.message, "type": type_, "param": error.param, "code": error.code or code}


def write_error(error: CallerError, request_id: str) -> bytes:
    """The JSON body of an error. OpenAI has the request id in a header; here it is in the body too, for people who report."""
    body: dict[str, Any] = {"error": error_object(error)}
    if request_id:
        body["request_id"] = request_id
    return msgspec.json.encode(body)


def read_error(status: int, body: bytes) -> WireError:
    """A provider's error body: an object, a bare sentence, a list, FastAPI's `detail`, HTML, or nothing. Never raises."""
    data = _json(body)
    wire = error_from(status, data)
    return wire if says_error(wire) else WireError(status, text=_text(body), details=data)


def error_from(status: int, data: Any) -> WireError:
    """The same for a body that is decoded already."""
    found = _error_in(data)
    if found is None:
        return WireError(status, details=data)
    if isinstance(found, str):
        return _from_sentence(status, found)
    return _from_object(status, found)


def says_error(error: WireError) -> bool:
    """Whether a body that was read as an error really names one."""
    return bool(error.message or error.type or error.code)


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are both ValueErrors
        return None


def _error_in(data: Any) -> dict[str, Any] | str | None:
    """The part of a decoded body that describes an error, if there is any."""
    if isinstance(data, list):
        return _error_in(data[0]) if data and isinstance(data[0], dict) else None
    if not isinstance(data, dict):
        return None
    error = data.get("error")
    if isinstance(error, (dict, str)) and error:
        return error
    if data.get("message") or data.get("detail"):
        return data
    return None


def _from_sentence(status: int, sentence: str) -> WireError:
    return _nested(status, sentence) or WireError(status, message=sentence[:LONGEST_TEXT])


def _from_object(status: int, error: dict[str, Any]) -> WireError:
    message, param = _message(error)
    rest = {key: value for key, value in error.items() if key not in ("message", "type", "code", "param")}
    outer = WireError(
        status,
        type=_word(error.get("type")) or _word(error.get("status")),
        code=_word(error.get("code")),
        message=message[:LONGEST_TEXT],
        param=_word(error.get("param")) or param,
        details=rest or None,
    )
    inner = _nested(status, message)
    return outer if inner is None else replace(inner, type=inner.type or outer.type, code=inner.code or outer.code)


def _nested(status: int, message: str) -> WireError | None:
    """Gemini's OpenAI-compatible API puts Google's whole error, as JSON text, into `message`."""
    if message.lstrip()[:1] not in ("{", "["):
        return None
    inner = read_error(status, message.encode(errors="replace"))
    return inner if says_error(inner) else None


def _message(error: dict[str, Any]) -> tuple[str, str | None]:
    """The sentence of an error object and, from FastAPI's list of complaints, the field it is about."""
    message = error.get("message") or error.get("detail") or ""
    if isinstance(message, str):
        return message, None
    complaints = [entry for entry in message if isinstance(entry, dict)] if isinstance(message, list) else []
    if not complaints:
        return msgspec.json.encode(message).decode(), None  # an object, which may hold the error in its turn
    where = complaints[0].get("loc")
    param = ".".join(str(step) for step in where if step != "body") if isinstance(where, list) else None
    return "; ".join(str(entry.get("msg", entry)) for entry in complaints), param


def _word(value: Any) -> str | None:
    return str(value)[:LONGEST_TEXT] if isinstance(value, (str, int)) and value != "" else None


def _text(body: bytes) -> str:
    return body[: 4 * LONGEST_TEXT].decode(errors="replace")[:LONGEST_TEXT]


def broken_answer(detail: str) -> WireError:
    """An error of the answer itself, which the provider did not put into words."""
    return WireError(200, type="broken_answer", message=f"The {NAME} answer {detail}")
