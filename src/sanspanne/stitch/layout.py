"""White space and dots at the border: is the layout that comes of it the one that the new text meant?

said, a function's end and four spaces; new, a line's end and "    def f": the indentation would be wrong
said "they were out of br"; new, an empty line and "eath", if asked to repeat: no line ends within a word, nor a long one
said "they were out of br"; new "...eath", if asked to repeat: the dots stand for the cut
"""

from __future__ import annotations

import re

from sanspanne.stitch.folding import fold_keeping_space, trailing_space, without_repeated_space
from sanspanne.stitch.kinds import Kind

DOTS = "..."
_LOOSE = (Kind.PROSE, Kind.LIST)  # where a blank line more or less means nothing
_LONG = 60  # characters: longer lines of prose hardly ever end without a mark, headings and verses are shorter
_DOTS_AT_A_WORD = re.compile(r"\s*(?:\.\.\.|…)\w")


def is_strange(said: str, new: str, kind: Kind, *, asked: bool) -> bool:
    """Whether `new` behind `said` makes a layout that nobody meant. `asked`: the model had to repeat the last words first."""
    space = new[: len(new) - len(new.lstrip())]
    if new.strip() and _departs(trailing_space(said), space, kind):
        return True
    return asked and kind is Kind.PROSE and _is_set_apart(said, new, space)


def _departs(said: str, space: str, kind: Kind) -> bool:
    """Whether the white space said and the one that comes again make a third. None at all: it was not written again."""
    came = fold_keeping_space(said + without_repeated_space(space, said))
    meant = fold_keeping_space(space)
    if not said or not space or came == meant:
        return False
    return kind not in _LOOSE or _indentation(came) != _indentation(meant)


def _indentation(space: str) -> str:
    """The white space behind the last line's end; nothing within a line."""
    _, end, indentation = space.rpartition("\n")
    return indentation if end else ""


def _is_set_apart(said: str, new: str, space: str) -> bool:
    """Whether the new text begins on a line of its own, or behind dots, where the text was in the middle of a sentence."""
    text = said.rstrip()
    if not (text[-1:].isalnum() or text[-1:] == ",") or "\n" in trailing_space(said):
        return False
    if "\n" in space:
        return len(text.rpartition("\n")[2]) > _LONG or new.lstrip()[:1].islower()
    return bool(_DOTS_AT_A_WORD.match(new))
