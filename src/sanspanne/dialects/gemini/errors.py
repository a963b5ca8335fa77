"""Google's errors: `{"error": {"code", "message", "status", "details"}}`, alone or in a list."""

from __future__ import annotations

from typing import Any

import msgspec

from sanspanne.errors import WireError

_TEXT_LIMIT = 2000


def read_error(status: int, body: bytes) -> WireError:
    """The error in a body, whatever the body is."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return WireError(status, text=body[:_TEXT_LIMIT].decode("utf-8", "replace"))
    error = error_object(decoded)
    if error is None:
        return WireError(status, details=decoded, text=body[:_TEXT_LIMIT].decode("utf-8", "replace"))
    return wire_error(status, error)


def error_object(decoded: Any) -> Any:
    """What stands under `error`, in an object or in the first object of a list; None if there is none."""
    if isinstance(decoded, list):
        decoded = next((item for item in decoded if isinstance(item, dict) and item.get("error")), None)
    return decoded.get("error") if isinstance(decoded, dict) else None


def wire_error(status: int, error: Any) -> WireError:
    """An error object, read but not judged."""
    if not isinstance(error, dict):
        return WireError(status, message=str(error))
    details = error.get("details")
    return WireError(
        status,
        type=_word(error.get("status")),
        code=_word(error.get("code")),
        message=str(error.get("message") or ""),
        retry_after=_retry_delay(details),
        details=details,
    )


def _word(value: Any) -> str | None:
    return None if value is None else str(value)


def _retry_delay(details: Any) -> float | None:
    """`RetryInfo.retryDelay`, a duration such as "37s" or "0.5s", in seconds."""
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(delay, str) and delay.endswith("s"):
            try:
                return max(0.0, float(delay[:-1]))
            except ValueError:
                continue
    return None
