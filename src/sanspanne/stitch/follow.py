"""What follows the place where new text joins: held until it is clear that it goes on, then passed on unchanged.

closing marks that are due  ->  dropped             the words said last, once more  ->  dropped or lost (see Repeats)
white space said already    ->  dropped             talk about the cut              ->  lost
anything else               ->  passed on, normally at its first character, unless the border is strange (see `layout`)
"""

from __future__ import annotations

from sanspanne.stitch.folding import Folded, trailing_space, without_repeated_space
from sanspanne.stitch.kinds import Kind, kind_of
from sanspanne.stitch.layout import DOTS, is_strange
from sanspanne.stitch.lost import LostPlace
from sanspanne.stitch.repeats import ENOUGH, Repeats
from sanspanne.stitch.sentences import END_TAG, TAG
from sanspanne.stitch.talk import is_talk
from sanspanne.stitch.wrappers import Closing, Wrapping

_FENCES = ("```", "~~~")


class Follow:
    """Takes the text after the place, one character at a time.

    `folded` is `said`, folded. `wrapping`: what a model that was asked to repeat the last words has put around them; None
    where it was not asked. There it may repeat them by itself: `may_drop` drops them where that is certain, instead of
    refusing them. `loose`: it has repeated the last words with other white space.
    """

    def __init__(
        self,
        said: str,
        folded: str,
        wrapping: Wrapping | None = None,
        *,
        may_drop: bool = False,
        loose: bool = False,
    ) -> None:
        self._said = said
        self._loose = loose
        self._folded = folded
        self._kind = kind_of(said)
        self._prose = self._kind is Kind.PROSE
        self._asked = wrapping is not None
        self._closing = Closing(wrapping or Wrapping())
        self._wrapped = self._closing.is_due
        self._needs_space = bool(wrapping and wrapping.marks)
        self._refused = (TAG, *(_FENCES if wrapping and wrapping.reopened else ())) if wrapping else ()
        self._may_drop = may_drop
        self._begin()

    def _begin(self) -> None:
        self._new = Folded()
        self._repeats = Repeats(self._folded)  # from the first character on
        self._words = Repeats(self._folded)  # from the first letter or digit on
        self._has_words = False
        self._talk: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing but white space has followed."""
        return not self._new.text

    @property
    def _is_echo(self) -> bool:
        """Whether all of it so far is what was said, from its top: an answer's own beginning is no talk about the cut."""
        return self._repeats.may_repeat and self._repeats.from_top and self._repeats.agreed > 0

    def take(self, character: str) -> str | None:
        """The next character; returns what may be passed on once that is clear, None before. Raises `LostPlace`."""
        if self._closing.is_due:
            self._closing.take(character)
            return None
        for folded in self._new.add(character):
            self._compare(folded)
        return self._decide(ended=False)

    def _compare(self, folded: str) -> None:
        """Follow a repetition; marks before it ("...", a quote) do not hide it."""
        self._repeats.add(folded)
        if self._has_words or folded.isalnum():
            self._has_words = True
            self._words.add(folded)
        elif self._asked and not self._repeats.may_repeat:
            self._repeats = Repeats(self._folded)
            self._repeats.add(folded)

    def close(self) -> str:
        """The stream is over: returns what is still held. Raises `LostPlace`."""
        if self._closing.is_due:
            raise LostPlace("the repeated words stand in marks that are not closed after them")
        return self._decide(ended=True) or ""

    def _decide(self, *, ended: bool) -> str | None:
        if self._drop_stray_tag() or self._drop_repetition():
            return None
        self._refuse_talk(ended)
        if not ended and self._is_open():
            return None
        self._refuse_departure()
        self._refuse_strange_border()
        space = trailing_space(self._said)
        return without_repeated_space(self._new.raw, space, any_more=self._loose)

    def _is_open(self) -> bool:
        """Whether the next character may still change what the first ones mean."""
        text = self._new.text
        beginnings = (*self._refused, END_TAG, DOTS) if self._asked else ()
        unclear = not text or any(beginning.startswith(text) for beginning in beginnings)
        repeats = self._repeats.may_repeat or ((self._asked or self._has_words) and self._words.may_repeat)
        return unclear or self._talk is None or repeats

    def _drop_stray_tag(self) -> bool:
        """A closing tag without an opening one: it is never the text's own."""
        if not self._asked or self._wrapped or self._new.text != END_TAG:
            return False
        self._wrapped = True
        self._begin()
        return True

    def _drop_repetition(self) -> bool:
        """The words said last, once more: dropped if they may be, and prose (a row of a table may well come twice)."""
        repeats = self._repeats
        if not (repeats.repeated or self._words.repeated):
            return False
        if not (self._may_drop and repeats.proven and (self._prose or repeats.repeated == len(self._folded))):
            raise LostPlace("the new text repeats words that were said already, which it may mean to say twice")
        self._may_drop = False
        self._begin()
        return True

    def _refuse_talk(self, ended: bool) -> None:
        if self._new.text.startswith(self._refused):
            raise LostPlace("a tag or a code fence is opened once more after the repeated words")
        if self._talk is None and (ended or not self._is_echo):
            self._talk = self._talks(ended)
        if self._talk:
            raise LostPlace("the new text talks about the cut instead of going on")

    def _talks(self, ended: bool) -> bool | None:
        new = self._new.raw
        whole = is_talk("", self._said + new, ended=ended) if len(self._folded) < ENOUGH else False
        return whole or is_talk(self._said, new, ended=ended, asked=self._asked)

    def _refuse_departure(self) -> None:
        if any(each.agreed >= ENOUGH and (each.from_top or self._prose) for each in (self._repeats, self._words)):
            raise LostPlace("the new text repeats what was said and then departs from it")

    def _refuse_strange_border(self) -> None:
        """The first character tells whether the new text goes on from the very end."""
        new = self._new.raw
        space = new[: len(new) - len(new.lstrip())]
        unsure = self._wrapped or (self._loose and self._said[-1:].isalnum())
        if unsure and "\n" in space:
            raise LostPlace("the repeated words stand apart: whether a new line belongs to the text cannot be known")
        if self._needs_space and new and not space:
            raise LostPlace("the mark after the repeated words may be the text's own")
        if is_strange(self._said, new, self._kind, asked=self._asked):
            raise LostPlace(
                "the new text stands apart from what was said: its white space or its dots may be no part of it"
            )
        if not self._asked and self._prose and _begins_anew(self._said, new):
            raise LostPlace("the new text begins a sentence in the middle of one: it is a second answer")


def _begins_anew(said: str, new: str) -> bool:
    """Whether a capital follows a small letter or a comma without the white space that a model going on would have written."""
    last = said.rstrip()[-1:]
    return new[:1].isupper() and (last.islower() or last == ",")
