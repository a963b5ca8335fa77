"""What `serve` prints while the model on board comes."""

from __future__ import annotations

import pytest

from sanspanne.announcement import ENGLISH, FRENCH, OnboardProgress, Words, announce, words_for
from sanspanne.onboard import State, Status


def fetched(done: int) -> Status:
    """So many of 100 bytes have come."""
    return Status(state=State.FETCHING, model="small", done=done, total=100)


def test_progress_is_a_line_for_each_tenth() -> None:
    """However often the fetch reports, the terminal gets one line for each tenth of the file, and one for each new state."""
    said: list[str] = []
    progress = OnboardProgress(said.append, "en")
    for done in range(100):
        progress(fetched(done))
    progress(Status(state=State.LOADING, model="small"))
    progress(Status(state=State.LOADING, model="small"))
    assert len(said) == 11


@pytest.mark.parametrize("state", [State.UNAVAILABLE, State.RESTARTING])
def test_what_the_log_says_is_not_said_twice(state: State) -> None:
    """A state whose reason the log tells has no line of its own."""
    said: list[str] = []
    OnboardProgress(said.append, "en")(Status(state=state, model="small", reason="there is none"))
    assert said == []


@pytest.mark.parametrize("words", [ENGLISH, FRENCH])
def test_the_values_stand_below_one_another(words: Words) -> None:
    """Page, API and models are told in a column, and the page's address comes with its token."""
    said: list[str] = []
    announce(said.append, words, "http://here", "http://here/?token=t", ["auto"])
    page, api, models, _ = said
    column = page.index("http://here/?token=t")
    assert api.index("http://here/v1") == models.index("auto") == column


@pytest.mark.parametrize(
    ("environ", "words"),
    [({"LANG": "fr_CA.UTF-8"}, FRENCH), ({"LANG": "fr_FR", "LC_ALL": "C"}, ENGLISH), ({}, ENGLISH)],
)
def test_language_of_the_terminal(environ: dict[str, str], words: object) -> None:
    """The lines are French where the locale is, and `LC_ALL` goes before `LANG`."""
    assert words_for(environ) is words
