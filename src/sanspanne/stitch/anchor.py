"""Which last words a model shall repeat before it goes on, and the sentence that asks for them.

    anchor = the last n folded characters of what was said, n = 40 (prose) or 120 (code, table, JSON, list), three times as
    many on a second try; n grows by half, up to 400, until the anchor occurs only once; then back to the border of a word or line

An anchor that occurs twice cannot tell a model that goes on from one that begins again. Where even the longest does,
`AnchorJoint` refuses.
"""

from __future__ import annotations

import unicodedata

from sanspanne.stitch.folding import fold, fold_character, trailing_space
from sanspanne.stitch.kinds import Kind, kind_of, open_fence
from sanspanne.stitch.languages import language_of
from sanspanne.stitch.places import once
from sanspanne.stitch.sentences import request_turn

SHORT, LONG, LONGEST = 40, 120, 400  # folded characters
_WORD, _LINE = 40, 160  # how far back a border is looked for, in characters
_OPENING = frozenset("\"'«“„‘‚‹([{「『（【《*_`~")
_JOINER = "\u200d"


def anchor_of(said: str, *, longer: bool = False) -> str:
    """The last words of `said`, without trailing white space; all of it if it is shorter than an anchor.

    `longer` asks for about three times as much.
    """
    text = said.rstrip()
    kind = kind_of(text)
    whole = fold(text)
    factor = 3 if longer else 1
    size = factor * (SHORT if kind is Kind.PROSE else LONG)
    anchor = _last(text, size, kind)
    while size < factor * LONGEST and not once(fold(anchor), whole):
        size = min(size * 3 // 2, factor * LONGEST)
        anchor = _last(text, size, kind)
    return anchor


def request_for(anchor: str, said: str) -> str:
    """The user's turn that asks a model to repeat `anchor` and to go on from there, in the language of `said`.

    Between the tags the anchor has the white space that `said` ends with: a model that copies it goes on right behind it.
    """
    ends_in_line = said.rstrip(" \t") == said.rstrip() and bool(said.strip())
    return request_turn(
        language_of(said),
        anchor + trailing_space(said),
        in_word=said[-1:].isalnum(),
        in_line=ends_in_line,
        in_code=open_fence(said) is not None,
    )


def _last(text: str, size: int, kind: Kind) -> str:
    """The last `size` folded characters, back to a border."""
    start, found = len(text), 0
    while start and found < size:
        start -= 1
        found += len(fold_character(text[start]))
    return text[_border(text, start, kind) if start else 0 :].lstrip()


def _border(text: str, start: int, kind: Kind) -> int:
    """The nearest border of a line (of a word in prose) at or before `start`, else of a character as readers see it."""
    if kind is not Kind.PROSE:
        line = text.rfind("\n", max(0, start - _LINE), start)
        if line >= 0:
            return line + 1
    for place in range(start, max(0, start - _WORD), -1):
        if text[place - 1].isspace():
            return place
    return _whole_character(text, start)


def _whole_character(text: str, start: int) -> int:
    """Back to where a grapheme cluster begins, and before an opening mark: it would look like the model's own quote."""
    while start and (_continues(text, start) or text[start - 1] in _OPENING):
        start -= 1
    return start


def _continues(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it: accents, joined emoji, skin tones, flags, surrogates."""
    character = text[at]
    if unicodedata.category(character)[0] == "M" or _JOINER in (character, text[at - 1]):
        return True
    if (
        "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\udc00" <= character <= "\udfff"
        or "\u1160" <= character <= "\u11ff"
    ):
        return True
    return _is_flag(character) and _flags_before(text, at) % 2 == 1


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    """How many regional indicators stand directly before `at`: two of them make one flag."""
    start = at
    while start and _is_flag(text[start - 1]):
        start -= 1
    return at - start
