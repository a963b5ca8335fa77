"""Marks that a model puts around the words it repeats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.stitch.lost import LostPlace
from sanspanne.stitch.wrappers import Closing, Wrapping, only_marks, wrapping_of

PROSE = "The mill stood on the dam"
CODE = "```python\nprint("


@pytest.mark.parametrize(
    ("before", "said", "wrapping"),
    [
        ("", PROSE, Wrapping()),
        ("Sorry! ", PROSE, Wrapping()),
        ("<ancre>", PROSE, Wrapping(tags="</ancre>")),
        ("Here: “", PROSE, Wrapping(marks="”")),
        ('**"', PROSE, Wrapping(marks='"**')),
        ("```python\n", CODE, Wrapping(reopened=True)),
        ("```python\n", PROSE, None),
        ("```markdown\n", CODE, None),
        ('"', CODE, None),
        ('"', 'He said: "The mill', None),
        ('He said: "or', PROSE, None),
        ("> ", PROSE, None),
        ('<ancre>"', PROSE, None),
    ],
)
def test_what_was_opened_must_be_closed(before: str, said: str, wrapping: Wrapping | None) -> None:
    """Tags and quotes are mirrored; None where the closing could be the text's own."""
    assert wrapping_of(before, said) == wrapping


def test_a_closing_is_taken_character_by_character() -> None:
    """Tags may stand on lines of their own, marks may not."""
    closing = Closing(Wrapping(tags="</ancre>"))
    for character in "\n</ancre>":
        assert closing.is_due
        closing.take(character)
    assert not closing.is_due
    with pytest.raises(LostPlace):
        Closing(Wrapping(marks="”")).take(" ")


@given(st.text())
def test_only_marks_stop_at_the_first_letter(text: str) -> None:
    """No letter is ever taken for a mark, but for the tag's and a fence's language."""
    marks = text[: only_marks(text)].replace("<ancre>", "")
    assert "```" in marks or "~~~" in marks or not any(map(str.isalnum, marks))
