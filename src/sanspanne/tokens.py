"""How many tokens there are, where nobody has counted them.

of an answer    one for 4 characters; of dense scripts (Chinese, Japanese, Korean) one for 1.5
of a prompt     one for 3.5 bytes of the whole request: that must not cost a walk over its messages
"""

from __future__ import annotations

import math
import re

BYTES_PER_TOKEN = 3.5
_CHARACTERS_PER_TOKEN = 4.0
_DENSE_PER_TOKEN = 1.5

_DENSE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def estimated_tokens(text: str) -> int:
    """An estimate, at least 1 for any text."""
    return tokens_of(len(text), 0 if text.isascii() else len(_DENSE.findall(text)))


def tokens_of(characters: int, dense: int) -> int:
    """About how many tokens so many characters are, of which `dense` are of a dense script."""
    return math.ceil((characters - dense) / _CHARACTERS_PER_TOKEN + dense / _DENSE_PER_TOKEN)


def tokens_of_prompt(size: int) -> int:
    """About how many tokens a request of `size` bytes asks."""
    return math.ceil(size / BYTES_PER_TOKEN)
