"""The same text in other words for every call: each run of letters carries the call's number.

worded("Une panne.", 12)            'Une₁₂ panne₁₂.'
unworded("Une₁₂ panne₃.")           'Une panne.'

What was said by one call can thus be told from what another said, to the character; and only what somebody was really given
can be matched against what he has.
"""

from __future__ import annotations

import re

LOWER = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
NONE = str.maketrans("", "", "₀₁₂₃₄₅₆₇₈₉")
RUN = re.compile(r"\w{1,8}")


def worded(text: str, number: int) -> str:
    """The wording of call `number`. `text` must be free of small low digits."""
    mark = str(number).translate(LOWER)
    return RUN.sub(lambda run: run[0] + mark, text)


def unworded(text: str) -> str:
    """The text without anybody's marks."""
    return text.translate(NONE)
