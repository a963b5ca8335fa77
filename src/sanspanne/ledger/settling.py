"""What an attempt used and what it cost, once it is over.

    never answered (no head, or a head with an error)   0 tokens, 0 dollars
    answered, and the provider told its usage            as told
    all else                                             input   as told, else the estimate of the prompt
                                                         output  as told, unless the characters that were read give more than
                                                                 twice as much: then it was told before they were said

    a rest of a generation that broke                    output from the characters of the rest: the usage that is told at its
                                                         end is that of the whole, and the beginning has been counted

    cost = sum of tokens times rate, in whole micro-dollars; a half is rounded up

A process that died has not learnt whether there was a head: what it asked and read is taken to have been paid.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from sanspanne.ledger.records import Rates
from sanspanne.tokens import tokens_of

MILLION = 1_000_000
TOLD_BEFORE = 2  # times


class Settled(Struct, frozen=True, gc=False):
    """Tokens and cost. `input` counts all of the prompt, with what was `cached` (read) and `cache_written`.

    `input_estimated` and `output_estimated` say which of them nobody told us. `cost` is in micro-dollars, None where the
    rates are not known. `free` says why it costs nothing: `unanswered`, `local`, or empty.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_written: int = 0
    input_estimated: bool = False
    output_estimated: bool = False
    cost: int | None = 0
    free: str = ""


class Told(Protocol):
    """What there is to know of an attempt."""

    prompt: int
    rates: Rates | None
    local: bool
    rest: bool
    said: int
    dense: int
    outcome: str
    status: int | None


def settle(attempt: Told, usage: tuple[int, int, int, int] | None) -> Settled:
    """The tokens and the cost of an attempt that is over, or (with an empty outcome) so far."""
    if attempt.outcome not in ("", "died") and (attempt.status is None or attempt.status >= 300):
        return Settled(free="unanswered")
    usage = None if attempt.rest else usage
    told_in, told_out, cached, cache_written = usage or (0, 0, 0, 0)
    whole = attempt.outcome == "answered" and usage is not None
    guess = 0 if whole else tokens_of(attempt.said, attempt.dense)
    guess_in = not (whole or told_in or attempt.rest)
    guess_out = not whole and (usage is None or guess > TOLD_BEFORE * told_out)
    used_in = attempt.prompt if guess_in else told_in
    used_out = guess if guess_out else told_out
    return Settled(
        input=used_in,
        output=used_out,
        cached=cached,
        cache_written=cache_written,
        input_estimated=guess_in,
        output_estimated=guess_out,
        cost=0
        if attempt.local
        else _cost((used_in - cached - cache_written, used_out, cached, cache_written), attempt.rates),
        free="local" if attempt.local else "",
    )


def _cost(used: tuple[int, int, int, int], rates: Rates | None) -> int | None:
    if rates is None:
        return None
    fresh, out, cached, written = used
    millionths = max(0, fresh) * rates[0] + out * rates[1] + cached * rates[2] + written * rates[3]
    return (millionths + MILLION // 2) // MILLION
