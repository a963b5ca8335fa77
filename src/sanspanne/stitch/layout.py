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
_LONG_BEFORE_A_BLANK = 40  # letters and verses have their empty lines behind marks
_DENSE = "\u2e80"  # from here on a character says twice as much
_DOTS_AT_A_WORD = re.compile(r"\s*(?:\.\.\.|…)\w")
_DOTS_IN_CODE = re.compile(r"\s*(?:\.\.\.|…)[ \t]*\w")
_BEFORE_DOTS = "([{<,=.&*"  # `[...items]`, `f(a, ...rest)`


def is_strange(said: str, new: str, kind: Kind, *, asked: bool) -> bool:
    """Whether `new` behind `said` makes a layout that nobody meant. `asked`: the model had to repeat the last words first."""
    space = new[: len(new) - len(new.lstrip())]
    before = trailing_space(said)
    is_rest = asked and "\n" in before and "\n" not in space  # the words came without it, then what follows all of it
    if new.strip() and not is_rest and _departs(before, space, kind):
        return True
    return asked and (_is_on_a_line_of_its_own(said, new, space, kind) or _is_behind_dots(said, new, kind))


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


def _is_on_a_line_of_its_own(said: str, new: str, space: str, kind: Kind) -> bool:
    """Whether the new text begins on a new line where the text was in the middle of one."""
    text = said.rstrip()
    line = text.rpartition("\n")[2]
    if "\n" not in space or "\n" in trailing_space(said):
        return False
    if trailing_space(said) == " ":
        return True
    if kind is Kind.CODE:
        return _is_apart_in_code(line, new)
    if kind is Kind.TABLE:
        return line.lstrip().startswith("|") and not line.endswith("|")
    if kind not in _LOOSE or not (text[-1:].isalnum() or text[-1:] == ","):
        return False
    if new.lstrip()[:1].islower():
        return True
    weight = len(line) * (2 if text[-1] >= _DENSE else 1)
    return kind is Kind.PROSE and weight > (_LONG_BEFORE_A_BLANK if space.count("\n") > 1 else _LONG)


def _is_apart_in_code(line: str, new: str) -> bool:
    """Whether a line of code ends within a string, or a name within a block goes on behind one empty line at the margin."""
    in_string = line.replace('"""', "").count('"') % 2 == 1
    at_the_margin = new.startswith("\n\n") and new[2:3].islower()
    return in_string or (at_the_margin and line[:1].isspace() and line[-1:].isalnum())


def _is_behind_dots(said: str, new: str, kind: Kind) -> bool:
    """Whether dots stand before the new text that no text has there: in the middle of a sentence, at a word."""
    text = said.rstrip()
    if kind in (Kind.CODE, Kind.JSON):
        may_be = text[-1:] in _BEFORE_DOTS or text[-1:].isdigit() or (text[-1:].isalpha() and text != said)
        return not may_be and bool(_DOTS_IN_CODE.match(new))
    may_be = kind is not Kind.TABLE and not (text[-1:].isalnum() or text[-1:] == ",")
    return not may_be and bool(_DOTS_AT_A_WORD.match(new))
