"""The language of what was said, and the sentences in it."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stitch_models import CORPORA

from sanspanne.stitch.languages import language_of
from sanspanne.stitch.sentences import LANGUAGES, request_turn, seam_note


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The sea is a good servant, but it keeps its own hours.", "en"),
        ("La mer est une bonne servante, mais elle a ses heures et les garde.", "fr"),
        ("Das Meer ist ein guter Diener, aber es hat seine eigenen Stunden und hält sie ein.", "de"),
        ("El mar es un buen servidor, pero tiene sus horas y no las cambia por nadie.", "es"),
        ("Il mare è un buon servo, ma ha le sue ore e non le cambia per nessuno, come si dice.", "it"),
        ("O mar é um bom servo, mas tem as suas horas e não as muda por ninguém.", "pt"),
        ("De zee is een goede knecht, maar het houdt zich aan de eigen uren en dat is niet te veranderen.", "nl"),
        ("Море — хороший слуга, но у него свои часы.", "ru"),
        ("大海是个好仆人，可是它有自己的作息。", "zh"),
        ("海はよい召使いですが、自分の時間を守ります。", "ja"),
        ("x = 1", "en"),
        ("", "en"),
        ("Voici le code pour la suite :\n\n```python\nfor the_of in the_and: is_to(the, of, and, to)\n", "fr"),
    ],
)
def test_language_of(text: str, language: str) -> None:
    """A sentence is enough; without words it is English."""
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("corpus", "language"), [("prose_en", "en"), ("prose_fr", "fr"), ("chinese", "zh"), ("japanese", "ja")]
)
def test_the_beginning_of_an_answer_tells_its_language(corpus: str, language: str) -> None:
    """From 150 characters on the language does not change with the place of the cut."""
    whole = CORPORA[corpus]
    assert {language_of(whole[:at]) for at in range(150, len(whole), 11)} == {language}


@given(st.text())
def test_every_text_has_a_language_that_we_speak(text: str) -> None:
    """Whatever was said, there are sentences for it."""
    assert language_of(text) in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_the_tags_and_the_target(language: str) -> None:
    """The request names both tags and holds the anchor; the note names the target."""
    turn = request_turn(language, "the last words", in_word=False, in_line=True, in_code=True)
    assert turn.count("<ancre>") == turn.count("</ancre>") == 2
    assert turn.endswith("<ancre>the last words</ancre>")
    assert "mistral/large" in seam_note(language, "mistral/large")


def test_french_keeps_its_typography() -> None:
    """A narrow no-break space stands before the high punctuation; apostrophes are typographic."""
    for text in (
        seam_note("fr", "cible"),
        request_turn("fr", "", in_word=True, in_line=False, in_code=True).replace("<ancre>", ""),
    ):
        assert not re.search("[^\u202f][;:!?]", text)
        assert not set(text) & set("'\"" + string.whitespace.replace(" ", "").replace("\n", ""))


def test_an_unknown_language_is_answered_in_english() -> None:
    """A language without sentences gets the English ones."""
    assert seam_note("xx", "t") == seam_note("en", "t") == "[The answer broke off here; t begins it again.]"
