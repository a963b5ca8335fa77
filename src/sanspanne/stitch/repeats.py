"""Does new text say again what was said: from its top, or its last words?

    all places i of said at which the new text could begin are followed, one folded character at a time:
    said[i:] agrees so far  ->  may repeat          none agrees any more  ->  departed, after `agreed` characters
    some i agrees to the end of said                                      ->  repeated

Fewer than 24 agreeing characters prove nothing: a text's true continuation begins with its last words often enough (>= 8
characters: 1 %; >= 24: at most 0.04 %).
"""

from __future__ import annotations

ENOUGH = 24  # folded characters
_TAIL = 20_000  # how far back repeated words may begin, in folded characters


class Repeats:
    """Follows new text against `said` (both folded)."""

    def __init__(self, said: str) -> None:
        self._said = said
        self._places: list[int] | None = None  # those that agree so far; None before the first character
        self.agreed = 0
        self.from_top = True  # whether the new text agrees with the beginning of what was said, or did when it departed
        self.repeated = 0  # how many characters at the end of `said` have come again, once they are a proof

    def add(self, character: str) -> None:
        """The next folded character of the new text."""
        at, said = self.agreed, self._said
        if self._places is None:
            going_on = self._beginnings(character)
        else:
            going_on = [place for place in self._places if said[place + at] == character]
        if going_on:
            self.agreed += 1
            self.from_top = going_on[0] == 0
            self._judge(going_on)
        self._places = [place for place in going_on if place + self.agreed < len(said)]

    def _beginnings(self, character: str) -> list[int]:
        """Where in `said` a repetition can begin with `character`."""
        said = self._said
        places = [0] if said.startswith(character) else []
        place = said.find(character, max(1, len(said) - _TAIL))
        while place >= 0:
            places.append(place)
            place = said.find(character, place + 1)
        return places

    def _judge(self, places: list[int]) -> None:
        length = self.agreed
        at_end = places[-1] + length == len(self._said)
        if at_end and (length >= ENOUGH or length == len(self._said)):
            self.repeated = length

    @property
    def may_repeat(self) -> bool:
        """Whether more text can still turn out to be a repetition."""
        return bool(self._said) if self._places is None else bool(self._places)

    @property
    def proven(self) -> bool:
        """Whether the repetition can only be the end of what was said: long enough, and nowhere else in it."""
        again = self._said[-self.repeated :]
        once = self._said.find(again) == len(self._said) - self.repeated
        return self.repeated >= ENOUGH and once and not self._places
