"""The ways in which models go wrong when they are to go on with somebody's answer.

Asked to repeat its last words first (`ANCHOR_QUIRKS`), or given it as the beginning of their own (`PREFILL_QUIRKS`).
"""

from __future__ import annotations

import random
import re
from enum import StrEnum

from msgspec import Struct

from sanspanne.testing.conversation import CLOSE, OPEN

APOLOGIES = (
    "Désolé pour cette interruption. Voici la suite : ",
    "I apologize for the interruption! Let me continue where I left off:\n\n",
    "Sorry about that. ",
    "Bien sûr, je reprends.\n\n",
    "抱歉，刚才中断了。我继续：",
)
LONGEST_WORD = 20  # characters, on average: else it is a script without spaces
QUOTES = str.maketrans({"'": "’", "’": "'", '"': "”", "«": "“", "»": "”", "“": '"', "”": '"', "`": "'"})


class Quirk(StrEnum):
    """One way to go wrong."""

    PARAPHRASE = "paraphrase"  # the last words in other words
    QUOTES = "quotes"  # other quotation marks in them, or around them
    WHITE_SPACE = "white_space"  # other white space in them
    HALF_ANCHOR = "half_anchor"  # only the second half of them
    ANCHOR_TWICE = "anchor_twice"
    FENCE = "fence"  # a code fence is opened again before them
    TAGS = "tags"  # the tags that stood around them are repeated too
    APOLOGY = "apology"  # before them, or before the continuation
    APOLOGY_INSTEAD = "apology_instead"  # instead of them
    RESTART = "restart"  # the whole answer again, from the top
    SPACE_DOUBLED = "space_doubled"  # the white space that comes next; the last word, where that could be meant
    LAST_WORDS = "last_words"  # the last words are said again, unasked


ANCHOR_QUIRKS: tuple[Quirk, ...] = tuple(Quirk)[:10]
PREFILL_QUIRKS: tuple[Quirk, ...] = (Quirk.RESTART, Quirk.APOLOGY, Quirk.SPACE_DOUBLED, Quirk.LAST_WORDS)


class Task(Struct, frozen=True):
    """What a model was given (`partial`, and the `anchor` to repeat), the `rest` that would be right, the answer from its `top`."""

    partial: str
    anchor: str
    rest: str
    top: str


def spoilt(quirk: Quirk, task: Task, rng: random.Random) -> str:
    """What a model with this quirk says instead of `task.anchor + task.rest`; never just that."""
    anchor, rest = task.anchor, task.rest
    match quirk:
        case Quirk.RESTART:
            return task.top
        case Quirk.APOLOGY:
            return rng.choice(APOLOGIES) + anchor + rest
        case Quirk.APOLOGY_INSTEAD:
            return rng.choice(APOLOGIES) + rest
        case Quirk.HALF_ANCHOR:
            return anchor[(len(anchor) + 1) // 2 :] + rest
        case Quirk.ANCHOR_TWICE:
            return anchor + anchor + rest
        case Quirk.FENCE:
            return f"```python\n{anchor}{rest}"
        case Quirk.TAGS:
            return f"{OPEN}{anchor}{CLOSE}{rest}"
        case Quirk.SPACE_DOUBLED:
            space = rest[: len(rest) - len(rest.lstrip())]
            return _last_words(task.partial, 1) + rest if space in ("", "\n") else space + rest
        case Quirk.LAST_WORDS:
            return _last_words(task.partial, rng.randint(1, 8)) + rest
        case _:
            return REWRITTEN[quirk](anchor) + rest


def _paraphrased(anchor: str) -> str:
    """Neighbouring words change places; in scripts without spaces, neighbouring characters."""
    words = re.split(r"(\s+)", anchor)
    spoken = [place for place, word in enumerate(words) if word and not word.isspace()]
    if len(anchor) > LONGEST_WORD * len(spoken):
        words = list(anchor)
        spoken = list(range(len(words)))
    for one, other in zip(spoken[::2], spoken[1::2], strict=False):
        words[one], words[other] = words[other], words[one]
    other_words = "".join(words)
    return other_words if other_words != anchor else anchor[::-1] + "…"


def _requoted(anchor: str) -> str:
    changed = anchor.translate(QUOTES)
    return changed if changed != anchor else f"“{anchor}”"


def _respaced(anchor: str) -> str:
    """Every run of white space becomes one space; where they are all so already, the middle one a line's end."""
    folded = re.sub(r"\s+", " ", anchor).strip()
    if folded != anchor:
        return folded
    spaces = [place for place, character in enumerate(anchor) if character == " "]
    middle = spaces[len(spaces) // 2] if spaces else len(anchor) // 2
    return f"{anchor[:middle]}\n{anchor[middle + bool(spaces) :]}"


def _last_words(text: str, count: int) -> str:
    places = [word.start() for word in re.finditer(r"\S+", text)]
    return text[places[-min(count, len(places))] :] if places else text


REWRITTEN = {Quirk.PARAPHRASE: _paraphrased, Quirk.QUOTES: _requoted, Quirk.WHITE_SPACE: _respaced}
