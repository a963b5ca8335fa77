"""How long a provider asks us to wait, in seconds, wherever it says so: in its headers or in its sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from sanspanne.errors import WireError

_ADVICE = re.compile(
    r"(?:try again|retry|available again)(?: in| after)?:? (\d+(?:\.\d+)?) ?(ms|s|seconds?|milliseconds?)\b", re.I
)


def retry_after(headers: Mapping[str, str], wire: WireError) -> float | None:
    """Header first, then the error's own field, then its sentence; None if nothing is said. Header names in lower case."""
    for found in (_milliseconds(headers), _seconds_or_date(headers), wire.retry_after, _advice(wire.message)):
        if found is not None:
            return found
    return None


def response_time(headers: Mapping[str, str]) -> datetime | None:
    """The provider's own clock when it answered: absolute times in headers are measured against it, not against ours."""
    try:
        return parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return None


def _milliseconds(headers: Mapping[str, str]) -> float | None:
    milliseconds = _number(headers.get("retry-after-ms"))
    return None if milliseconds is None else milliseconds / 1000


def _seconds_or_date(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or value is None:
        return seconds
    now = response_time(headers)
    then = response_time({"date": value})
    if now is None or then is None or (now.tzinfo is None) != (then.tzinfo is None):
        return None
    return max(0.0, (then - now).total_seconds())


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _advice(message: str) -> float | None:
    match = _ADVICE.search(message)
    if match is None:
        return None
    return float(match[1]) / (1000 if match[2].startswith("m") else 1)
