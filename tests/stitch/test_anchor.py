"""Which words are asked for, and how."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stitch_models import CORPORA

from sanspanne.stitch.anchor import LONG, LONGEST, SHORT, anchor_of, request_for
from sanspanne.stitch.folding import fold

JOINER = "\u200d"


@given(st.text(max_size=600), st.booleans())
def test_the_anchor_is_the_end_of_what_was_said(said: str, longer: bool) -> None:
    """It is verbatim, without the white space at the end, and never empty where a word was said."""
    anchor = anchor_of(said, longer=longer)
    assert said.rstrip().endswith(anchor)
    assert bool(anchor) == bool(said.strip())


@pytest.mark.parametrize("corpus", CORPORA)
def test_it_is_long_enough_and_stands_only_once(corpus: str) -> None:
    """An anchor has at least 40 folded characters (fewer only if fewer were said), at most about 400, and occurs once."""
    whole = CORPORA[corpus]
    for at in range(60, len(whole), 41):
        anchor, said = fold(anchor_of(whole[:at])), fold(whole[:at])
        assert len(anchor) >= min(SHORT, len(said))
        assert len(anchor) <= LONGEST + 200
        assert said.find(anchor) == len(said) - len(anchor)


def test_code_needs_a_longer_anchor_than_prose() -> None:
    """Code and tables repeat themselves: at least 120 folded characters, from the beginning of a line."""
    for corpus in ("code_python", "tables"):
        said = CORPORA[corpus][:1500]
        anchor = anchor_of(said)
        assert len(fold(anchor)) >= LONG
        assert said[: said.rindex(anchor)].rstrip(" ").endswith("\n")


def test_the_second_try_asks_for_more() -> None:
    """`longer` is about three times as long."""
    said = CORPORA["prose_en"][:1500]
    assert 2 * len(anchor_of(said)) < len(anchor_of(said, longer=True)) < 4 * len(anchor_of(said))


@pytest.mark.parametrize("corpus", ["prose_en", "prose_fr"])
def test_in_prose_it_begins_with_a_word(corpus: str) -> None:
    """A model repeats whole words better than halves."""
    said = CORPORA[corpus][:1800]
    assert said[said.rindex(anchor_of(said)) - 1].isspace()


@pytest.mark.parametrize("corpus", ["emoji", "chinese", "japanese"])
def test_it_never_begins_inside_a_character(corpus: str) -> None:
    """No anchor begins with an accent, a skin tone, or the second half of a joined emoji."""
    whole = CORPORA[corpus]
    for text in (whole, whole.replace(" ", "")):
        for at in range(80, len(text)):
            anchor = anchor_of(text[:at])
            before = text[: text[:at].rstrip().rindex(anchor)][-1:]
            assert unicodedata.category(anchor[0])[0] != "M"
            assert anchor[0] != JOINER
            assert before != JOINER


def test_flags_and_halves_of_surrogates_stay_whole() -> None:
    """Two regional indicators are one flag; a low surrogate belongs to the high one before it."""
    flags = "🇫🇷🇩🇪🇪🇸" * 20
    assert len(anchor_of("x" + flags)) % 2 == 0 or anchor_of("x" + flags)[0] == "x"
    halves = "\ud83d\ude00" * 60
    assert anchor_of("x" + halves)[0] in ("x", "\ud83d")


def test_the_request_holds_the_anchor_verbatim() -> None:
    """Between the tags stands the anchor and nothing else, whatever the language."""
    for corpus in CORPORA:
        said = CORPORA[corpus][:500]
        anchor = anchor_of(said)
        space = said[len(said.rstrip()) :]
        assert request_for(anchor, said).endswith(f"\n\n<ancre>{anchor}{space}</ancre>")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("This is the end of the wor", "in the middle of a word"),
        ("This is the end, ", "in the middle of a line"),
        ("This is the end of the line.\n", "at the end of a line"),
        ("This is the code for it:\n\n```python\nx = (1,", "do not open it again"),
        ("Ceci est le début de la fin, et", "au milieu d’un mot"),
        ("Voici le code pour la suite :\n\n```python\nx = (", "ne l’ouvre pas de nouveau"),
    ],
)
def test_the_request_says_where_the_text_stopped(said: str, words: str) -> None:
    """The model learns whether it stands in a word, a line or a code block."""
    assert words in request_for(anchor_of(said), said)
