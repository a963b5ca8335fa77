"""OpenAI's errors: `{"error": {...}}` in a body; in an event also flat, or inside the response that failed."""

from __future__ import annotations

from typing import Any

import msgspec

from sanspanne.dialects.openai_responses.schema import NAME
from sanspanne.errors import WireError

LONGEST_TEXT = 2000
_NAMED = frozenset({"message", "type", "code", "param"})


def read_error(status: int, body: bytes) -> WireError:
    """The error in a body or in an event's data, whatever that is. Never raises."""
    try:
        decoded = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are both ValueErrors
        return WireError(status, text=_text(body))
    error = error_object(decoded)
    return WireError(status, text=_text(body), details=decoded) if error is None else error_from(status, error)


def error_object(decoded: Any) -> Any:
    """The part of a decoded body that describes an error: nested, inside a response, or flat; None if there is none."""
    if not isinstance(decoded, dict):
        return None
    response = decoded.get("response")
    inner = response.get("error") if isinstance(response, dict) else None
    error = decoded.get("error") or inner
    if not error and decoded.get("message"):
        return {name: value for name, value in decoded.items() if (name, value) != ("type", "error")}
    return error or None


def error_from(status: int, error: Any) -> WireError:
    """An error object, read but not judged."""
    if not isinstance(error, dict):
        return WireError(status, message=str(error)[:LONGEST_TEXT])
    return WireError(
        status,
        type=_word(error.get("type")),
        code=_word(error.get("code")),
        message=str(error.get("message") or "")[:LONGEST_TEXT],
        param=_word(error.get("param")),
        details={name: value for name, value in error.items() if name not in _NAMED} or None,
    )


def says_error(error: WireError) -> bool:
    """Whether what was read as an error really names one."""
    return bool(error.message or error.type or error.code)


def broken_answer(detail: str) -> WireError:
    """An error of the answer itself, which the provider did not put into words."""
    return WireError(200, type="broken_answer", message=f"The {NAME} answer {detail}")


def _word(value: Any) -> str | None:
    return str(value)[:LONGEST_TEXT] if isinstance(value, str | int) and value != "" else None


def _text(body: bytes) -> str:
    return body[: 4 * LONGEST_TEXT].decode(errors="replace")[:LONGEST_TEXT]
