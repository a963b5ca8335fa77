"""Which language a browser gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.web.language import LANGUAGES, preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,fr;q=0.9", "en"),
        ("de-DE, fr;q=0.5, en;q=0.3", "fr"),
        ("en;q=0.2, FR;q=0.7", "fr"),
        ("fr;q=0, en", "en"),
        ("fr;q=high", "en"),
        ("*", "en"),
    ],
)
def test_the_language_ranked_highest_is_chosen(header: str, language: str) -> None:
    """French for who prefers French to English, English for everybody else."""
    assert preferred(header) == language


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    """Whatever a browser sends, the page has a language."""
    assert preferred(header) in LANGUAGES
