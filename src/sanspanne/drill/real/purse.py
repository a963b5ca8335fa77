"""How much a drill with real targets may cost: so many calls, so much money. What is used up stays used up.

may call?   the dearest that the call can be is put aside: a token for each byte of the prompt, and all the output that it
            allows; not if that exceeds what is left: then nothing is passed on any more
is over     what the provider says it was takes the place of what was put aside; if it says nothing, that stays spent
"""

from __future__ import annotations

import re

from msgspec import Struct

from sanspanne.ledger.records import Rates

UNSAID = 4096  # tokens that an answer may have if its request does not say
TAIL = 8192  # bytes at the end of an answer in which it says what it used
MOST = re.compile(rb'"(?:max_tokens|max_completion_tokens|max_output_tokens|maxOutputTokens)"\s*:\s*(\d+)')
USED = re.compile(
    rb'"(prompt_tokens|input_tokens|promptTokenCount|cache_creation_input_tokens|cache_read_input_tokens'
    rb'|completion_tokens|output_tokens|candidatesTokenCount|thoughtsTokenCount)"\s*:\s*(\d+)'
)
OUTPUT = frozenset({b"completion_tokens", b"output_tokens", b"candidatesTokenCount", b"thoughtsTokenCount"})
PICO = 1_000_000  # micro-dollars per million tokens times tokens, over this: micro-dollars


class Purse(Struct):
    """Money in micro-dollars. `empty` says why nothing is passed on any more, and is empty as long as something is."""

    most_calls: int
    most: int
    calls: int = 0
    spent: int = 0
    empty: str = ""

    def take(self, body: bytes, rates: Rates) -> int | None:
        """Put aside what a call with this body can cost at most; None if it must not be made."""
        cost = dearest(body, rates)
        if not self.empty and self.calls >= self.most_calls:
            self.empty = f"{self.most_calls} calls have been made"
        if not self.empty and self.spent + cost > self.most:
            self.empty = f"the next call may cost more than what is left of ${self.most / 1e6:g}"
        if self.empty:
            return None
        self.calls += 1
        self.spent += cost
        return cost

    def refund(self, taken: int) -> None:
        """The call was refused: it costs nothing."""
        self.spent -= taken

    def settle(self, taken: int, tail: bytes, rates: Rates) -> None:
        """The call is over; `tail` is the end of what was answered."""
        used = cost_of(tail, rates)
        if used is not None:
            self.spent += used - taken


def dearest(body: bytes, rates: Rates) -> int:
    """What a call with this body can cost at most, in micro-dollars."""
    said = [int(most) for most in MOST.findall(body)]
    return price(len(body), max(said, default=UNSAID), rates)


def cost_of(tail: bytes, rates: Rates) -> int | None:
    """What an answer cost that ends like this; None if it does not say. What is said twice is cumulative."""
    used: dict[bytes, int] = {}
    for name, count in USED.findall(tail):
        used[name] = max(used.get(name, 0), int(count))
    written = sum(count for name, count in used.items() if name in OUTPUT)
    read = sum(count for name, count in used.items() if name not in OUTPUT)
    return price(read, written, rates) if OUTPUT & used.keys() and used.keys() - OUTPUT else None


def price(read: int, written: int, rates: Rates) -> int:
    """So many tokens of prompt and of answer, in micro-dollars, rounded up."""
    return -(-(read * max(rates[0], rates[3]) + written * rates[1]) // PICO)
