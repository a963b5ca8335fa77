"""What an answer's headers say of its key's limits, in the names that each vendor's clients read.

    OpenAI      x-ratelimit-limit-requests: 60   x-ratelimit-remaining-requests: 59   x-ratelimit-reset-requests: 1s
    Anthropic   anthropic-ratelimit-requests-limit: 60   ...-remaining: 59   ...-reset: 2026-11-22T08:00:01Z

and the same for `tokens`. Of the limits per minute and per day that one is told of which less is left; `reset` is when all of
it is there again. A key without such limits has no such headers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from sanspanne.admission.quotas.gauges import Use
from sanspanne.admission.quotas.words import ROUNDING

Headers: TypeAlias = list[tuple[bytes, bytes]]

ANTHROPIC = "anthropic_messages"


def quota_headers(uses: Sequence[Use], dialect: str, wall: float) -> Headers:
    """The headers for `uses`, in the names of `dialect`; `wall` is now, in seconds since 1970."""
    headers: Headers = []
    for what in ("requests", "tokens"):
        found = [use for use in uses if use.limit.startswith(what)]
        if found:
            use = min(found, key=lambda use: use.left)
            headers += _anthropic(what, use, wall) if dialect == ANTHROPIC else _openai(what, use)
    return headers


def _openai(what: str, use: Use) -> Headers:
    return [
        (f"x-ratelimit-limit-{what}".encode(), b"%d" % use.most),
        (f"x-ratelimit-remaining-{what}".encode(), b"%d" % _left(use)),
        (f"x-ratelimit-reset-{what}".encode(), _duration(use.resets_in).encode()),
    ]


def _anthropic(what: str, use: Use, wall: float) -> Headers:
    reset = datetime.fromtimestamp(math.ceil(wall + use.resets_in - ROUNDING), UTC)
    return [
        (f"anthropic-ratelimit-{what}-limit".encode(), b"%d" % use.most),
        (f"anthropic-ratelimit-{what}-remaining".encode(), b"%d" % _left(use)),
        (f"anthropic-ratelimit-{what}-reset".encode(), f"{reset:%Y-%m-%dT%H:%M:%SZ}".encode()),
    ]


def _left(use: Use) -> int:
    return math.floor(use.left + 1e-6)


def _duration(seconds: float) -> str:
    """As OpenAI writes it: `0s`, `17ms`, `1s`, `6m0s`, `23h59m59s`."""
    if 0 < seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    minutes, whole = divmod(math.ceil(seconds - ROUNDING), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{whole}s"
