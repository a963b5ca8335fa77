"""Where exactly a continuation joins what was said: nothing is passed on before the place is certain.

    seeking --the last words are found, what follows goes on--> joined: everything passes unchanged
       \\------they cannot be found any more------------------> LostPlace

Each character is judged on its own, so the result cannot depend on how the stream was cut. A continuation that skips ahead
after repeating the right words cannot be seen by anybody who does not know the whole text; nor can a repetition of fewer than
24 characters.
"""

from __future__ import annotations

from typing import Protocol

from sanspanne.stitch.folding import Folded, fold, fold_character, fold_keeping_space
from sanspanne.stitch.follow import Follow
from sanspanne.stitch.kinds import Kind, kind_of
from sanspanne.stitch.lost import LostPlace
from sanspanne.stitch.places import Place, once, places
from sanspanne.stitch.repeats import ENOUGH
from sanspanne.stitch.sentences import TAG
from sanspanne.stitch.talk import speaks_of_the_cut
from sanspanne.stitch.wrappers import Wrapping, only_marks, wrapping_of

_ECHO = 2_000  # folded characters of an answer that may come again from its top
_SPACE = 2_000  # characters of white space in a row: it is folded away, and must not be held without end


class Joint(Protocol):
    """Joins one continuation to what was said."""

    joined: bool
    exact: bool

    def feed(self, text: str) -> str:
        """The next piece of the continuation, of any size; returns what may be passed on. Raises `LostPlace`."""
        ...

    def close(self) -> str:
        """The continuation is over; returns what was still held. Raises `LostPlace`."""
        ...


class _Joint:
    """What both joints have in common: characters are taken one by one until the place is found."""

    exact = True  # every join that the rules allow is exact

    def __init__(self, said: str) -> None:
        self.joined = False
        self._said = said
        self._folded = fold(said)
        self._follow: Follow | None = None
        self._space = 0

    def feed(self, text: str) -> str:
        """The next piece of the continuation, of any size; returns what may be passed on. Raises `LostPlace`."""
        if self.joined:
            return text
        for number, character in enumerate(text):
            passed = self._take(character)
            if passed is not None:
                self.joined = True
                return passed + text[number + 1 :]
        return ""

    def close(self) -> str:
        """The continuation is over; returns what was still held. Raises `LostPlace`."""
        if self.joined:
            return ""
        passed = self._end()
        self.joined = True
        return passed

    def _take(self, character: str) -> str | None:
        self._space = self._space + 1 if character.isspace() else 0
        if self._space > _SPACE:
            raise LostPlace("nothing but white space came")
        return self._follow.take(character) if self._follow else self._seek(character)

    def _seek(self, character: str) -> str | None:
        raise NotImplementedError

    def _end(self) -> str:
        raise NotImplementedError


class _Echo:
    """Everything that was said comes once more, from its top: followed to its end."""

    def __init__(self, said: str, at: int = 0) -> None:
        self._said = said
        self._at = at

    def goes_on(self, character: str) -> bool:
        """Take the next character; False once all has come. Raises `LostPlace` where it departs."""
        folded = fold_character(character)
        if not self._said.startswith(folded, self._at):
            raise LostPlace("the new text began like what was said and then departed from it")
        self._at += len(folded)
        return self._at < len(self._said)


class AnchorJoint(_Joint):
    """Finds the words that the model was asked to repeat, and passes on what follows them.

    In this order: the anchor at the very beginning (quotes, tags, a fence before it allowed); the anchor within the first three
    anchors' length; an overlap of its last words; an echo from the top. Of less than 24 folded characters, all must come
    again at the very beginning.
    """

    def __init__(self, said: str, anchor: str) -> None:
        super().__init__(said)
        self._anchor = fold(anchor)
        self._window = Folded()
        self._may_begin = True
        self._echo: _Echo | None = None
        self._before = ""
        self._prose = kind_of(said) is Kind.PROSE
        self._certain = once(self._anchor, self._folded) and any(map(str.isalnum, self._folded))

    def _seek(self, character: str) -> str | None:
        if not self._certain:
            raise LostPlace(
                "the last words, repeated, would prove no place: they stand twice in the answer, or are no words"
            )
        if self._echo:
            return self._follow_echo(character)
        self._window.add(character)
        if self._may_begin:
            return self._look_at_beginning()
        if len(self._window.text) >= 3 * len(self._anchor):
            return self._look_in_window()
        return None

    def _follow_echo(self, character: str) -> str | None:
        if self._echo and not self._echo.goes_on(character):
            self._follow = Follow(self._said, self._folded, Wrapping())
        return None

    def _look_at_beginning(self) -> str | None:
        raw = self._window.raw
        for skip in sorted({0, only_marks(raw)}):
            new = self._window.text[len(fold(raw[:skip])) :]
            if new == self._anchor:
                return self._join(raw[:skip], "")
            if self._anchor.startswith(new) or TAG.startswith(new):
                return None
        self._may_begin = False
        if len(self._folded) < ENOUGH:
            raise LostPlace("so little was said that only its exact repetition counts, and it did not come")
        return None

    def _look_in_window(self) -> str | None:
        place = self._place()
        if place:
            return self._join(self._window.before(place.start), self._window.after(place.end))
        if len(self._folded) > _ECHO or not self._folded.startswith(self._window.text):
            raise LostPlace("the last words were not repeated")
        self._echo = _Echo(self._folded, len(self._window.text))
        return None

    def _place(self) -> Place | None:
        found = places(self._window, self._folded)
        size = len(self._anchor)
        anchors = [place.without_marks(self._window, size) for place in found if place.length >= size]
        if len(anchors) > 1:
            raise LostPlace("the last words were repeated several times")
        overlaps = [place for place in found if once(self._folded[-place.length :], self._folded)]
        chosen = anchors or (overlaps if len(found) == 1 else [])
        return chosen[0] if chosen and self._is_plausible(chosen[0]) else None

    def _is_plausible(self, place: Place) -> bool:
        """Whether what stands before the repeated words can be dropped: marks, talk about the cut, or (in prose) a slip.

        Code and tables repeat themselves: there, behind an apology, an overlap may be a piece of the text that goes on.
        """
        before = self._window.before(place.start)
        text = before[only_marks(before) :].rstrip()
        is_anchor = place.length >= len(self._anchor)
        if not text or (speaks_of_the_cut(text) and (is_anchor or self._prose)):
            return True
        return self._prose and (is_anchor or 4 * place.end <= 5 * len(self._anchor))

    def _join(self, before: str, rest: str) -> str | None:
        """The place is found: drop what stands before it, and look at what follows."""
        wrapping = wrapping_of(before, self._said)
        if wrapping is None:
            raise LostPlace("something was opened before the repeated words that nobody can close with certainty")
        loose = not self._has_same_layout(rest)
        if loose and not self._prose:
            raise LostPlace("the last words were repeated with other white space, which means something in such a text")
        self._before = before[only_marks(before) :].strip()
        self._follow = Follow(self._said, self._folded, wrapping, loose=loose)
        for number, character in enumerate(rest):
            passed = self._follow.take(character)
            if passed is not None:
                return passed + rest[number + 1 :]
        return None

    def _has_same_layout(self, rest: str) -> bool:
        """Whether the end of the repeated words has the very white space that was said."""
        said = fold_keeping_space(self._said.rstrip()[-ENOUGH:])
        raw = self._window.raw[: len(self._window.raw) - len(rest)]
        return fold_keeping_space(raw).endswith(said)

    def _end(self) -> str:
        if self._follow is None and not self._echo and self._window.text and self._certain:
            passed = self._look_in_window()
            if passed is not None:
                return passed
        if self._follow is None:
            raise LostPlace("the new text ended before the last words were repeated")
        if self._before and self._follow.is_empty:
            raise LostPlace("the new text talks about the last words and does not go on")
        return self._follow.close()


class PrefillJoint(_Joint):
    """Joins the text of a model that goes on from the partial message itself: its first characters normally decide.

    `echoes`: the target always gives what was said back first; then the echo must come, of any length.
    """

    def __init__(self, said: str, *, echoes: bool = False) -> None:
        super().__init__(said)
        self._echo = _Echo(self._folded) if echoes and self._folded else None
        if not self._echo:
            self._follow = Follow(said, self._folded, may_drop=True)

    def _seek(self, character: str) -> str | None:
        if self._echo and not self._echo.goes_on(character):
            self._follow = Follow(self._said, self._folded)
        return None

    def _end(self) -> str:
        if self._follow is None:
            raise LostPlace("the new text ended before it had given back what was said")
        return self._follow.close()
