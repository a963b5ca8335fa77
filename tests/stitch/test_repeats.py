"""Repetitions, followed character by character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.stitch.repeats import ENOUGH, Repeats

SAID = "abcdefghijklmnopqrstuvwxyz0123456789"


def after(new: str, said: str = SAID) -> Repeats:
    """What is known once `new` has come."""
    repeats = Repeats(said)
    for character in new:
        repeats.add(character)
    return repeats


def test_the_last_words_again_are_proven_where_they_end() -> None:
    """24 characters that lead to the very end of what was said."""
    assert after(SAID[-ENOUGH:]).proven
    assert not after(SAID[-ENOUGH:-1]).repeated
    assert not after(SAID[-ENOUGH + 1 :]).repeated


def test_other_words_depart_at_once() -> None:
    """From the first strange character on nothing can be a repetition."""
    assert not after("!").may_repeat
    assert after("!").agreed == 0
    assert not after("abc!").may_repeat
    assert after("abc!").agreed == 3
    assert after("abc!").from_top
    assert not after("bcd!").from_top


def test_what_stands_twice_is_not_proven() -> None:
    """A repetition of words that stand elsewhere, too, may be meant."""
    assert after(SAID, SAID + SAID).repeated == len(SAID)
    assert not after(SAID, SAID + SAID).proven


@given(st.text("ab", max_size=60), st.text("ab", max_size=80))
def test_a_repetition_is_a_common_piece(said: str, new: str) -> None:
    """What counts as repeated is a beginning of the new text and the end of what was said, long enough or all of it."""
    repeats = after(new, said)
    if repeats.repeated:
        assert said.endswith(new[: repeats.repeated])
        assert repeats.repeated >= ENOUGH or repeats.repeated == len(said)
    assert new[: repeats.agreed] in said
