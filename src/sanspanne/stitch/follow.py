"""What follows the place where new text joins: held until it is clear that it goes on, then passed on unchanged.

closing marks that are due  ->  dropped             the words said last, once more  ->  dropped or lost (see Repeats)
white space said already    ->  dropped             talk about the cut              ->  lost
anything else               ->  passed on, normally at its first character
"""

from __future__ import annotations

from sanspanne.stitch.folding import Folded, fold, trailing_space, without_repeated_space
from sanspanne.stitch.kinds import Kind, kind_of
from sanspanne.stitch.repeats import ENOUGH, Repeats
from sanspanne.stitch.sentences import END_TAG, TAG
from sanspanne.stitch.talk import is_talk

_MARKS = frozenset("\"'*_`(>")


class LostPlace(Exception):
    """The place where the new text joins was not found. The message says how, without a word of either text."""


class Follow:
    """Takes the text after the place, one character at a time.

    `closing` (folded) must come first and is dropped; what follows may not begin with one of `refused`. `may_drop`: a
    repetition of the last words is dropped where it is certain, instead of being refused.
    """

    def __init__(
        self, said: str, *, closing: str = "", refused: tuple[str, ...] = (TAG,), may_drop: bool = False
    ) -> None:
        self._said = said
        self._folded = fold(said)
        self._prose = kind_of(said) is Kind.PROSE
        self._closing = closing
        self._was_closed = False
        self._refused = refused
        self._may_drop = may_drop
        self._begin()

    def _begin(self) -> None:
        self._new = Folded()
        self._repeats = Repeats(self._folded)

    def take(self, character: str) -> str | None:
        """The next character; returns what may be passed on once that is clear, None before."""
        folded = self._new.add(character)
        if self._closing or self._is_stray_tag():
            self._close_marks(self._closing or END_TAG)
            return None
        for one in folded:
            if self._may_drop or self._repeats.agreed or one not in _MARKS:
                self._repeats.add(one)
        return self._decide(ended=False)

    def close(self) -> str:
        """The stream is over: what is still held may be passed on, or the place is lost."""
        if self._closing:
            raise LostPlace("the repeated words stand in marks that are not closed after them")
        if self._is_stray_tag():
            raise LostPlace("the text ended inside a tag")
        return self._decide(ended=True) or ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing but white space has followed."""
        return not self._new.text

    def _is_stray_tag(self) -> bool:
        return (
            TAG in self._refused
            and bool(self._new.text)
            and END_TAG.startswith(self._new.text)
            and self._tag_can_come()
        )

    def _tag_can_come(self) -> bool:
        return not self._was_closed and self._new.text[0] == "<"

    def _close_marks(self, closing: str) -> None:
        if self._new.text == closing:
            self._closing, self._was_closed = "", True
            self._begin()
        elif not closing.startswith(self._new.text):
            raise LostPlace("the repeated words stand in marks that are not closed after them")

    def _decide(self, *, ended: bool) -> str | None:
        self._refuse_strange_beginnings()
        if self._repeats.repeated:
            self._drop_repetition()
            return "" if ended else None
        talk = self._talks(ended)
        if talk:
            raise LostPlace("the new text talks about the cut instead of going on")
        if not ended and (talk is None or self._repeats.may_repeat or self._may_be_refused() or not self._new.text):
            return None
        if self._repeats.agreed >= ENOUGH and (self._repeats.from_top or self._prose):
            raise LostPlace("the new text repeats what was said and then departs from it")
        return without_repeated_space(self._new.raw, trailing_space(self._said))

    def _refuse_strange_beginnings(self) -> None:
        if self._new.text.startswith(self._refused):
            raise LostPlace("a tag or a code fence is opened once more after the repeated words")
        line = self._new.raw.lstrip(" \t\u00a0\u202f")[:1]
        if self._was_closed and line in ("\n", "\r") and "\n" not in trailing_space(self._said):
            raise LostPlace("the repeated words stand apart: whether a new line belongs to the text cannot be known")

    def _may_be_refused(self) -> bool:
        return any(beginning.startswith(self._new.text) for beginning in self._refused)

    def _drop_repetition(self) -> None:
        repeats = self._repeats
        if not (self._may_drop and repeats.proven and (self._prose or repeats.repeated == len(self._folded))):
            raise LostPlace("the new text repeats words that were said already, which it may mean to say twice")
        self._may_drop = False
        self._begin()

    def _talks(self, ended: bool) -> bool | None:
        if len(self._folded) >= ENOUGH:
            return is_talk(self._said, self._new.raw, ended=ended)
        return is_talk("", self._said + self._new.raw, ended=ended) or is_talk(self._said, self._new.raw, ended=ended)
