"""Scripted models that are asked to go on from an anchor: they behave, or misbehave in all ways that were seen or thought of."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from msgspec import Struct

from sanspanne.stitch.anchor import anchor_of, request_for
from sanspanne.stitch.folding import fold
from sanspanne.stitch.kinds import Kind, kind_of
from sanspanne.stitch.repeats import ENOUGH

CORPORA = {path.stem: path.read_bytes().decode() for path in sorted((Path(__file__).parent / "corpora").glob("*.txt"))}


class Cut(Struct, frozen=True):
    """A text that was cut: `said` has reached the caller, `rest` follows its last word (with the white space before it)."""

    whole: str
    said: str
    anchor: str
    rest: str


def cut(whole: str, at: int) -> Cut:
    """`whole`, cut after `at` characters."""
    said = whole[:at]
    return Cut(whole, said, anchor_of(said), whole[len(said.rstrip()) :])


def random_cuts(whole: str, count: int, random: Random) -> Iterator[Cut]:
    """`count` cuts at random places."""
    for _ in range(count):
        yield cut(whole, random.randrange(1, len(whole)))


def pieces(text: str, random: Random) -> Iterator[str]:
    """`text` in pieces of 1 to 40 characters."""
    at = 0
    while at < len(text):
        size = random.choice((1, 2, 4, 7, 40))
        yield text[at : at + size]
        at += size


Model = Callable[[Cut, Random], str]

_TYPOGRAPHIC = str.maketrans({"'": "’", '"': "”", "-": "–"})
_PLAIN = str.maketrans({"’": "'", "“": '"', "”": '"', "—": "-", "–": "-", "…": "..."})


def _other_spaces(cut: Cut, random: Random) -> str:
    """Spaces of other widths; in prose also more of them, and new lines."""
    others = (" ", "\u00a0", "\u202f", *(("\n", "  ") if kind_of(cut.said) is Kind.PROSE else ()))
    return "".join(random.choice(others) if c == " " else c for c in cut.anchor) + cut.rest


BEHAVING: dict[str, Model] = {
    "verbatim": lambda cut, random: cut.anchor + cut.rest,
    "other white space": _other_spaces,
    "typographic quotes": lambda cut, random: cut.anchor.translate(_TYPOGRAPHIC) + cut.rest,
    "plain quotes": lambda cut, random: cut.anchor.translate(_PLAIN) + cut.rest,
    "composed": lambda cut, random: unicodedata.normalize("NFC", cut.anchor) + cut.rest,
    "leading new line": lambda cut, random: "\n\n" + cut.anchor + cut.rest,
}

_APOLOGIES = (
    "Sorry about the interruption! ",
    "I apologize for the cut. Here is the rest:\n\n",
    "Désolé pour la coupure. Voici la suite :\n\n",
    "Of course.\n",
    "As an assistant I will now go on. ",
    "Entschuldigung für die Unterbrechung: ",
    "抱歉，刚才中断了。继续上文：\n",
)
_UNSEEN = (
    "Of course.\n",
    "As an assistant I will now go on. ",
)  # right after the anchor, these could be the text's own


def _paraphrased(cut: Cut, random: Random) -> str:
    """Something inside the anchor is changed. (A change after its last character is a continuation like any other.)"""
    at = random.randrange(max(1, len(cut.anchor) - 1))
    change = random.choice(("so to speak", "", "x", cut.anchor[at].swapcase() + "y"))
    changed = cut.anchor[:at] + change + cut.anchor[at + 1 :]
    return (cut.anchor if fold(cut.anchor) in fold(changed) else changed) + cut.rest


def _reworded(cut: Cut, random: Random) -> str:
    words = [random.choice((word, word, word, "thing", word.upper())) for word in cut.whole.split(" ")]
    return " ".join(words)


def _half(cut: Cut, random: Random) -> str:
    middle = random.randrange(len(cut.anchor))
    return random.choice((cut.anchor[middle:], cut.anchor[:middle])) + cut.rest


def _before(cut: Cut, random: Random) -> str:
    start = random.randrange(len(cut.said.rstrip()))
    return cut.said.rstrip()[start:] + cut.rest


def _quoted(cut: Cut, random: Random) -> str:
    opening, closing = random.choice(('""', "''", "“”", "«»", "**", "``", "()", "[]", "「」"))
    return random.choice(
        (
            f"{opening}{cut.anchor}{closing}{cut.rest}",
            f"{opening}{cut.anchor}{cut.rest}{closing}",
            f"You said {opening}{cut.anchor}{closing}{cut.rest}",
            f"> {cut.anchor}\n{cut.rest}",
        )
    )


def _fenced(cut: Cut, random: Random) -> str:
    language = random.choice(("", "python", "json"))
    return random.choice(
        (
            f"```{language}\n{cut.anchor}{cut.rest}",
            f"```markdown\n{cut.anchor}{cut.rest}\n```",
            f"```{language}\n{cut.anchor}\n```\n{cut.rest}",
            f"Sure:\n\n```{language}\n{cut.anchor}{cut.rest}",
        )
    )


def _tagged(cut: Cut, random: Random) -> str:
    return random.choice(
        (
            f"<ancre>{cut.anchor}</ancre>{cut.rest}",
            f"<ancre>\n{cut.anchor}\n</ancre>\n{cut.rest}",
            f"<ancre>{cut.anchor}{cut.rest}</ancre>",
            f"<ancre>{cut.anchor}{cut.rest}",
            f"{cut.anchor}</ancre>{cut.rest}",
            f"{cut.anchor}<ancre>{cut.anchor}</ancre>{cut.rest}",
        )
    )


def _twice(cut: Cut, random: Random) -> str:
    between = random.choice(("", " ", "\n\n", '"', "\n\nHere is the rest:\n\n", "...", "<ancre>"))
    return f"{cut.anchor}{between}{cut.anchor}{cut.rest}"


def _about_cut(text: str, random: Random) -> str:
    return random.choice([apology for apology in _APOLOGIES if apology not in _UNSEEN]) + text


def _with_apology(text: str, random: Random) -> str:
    return random.choice(_APOLOGIES) + text


MISBEHAVING: dict[str, Model] = {
    "paraphrase": _paraphrased,
    "apology before": lambda cut, random: _with_apology(cut.anchor + cut.rest, random),
    "apology instead": lambda cut, random: _with_apology(cut.rest, random),
    "apology and paraphrase": lambda cut, random: _with_apology(_paraphrased(cut, random), random),
    "apology after": lambda cut, random: cut.anchor + "\n\n" + _about_cut(cut.rest, random),
    "apology and restart": lambda cut, random: _with_apology(cut.whole, random),
    "no anchor": lambda cut, random: cut.rest,
    "restart": lambda cut, random: cut.whole,
    "other words": _reworded,
    "anchor and restart": lambda cut, random: cut.anchor + "\n\n" + cut.whole,
    "twice": _twice,
    "half": _half,
    "more than the anchor": _before,
    "other case": lambda cut, random: random.choice((cut.anchor.upper(), cut.anchor.swapcase())) + cut.rest,
    "quoted": _quoted,
    "fenced": _fenced,
    "tagged": _tagged,
    "instruction": lambda cut, random: request_for(cut.anchor, cut.said) + "\n\n" + cut.anchor + cut.rest,
    "instruction only": lambda cut, random: request_for(cut.anchor, cut.said),
    "apology, anchor, nothing": lambda cut, random: _with_apology(cut.anchor, random),
}


def _again(cut: Cut, random: Random) -> str:
    """The last words once more, at least as many as prove a repetition."""
    text = cut.said.rstrip()
    start = random.randrange(len(text))
    while start and len(fold(text[start:])) < ENOUGH:
        start -= 1
    return text[start:] + cut.rest


PREFILL_MISBEHAVING: dict[str, Model] = {
    "restart": lambda cut, random: cut.whole,
    "last words again": _again,
    "apology": lambda cut, random: _about_cut(cut.rest, random),
    "apology in a paragraph": lambda cut, random: "\n\n" + _about_cut(cut.rest, random),
    "apology and restart": lambda cut, random: _about_cut(cut.whole, random),
    "apology and last words": lambda cut, random: _about_cut(_again(cut, random), random),
}


def is_right(cut: Cut, text: str, passed: str) -> bool:
    """Whether `said` and `passed` make the whole: or, where the model words it anew, its own text after the very last words."""
    if cut.said + passed == cut.whole:
        return True
    reworded = fold(cut.rest) not in fold(text)
    before = fold(text[: len(text) - len(passed)])
    return reworded and text.endswith(passed) and before.endswith(fold(cut.said)[-ENOUGH:])
