"""Where, in the first piece of new text, the last words of what was said come to their end.

    a place  = an end in the window; its length = how many characters before it agree with the end of what was said
    anchor   = a place at least as long as the anchor
    overlap  = a shorter one of at least 24 characters that stand only once in what was said

Several places of the same rank are ambiguous: none is chosen.
"""

from __future__ import annotations

from msgspec import Struct

from sanspanne.stitch.folding import Folded
from sanspanne.stitch.repeats import ENOUGH


class Place(Struct, frozen=True):
    """The new text joins after its first `end` folded characters; the last `length` of these have been said."""

    end: int
    length: int

    @property
    def start(self) -> int:
        """Where the repeated words begin."""
        return self.end - self.length

    def without_marks(self, window: Folded, anchor: int) -> Place:
        """The same place, where only marks stand before the `anchor` characters: they may be the model's own."""
        before = window.text[self.start : self.end - anchor]
        return self if any(map(str.isalnum, before)) else Place(self.end, min(self.length, anchor))


def places(window: Folded, said: str) -> list[Place]:
    """All places of at least 24 characters in `window`; `said` is folded."""
    last = said[-ENOUGH:]
    found = []
    at = window.text.find(last)
    while at >= 0:
        end = at + len(last)
        if window.ends[end - 1] >= 0:
            found.append(Place(end, _agreeing(window.text[:end], said)))
        at = window.text.find(last, at + 1)
    return found


def once(words: str, said: str) -> bool:
    """Whether `words`, with which `said` ends, stand nowhere else in it."""
    return said.find(words) == len(said) - len(words)


def _agreeing(text: str, said: str) -> int:
    """How many characters both have in common at their ends."""
    most = min(len(text), len(said))
    for length in range(most):
        if text[-1 - length] != said[-1 - length]:
            return length
    return most
