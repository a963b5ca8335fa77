"""Folding: spellings that mean the same are compared as the same, and every place is found back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.stitch.folding import Folded, fold, trailing_space, without_repeated_space


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("« C’est ça… »", '" C\'est ça... "'),
        ("a\u00a0b\u202fc\n d", "a b c d"),
        ("cafe\u0301", "café"),
        ("1914–1918 — fin", "1914-1918 - fin"),
    ],
)
def test_spellings_of_one_text_are_the_same(one: str, other: str) -> None:
    """Quotes, spaces, dashes, ellipses and compositions do not make a difference."""
    assert fold(one) == fold(other)


def test_case_and_words_make_a_difference() -> None:
    """What is spelt in another case, or with another letter, is another text."""
    assert fold("Abc") != fold("abc")
    assert fold("côte") != fold("cote")


@given(st.text())
def test_folding_a_stream_is_folding_the_text(text: str) -> None:
    """Character by character gives the same as all at once."""
    assert Folded(text).text == fold(text)


@given(st.text())
def test_composition_never_makes_a_difference_of_letters(text: str) -> None:
    """A text and its decomposed form fold to texts of the same canonical meaning."""
    decomposed = fold(unicodedata.normalize("NFD", text))
    assert unicodedata.normalize("NFD", decomposed) == unicodedata.normalize(
        "NFD", fold(unicodedata.normalize("NFC", text))
    )


@given(st.text(max_size=40), st.data())
def test_every_place_leads_back(text: str, data: st.DataObject) -> None:
    """Where a folded place is a border of raw characters, what stands before and after it is the raw text."""
    folded = Folded(text)
    borders = [place + 1 for place, end in enumerate(folded.ends) if end >= 0]
    end = data.draw(st.sampled_from([0, *borders]))
    rest = folded.after(end)
    assert text.endswith(rest)
    assert fold(text[: len(text) - len(rest)]) == folded.text[:end]


def test_white_space_that_was_said_is_not_said_again() -> None:
    """The common beginning of the white space goes; what is new of it stays."""
    assert without_repeated_space(" next", " ") == "next"
    assert without_repeated_space("\u00a0next", " ") == "next"
    assert without_repeated_space("\n\nnext", "\n") == "\nnext"
    assert without_repeated_space("next", "\n") == "next"
    assert without_repeated_space("\nnext", "") == "\nnext"
    assert trailing_space("a b \n") == " \n"
