"""What a caller is told whose key has used what it may use."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from sanspanne.admission.quotas.gauges import Use
from sanspanne.admission.quotas.terms import Terms
from sanspanne.errors import CallerError

ROUNDING = 1e-3  # seconds: what the clocks' sums may be wrong by
SOON = 60.0  # seconds: clients that wait by themselves wait no longer

UNITS = {
    "requests_per_minute": "requests per minute",
    "requests_per_day": "requests per day",
    "tokens_per_minute": "tokens per minute",
    "tokens_per_day": "tokens per day",
    "streams": "answers at once",
    "dollars_per_day": "dollars per day",
    "dollars_per_month": "dollars per month",
}


def refusal(key: str, terms: Terms, use: Use, wait: float, wall: float, tokens: int) -> CallerError:
    """429: which limit, how much of it is used, when there is room again, and what its operator could change.

    `wait` is in seconds, `wall` in seconds since 1970; `tokens` are those that the refused answer would have reserved.
    """
    asked = f" This request is reckoned at {_number(tokens)} tokens." if use.limit.startswith("tokens") else ""
    return CallerError(
        429,
        "rate_limit",
        f'The key "{key}" has used {_used(use)} of its {_number(use.most)} {UNITS[use.limit]}.{asked} '
        f"{_when(use.limit, wait, wall)} {_example(key, terms, use)}",
        code=f"quota_{use.limit}",
        retry_after=min(wait, SOON),
        should_retry=False if wait > SOON else None,
    )


def _when(limit: str, wait: float, wall: float) -> str:
    if limit == "streams":
        return "There is room again as soon as one of them ends."
    again = datetime.fromtimestamp(math.ceil(wall + wait - ROUNDING), UTC)
    return f"There is room again in {math.ceil(wait)} s, at {again:%Y-%m-%d %H:%M:%S} UTC."


def _example(key: str, terms: Terms, use: Use) -> str:
    more = _number(use.most * 2)
    if not terms.section:
        option = "--" + use.limit.replace("_", "-")
        return f"The operator of this server can change it, for example: sanspanne keys limit {key} {option} {more}"
    return f"The operator of this server can change it, for example under [{terms.section}]: {use.limit} = {more}"


def _number(value: float) -> str:
    """Whole numbers as such; money to the cent, or to what is left of one."""
    if value == int(value):
        return str(int(value))
    return f"{value:.2f}" if value >= 0.01 else f"{value:.6f}".rstrip("0")


def _used(use: Use) -> str:
    """What is counted in whole numbers flows back bit by bit; what is not all there yet is used."""
    return _number(use.used if use.limit.startswith("dollars") else math.ceil(use.used - 1e-6))
