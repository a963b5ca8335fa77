"""Two spellings of one text are folded to the same characters; each folded character remembers where it came from.

    white space (also no-break, narrow, ideographic)  ->  nothing
    typographic quotes, dashes, ellipsis              ->  " ' - ...
    composed characters                               ->  decomposed (NFD), Hangul syllables excepted
    letter case                                       ->  unchanged

Comparing decomposed texts finds the same places as comparing composed ones (NFC), and a text that was cut between a letter
and its accent is still the beginning of the whole. Folding goes character by character, so it can follow a stream.
"""

from __future__ import annotations

import re
import unicodedata

_DOUBLE = "“”„‟«»〝〞＂″"
_SINGLE = "‘’‚‛‹›′ʼ"
_DASHES = "‐‑‒–—―−"
_PLAIN = {
    **dict.fromkeys(_DOUBLE, '"'),
    **dict.fromkeys(_SINGLE, "'"),
    **dict.fromkeys(_DASHES, "-"),
    "…": "...",
}
_MAY_CHANGE = re.compile(r"[^\x00-\x7f\u4e00-\u9fff\uac00-\ud7a3]")  # not ASCII, nor Chinese characters, nor Hangul


def fold_character(character: str) -> str:
    """What one character becomes: usually itself, sometimes nothing or several."""
    if character.isspace():
        return ""
    if character.isascii() or "가" <= character <= "힣":
        return character
    return _PLAIN.get(character) or unicodedata.normalize("NFD", character)


def fold(text: str) -> str:
    """The folded text, without its origins."""
    visible = "".join(text.split())
    return _MAY_CHANGE.sub(lambda match: fold_character(match[0]), visible)


def fold_keeping_space(text: str) -> str:
    """The folded text with its white space, every space of any width as a plain one."""
    return "".join(" " if _is_blank(c) else c if c.isspace() else fold_character(c) for c in text)


class Folded:
    """A text that grows, folded.

    `starts[i]` and `ends[i]` are the places in `raw` before and after what became `text[i]`; -1 where that is inside one raw
    character.
    """

    def __init__(self, raw: str = "") -> None:
        self.raw = ""
        self.text = ""
        self.starts: list[int] = []
        self.ends: list[int] = []
        for character in raw:
            self.add(character)

    def add(self, character: str) -> str:
        """Append one character; returns what it became."""
        at = len(self.raw)
        folded = fold_character(character)
        self.raw += character
        self.text += folded
        inside = [-1] * (len(folded) - 1)
        if folded:
            self.starts += [at, *inside]
            self.ends += [*inside, at + 1]
        return folded

    def after(self, end: int) -> str:
        """The raw text that follows the first `end` folded characters."""
        return self.raw[self.ends[end - 1] :] if end else self.raw

    def before(self, start: int) -> str:
        """The raw text that precedes folded character number `start`."""
        if start == len(self.text):
            return self.raw
        return self.raw[: next(place for place in reversed(self.starts[: start + 1]) if place >= 0)]


def trailing_space(text: str) -> str:
    """The white space at the end of `text`."""
    return text[len(text.rstrip()) :]


def without_repeated_space(text: str, said_space: str, *, any_more: bool = False) -> str:
    """`text` without the white space at its beginning that has been said already, as far as both agree.

    `any_more`: where some has been said, also without any further spaces.
    """
    same = 0
    for new, old in zip(text, said_space, strict=False):
        if not (new == old or (_is_blank(new) and _is_blank(old))):
            break
        same += 1
    while any_more and said_space and same < len(text) and _is_blank(text[same]):
        same += 1
    return text[same:]


def _is_blank(character: str) -> bool:
    """A space of any width (which a model may change into another), not a tab nor the end of a line."""
    return unicodedata.category(character) == "Zs"
