"""What a provider's response headers say of our quota there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from sanspanne.providers.waiting import response_time

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)")
ROUNDED = 1.0  # seconds: times of day come without fractions, and who is back too early meets the quota once more
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


class LimitState(Struct, frozen=True):
    """What a provider's headers say of our quota: what is left, of how much, and in how many seconds it is full again."""

    requests_left: int | None = None
    requests_limit: int | None = None
    requests_reset: float | None = None
    tokens_left: int | None = None
    tokens_limit: int | None = None
    tokens_reset: float | None = None


class LimitHeaders(Struct, frozen=True):
    """The names of a provider's headers, in lower case; empty where it has none."""

    requests_left: str = ""
    requests_limit: str = ""
    requests_reset: str = ""
    tokens_left: str = ""
    tokens_limit: str = ""
    tokens_reset: str = ""


OPENAI_LIMITS = LimitHeaders(
    requests_left="x-ratelimit-remaining-requests",
    requests_limit="x-ratelimit-limit-requests",
    requests_reset="x-ratelimit-reset-requests",
    tokens_left="x-ratelimit-remaining-tokens",
    tokens_limit="x-ratelimit-limit-tokens",
    tokens_reset="x-ratelimit-reset-tokens",
)
ANTHROPIC_LIMITS = LimitHeaders(
    requests_left="anthropic-ratelimit-requests-remaining",
    requests_limit="anthropic-ratelimit-requests-limit",
    requests_reset="anthropic-ratelimit-requests-reset",
    tokens_left="anthropic-ratelimit-tokens-remaining",
    tokens_limit="anthropic-ratelimit-tokens-limit",
    tokens_reset="anthropic-ratelimit-tokens-reset",
)
MISTRAL_LIMITS = LimitHeaders(
    requests_left="x-ratelimit-remaining-req-minute",
    requests_limit="x-ratelimit-limit-req-minute",
    tokens_left="x-ratelimit-remaining-tokens-minute",
    tokens_limit="x-ratelimit-limit-tokens-minute",
)


def read_limits(headers: Mapping[str, str], names: LimitHeaders) -> LimitState:
    """The state of the quota; what is not said, or not readable, is None. Header names in lower case."""
    return LimitState(
        requests_left=_count(headers.get(names.requests_left)),
        requests_limit=_count(headers.get(names.requests_limit)),
        requests_reset=_seconds(headers.get(names.requests_reset), headers),
        tokens_left=_count(headers.get(names.tokens_left)),
        tokens_limit=_count(headers.get(names.tokens_limit)),
        tokens_reset=_seconds(headers.get(names.tokens_reset), headers),
    )


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 19 else None


def _seconds(value: str | None, headers: Mapping[str, str]) -> float | None:
    """A reset as OpenAI writes it (`6m0s`, `120ms`) or as Anthropic does (an RFC 3339 time)."""
    if not value:
        return None
    if _DURATION.sub("", value) == "":
        return sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(value))
    now = response_time(headers)
    try:
        then = datetime.fromisoformat(value)
    except ValueError:
        return None
    if now is None or now.tzinfo is None or then.tzinfo is None:
        return None
    return max(0.0, (then - now).total_seconds() + ROUNDED)
