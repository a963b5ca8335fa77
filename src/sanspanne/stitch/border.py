"""Does a continuation that nobody asked to prove its place go on, or does it begin anew?

A model that takes up a partial message repeats nothing by which its place would be known. But whoever begins again, or says
his last word twice, shows it at the border, where two characters meet that no text would put together:

    wait|An outage    went by.|Then    was 1|café    { "a": 1 }|{ "a"          no text goes on so: lost
    the next |next    everybo|everybody    , à  Lyon                           the last word again, or white space: lost

True text does so now and then ("camel|Case", "had had"): then the place counts as lost too, which costs one call by the anchor.
"""

from __future__ import annotations

import re
import unicodedata

from sanspanne.stitch.folding import fold
from sanspanne.stitch.joint import Joint
from sanspanne.stitch.kinds import Kind, kind_of
from sanspanne.stitch.lost import LostPlace
from sanspanne.stitch.talk import begins_like_talk

_DATA = frozenset({Kind.CODE, Kind.JSON, Kind.TABLE})
_FROM_TOP = 8  # folded characters with which an answer begins: more than chance
_REACH = 200  # characters in which the last words are looked for
_ENDS = frozenset(".!?…:;,)]»”")
_ENDS_DENSE = frozenset("。！？")
_OPENS = frozenset("«“„([{")
_PICTURES = ("So", "Sk", "Mn", "Cf")  # what emoji are made of
_DENSE = "\u2e80"  # from here on words are written without spaces
_WORD = re.compile(r"\S+")


class WatchedJoint:
    """A joint whose first words are looked at before they pass."""

    def __init__(self, joint: Joint, said: str) -> None:
        self._joint = joint
        self._said = said
        self._came = ""
        self.exact = joint.exact
        self.joined = False

    def feed(self, text: str) -> str:
        """The next piece of the continuation, of any size; returns what may be passed on. Raises `LostPlace`."""
        if self.joined:
            return self._joint.feed(text)
        self._came += text
        return self._looked_at(self._joint.feed(text))

    def close(self) -> str:
        """The continuation is over; returns what was still held. Raises `LostPlace`."""
        passed = self._joint.close()
        return passed if self.joined else self._looked_at(passed)

    def _looked_at(self, passed: str) -> str:
        if not passed.strip():
            return passed
        before = self._came[: len(self._came) - len(passed)]
        reason = strange_border(self._said, passed, without_space=not (passed[0].isspace() or before[-1:].isspace()))
        if reason:
            raise LostPlace(reason)
        self.joined = True
        return passed


def strange_border(said: str, new: str, *, without_space: bool = False) -> str | None:
    """Why `new` can hardly be what follows `said`; None if it may be. `without_space`: it came without white space before it."""
    text, first = said.rstrip(), new.lstrip()
    space = said[len(text) :] + new[: len(new) - len(first)]
    kind = kind_of(said)
    if without_space and len(text) < len(said):
        return "the white space that stood at the end did not come again"
    if _is_doubled(space, kind):
        return "the white space at the border came twice"
    if not space and text and _never_meet(text, first[0], kind):
        return "the new text begins where none can begin: it is a second answer"
    if kind in _DATA and begins_like_talk(first):
        return "the new text speaks in the middle of code or data"
    if _says_again(text, first):
        return "the last word came again"
    return "the new text begins as the answer did" if _begins_alike(text, first) else None


def _is_doubled(space: str, kind: Kind) -> bool:
    half = space[: len(space) // 2]
    may_be_meant = half == "\n" and kind not in (Kind.JSON, Kind.TABLE)
    return bool(half) and half * 2 == space and not may_be_meant


def _never_meet(text: str, first: str, kind: Kind) -> bool:
    """Whether `first` cannot follow the last character of `text` directly."""
    last = text[-1]
    if first.isupper() and (last.islower() or last.isdigit() or last in _ENDS_DENSE):
        return True
    if kind is Kind.JSON:
        return first in "{[" and last not in "{[:,"
    return kind is not Kind.CODE and _never_meet_in_prose(text, last, first)


def _never_meet_in_prose(text: str, last: str, first: str) -> bool:
    if first in _OPENS or (first == '"' and text.count('"') % 2 == 0):
        return last.isalnum() or last in _ENDS
    if first.isupper() and last == "|":
        return True
    closes = last in _ENDS or (last == '"' and text.count('"') % 2 == 0) or unicodedata.category(last) in _PICTURES
    return first.isalpha() and first < _DENSE and (closes or last.isdigit())


def _says_again(text: str, first: str) -> bool:
    """Whether `first` begins with the last words of `text`, whole ones, however few."""
    tail = text[-_REACH:]
    return any(first.startswith(tail[word.start() :]) for word in _WORD.finditer(tail))


def _begins_alike(text: str, first: str) -> bool:
    top = fold(text[: 2 * _FROM_TOP])[:_FROM_TOP]
    return len(top) == _FROM_TOP and fold(first[: 2 * _FROM_TOP]).startswith(top)
