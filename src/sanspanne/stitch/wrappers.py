"""Quotes, tags and code fences that a model puts around the words it was asked to repeat.

What was opened right before the words must be closed right after them: a mark that stays open is closed somewhere in the text
to come, where nobody could tell it from the text's own.
"""

from __future__ import annotations

import re

from sanspanne.stitch.folding import fold
from sanspanne.stitch.sentences import END_TAG, TAG

_PAIRS = {'"': '"', "'": "'", "`": "`", "*": "*", "_": "_", "(": ")", "[": "]", "「": "」", "『": "』"}
_FENCE = re.compile(r"(?:^|\n)[ \t]*(`{3,}|~{3,})[ \t]*[\w+.-]*[ \t]*\n\s*$")
_ENDS_WORDS = re.compile(r"(?:[^\W_]|[.:!?,;。：！？，、)\]…])\s*$")
_ONLY_MARKS = re.compile(r"(?:\s|<ancre>|[\"'`*_(\[「『“”„«»‘’‚‹›]|(?<=```)[\w+.-]*\n|(?<=~~~)[\w+.-]*\n|~)*")


def only_marks(text: str) -> int:
    """How many characters at the beginning of `text` can be nothing but opening marks."""
    match = _ONLY_MARKS.match(text)
    return match.end() if match else 0


def closing_of(before: str, *, in_code: bool) -> str | None:
    """What must follow the repeated words when `before` stands in front of them, folded: "" for nothing.

    None when it is not certain. A fence opened again inside a code block (`in_code`) is simply dropped: its end is the block's.
    """
    closing = ""
    while token := _last_token(before):
        before, closer = token
        if closer == "```" and in_code:
            closer = ""
        closing += closer
    if before.strip() and not _ENDS_WORDS.search(before):
        return None
    return None if _leaves_open(before) else closing


def _last_token(before: str) -> tuple[str, str] | None:
    """The last opening mark: what stands before it, and what closes it."""
    fence = _FENCE.search(before)
    if fence:
        return before[: fence.start()], fold(fence[1])
    text = before.rstrip()
    if text.endswith(TAG):
        return text[: -len(TAG)], END_TAG
    if text and fold(text[-1]) in _PAIRS:
        return text[:-1], _PAIRS[fold(text[-1])]
    return None


def _leaves_open(before: str) -> bool:
    folded = fold(before)
    return bool(
        folded.count('"') % 2
        or folded.count("```") % 2
        or folded.count("`") % 2
        or folded.count(TAG) != folded.count(END_TAG)
    )
