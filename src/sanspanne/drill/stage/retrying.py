"""When a user's client asks again: as the official SDKs of OpenAI and Anthropic do (openai 3.54, anthropic 2.12).

asks again     on a connection that breaks before the first word, and on 408, 409, 429 and 5xx;
               `x-should-retry: true` or `false` goes before that
waits          what `retry-after` says, if that is at most 60 s; else 0.5 s * 2^n, at most 8 s, less up to 25 %
how often      twice
"""

from __future__ import annotations

import random
from collections.abc import Mapping

FIRST, LONGEST, JITTER, LONGEST_TOLD = 0.5, 8.0, 0.25, 60.0
WORTH_IT = frozenset({408, 409, 429})


def asks_again(status: int, headers: Mapping[str, str]) -> bool:
    """Whether it tries once more after this response; status 0 is a connection that broke."""
    wish = headers.get("x-should-retry")
    if wish in ("true", "false"):
        return wish == "true"
    return status == 0 or status in WORTH_IT or status >= 500


def pause(tries: int, headers: Mapping[str, str], rng: random.Random) -> float:
    """Seconds to wait after so many tries that failed."""
    told = _seconds(headers.get("retry-after", ""))
    if told is not None and 0 < told <= LONGEST_TOLD:
        return told
    return min(FIRST * 2.0 ** (tries - 1), LONGEST) * (1 - JITTER * rng.random())


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
