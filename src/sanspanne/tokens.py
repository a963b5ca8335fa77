"""How many tokens a text has, where nobody has counted them: about one for four characters, of CJK scripts two for three."""

from __future__ import annotations

import re

CHARACTERS_PER_TOKEN = 4.0
DENSE_PER_TOKEN = 1.5  # Chinese, Japanese, Korean

_DENSE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def estimated_tokens(text: str) -> int:
    """An estimate, at least 1 for any text."""
    dense = 0 if text.isascii() else len(_DENSE.findall(text))
    return max(bool(text), round((len(text) - dense) / CHARACTERS_PER_TOKEN + dense / DENSE_PER_TOKEN))
