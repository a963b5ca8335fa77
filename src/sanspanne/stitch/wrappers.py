"""Quotes, tags and code fences that a model puts around the words it was asked to repeat.

    <ancre>words</ancre> goes on        both tags are dropped
    "words" goes on                     both quotes are dropped, in prose without an open quote of its own
    ```python                           dropped where this very block is open: its end will be the block's
    words

What was opened right before the words must be closed right after them: a mark that stays open is closed somewhere in the text
to come, where nobody could tell it from the text's own. In all doubtful cases the place is lost.
"""

from __future__ import annotations

import re

from msgspec import Struct

from sanspanne.stitch.folding import fold
from sanspanne.stitch.kinds import Kind, kind_of, open_fence
from sanspanne.stitch.lost import LostPlace
from sanspanne.stitch.sentences import END_TAG, TAG

_PAIRS = {'"': '"', "'": "'", "`": "`", "*": "*", "_": "_", "(": ")", "[": "]", "「": "」", "『": "』"}
_PAIRS |= {"“": "”", "„": "“", "«": "»", "‘": "’", "‹": "›"}
_FENCE = re.compile(r"(?:^|\n)[ \t]*(?:`{3,}|~{3,})[ \t]*([\w+.-]*)[ \t]*\n\s*$")
_ENDS_WORDS = re.compile(r"(?:[^\W_]|[.:!?,;。：！？，、)\]…])\s*$")
_ONLY_MARKS = re.compile(r"(?:\s|<ancre>|[\"'`*_(\[「『“”„«»‘’‚‹›]|(?<=```)[\w+.-]*\n|(?<=~~~)[\w+.-]*\n|~)*")


class Wrapping(Struct, frozen=True):
    """What stood around the repeated words: `tags` or `marks` that must close right after them; a fence that was `reopened`."""

    tags: str = ""
    marks: str = ""
    reopened: bool = False


class Closing:
    """Waits for the closing tags or marks, one character at a time."""

    def __init__(self, wrapping: Wrapping) -> None:
        self._tags = wrapping.tags
        self._due = wrapping.tags or wrapping.marks

    @property
    def is_due(self) -> bool:
        """Whether something has still to be closed."""
        return bool(self._due)

    def take(self, character: str) -> None:
        """The next character; raises `LostPlace` if it is not the next of the closing. Tags may stand on lines of their own."""
        if self._tags and character.isspace():
            return
        if character != self._due[0]:
            raise LostPlace("the repeated words stand in marks that are not closed right after them")
        self._due = self._due[1:]


def only_marks(text: str) -> int:
    """How many characters at the beginning of `text` can be nothing but opening marks."""
    match = _ONLY_MARKS.match(text)
    return match.end() if match else 0


def wrapping_of(before: str, said: str) -> Wrapping | None:
    """What `before`, in front of the repeated words, has opened; None when it cannot be closed with certainty."""
    fence = _FENCE.search(before)
    if fence:
        before = before[: fence.start()]
        return Wrapping(reopened=True) if fence[1] == open_fence(said) and _is_closed(before) else None
    tags = ""
    while before.rstrip().endswith(TAG):
        before = before.rstrip()[: -len(TAG)]
        tags += END_TAG
    marks = ""
    while before and before[-1] in _PAIRS:
        marks += _PAIRS[before[-1]]
        before = before[:-1]
    known = _is_closed(before) and not (tags and marks) and not any(_is_open(mark, said) for mark in marks)
    return Wrapping(tags, marks) if known else None


def _is_closed(before: str) -> bool:
    """Whether `before` is words without a mark that is still open."""
    folded = fold(before)
    pairs = folded.count('"') % 2 or folded.count("`") % 2 or folded.count(TAG) != folded.count(END_TAG)
    return not pairs and (not before.strip() or bool(_ENDS_WORDS.search(before)))


def _is_open(closing: str, said: str) -> bool:
    """Whether `said` may close the same mark itself: it stands open there, or what is said is not prose."""
    folded, mark = fold(said), fold(closing)
    opening = next(fold(left) for left, right in _PAIRS.items() if right == closing)
    open_now = folded.count(mark) % 2 if opening == mark else folded.count(opening) > folded.count(mark)
    return bool(open_now) or kind_of(said) is not Kind.PROSE
