"""Talk about the cut, told from a text's own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.stitch.talk import is_talk, speaks_of_the_cut


@pytest.mark.parametrize(
    ("said", "new", "verdict"),
    [
        ("and then the", "S", None),
        ("and then the", "Sorry", True),
        ("and then the", " sorry", False),
        ("and then the", "xyz", False),
        ("He left. ", "Sorry", None),
        ("He left. ", "Sorry for the interruption", True),
        (
            "He left. ",
            "Sorry for the noise, he wrote the next day, and enclosed a small painting of the harbour.",
            False,
        ),
        ("une phrase, ", "Voici la suite", True),
        ("原因是", "继续增加", False),
        ("原因是", "抱歉，刚才中断了", True),
    ],
)
def test_it_is_known_as_soon_as_it_can_be(said: str, new: str, verdict: bool | None) -> None:
    """In mid-sentence the first words decide, elsewhere what they speak of; None means that more must come."""
    assert is_talk(said, new) is verdict


def test_a_model_that_was_asked_may_talk_in_a_paragraph_of_its_own() -> None:
    """After an anchor in mid-sentence a new paragraph with an announcement is talk, too."""
    assert is_talk("and then the", "\n\nOf course.", asked=True) is True
    assert is_talk("and then the", "\n\nOf course.") is None


@given(st.text(max_size=30), st.text(max_size=100))
def test_at_the_end_it_is_decided(said: str, new: str) -> None:
    """When no more can come the answer is yes or no, and more text never changes a decision."""
    assert is_talk(said, new, ended=True) is not None
    seen = [is_talk(said, new[:end]) for end in range(len(new) + 1)]
    decided = [verdict for verdict in seen if verdict is not None]
    assert len(set(decided[:1] + decided[-1:])) <= 1


def test_a_preamble_is_talk_and_nothing_else() -> None:
    """An apology of at most two lines; not an apology with a piece of the text behind it."""
    assert speaks_of_the_cut("Sorry about that! Here is the rest:")
    assert not speaks_of_the_cut("The mill stood")
    assert not speaks_of_the_cut("Sorry!\n| a | b |\n| c | d |")
