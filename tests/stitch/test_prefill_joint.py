"""Text that goes on from a partial message: passed on at once, unless it repeats, restarts or talks about the cut."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stitch_models import CORPORA, PREFILL_MISBEHAVING, cut, pieces

from sanspanne.stitch.joint import PrefillJoint
from sanspanne.stitch.lost import LostPlace

SAID = "The mill stood on the dam, and when the tide turned, the gate closed by itse"
REST = "lf. Nobody had touched it."


def join(text: str, said: str = SAID, *, echoes: bool = False) -> str:
    """All that a joint passes on of `text`."""
    joint = PrefillJoint(said, echoes=echoes)
    return joint.feed(text) + joint.close()


@given(st.sampled_from(sorted(CORPORA)), st.integers(12, 10_000), st.booleans(), st.randoms())
def test_a_continuation_loses_nothing(corpus: str, at: int, echoes: bool, random: Random) -> None:
    """What was said and what is passed on make the whole text, in any pieces, with or without an echo."""
    whole = CORPORA[corpus]
    it = cut(whole, at % (len(whole) - 13) + 12)
    joint = PrefillJoint(it.said, echoes=echoes)
    text = whole if echoes else it.rest
    passed = "".join(joint.feed(piece) for piece in pieces(text, random)) + joint.close()
    assert it.said + passed == whole
    assert joint.joined


@given(
    st.sampled_from(sorted(CORPORA)),
    st.integers(12, 10_000),
    st.sampled_from(sorted(PREFILL_MISBEHAVING)),
    st.randoms(),
)
def test_the_result_does_not_depend_on_the_pieces(corpus: str, at: int, name: str, random: Random) -> None:
    """All at once or in pieces: the same comes out, or the place is lost."""
    whole = CORPORA[corpus]
    it = cut(whole, at % (len(whole) - 13) + 12)
    text = PREFILL_MISBEHAVING[name](it, random)
    assert outcome(it.said, [text]) == outcome(it.said, list(pieces(text, random)))


def outcome(said: str, chunks: list[str]) -> str | None:
    """What came out, or None where the place was lost."""
    joint = PrefillJoint(said)
    try:
        return "".join(map(joint.feed, chunks)) + joint.close()
    except LostPlace:
        return None


@given(st.text(max_size=60), st.lists(st.text(max_size=40)), st.booleans())
def test_whatever_comes_only_lost_place_is_raised_and_nothing_is_made_up(
    said: str, chunks: list[str], echoes: bool
) -> None:
    """Any text after any other: what is passed on is the end of what came."""
    joint = PrefillJoint(said, echoes=echoes)
    try:
        passed = "".join(map(joint.feed, chunks)) + joint.close()
    except LostPlace:
        return
    assert "".join(chunks).endswith(passed)


@pytest.mark.parametrize(("said", "first"), [(SAID, "lf."), ("It is well known that", " xylophones"), ("x = ", "(y")])
def test_a_plain_continuation_is_passed_on_at_once(said: str, first: str) -> None:
    """Nothing is held that cannot be a repetition or talk."""
    assert PrefillJoint(said).feed(first) == first


def test_the_white_space_that_was_not_sent_comes_once() -> None:
    """The target got the text without the white space at its end and writes it again."""
    assert join(" Nobody", SAID + "lf. ") == "Nobody"
    assert join("\n\nNobody", SAID + "lf.\n") == "\nNobody"


def test_an_echo_is_dropped() -> None:
    """A target that gives back all that was said, unasked, is joined behind it."""
    assert join(SAID + REST) == REST


def test_an_echo_that_departs_is_a_second_answer() -> None:
    """After 24 characters of agreement from the top, other words are another answer."""
    with pytest.raises(LostPlace, match="departs"):
        join("The mill stood on the dam, and then it fell.")
    with pytest.raises(LostPlace):
        join("The mill stood on the dam, and")


def test_a_promised_echo_must_come() -> None:
    """`echoes`: the text is passed on behind the echo only, however long or short."""
    assert join(SAID + REST, echoes=True) == REST
    assert join("The mill", "The", echoes=True) == " mill"
    for text in (REST, SAID[:40], SAID[:40] + REST, ""):
        with pytest.raises(LostPlace):
            join(text, echoes=True)


def test_the_last_words_again_are_dropped_in_prose() -> None:
    """At least 24 characters that stand only once; fewer may be the text's own."""
    assert join(SAID[-40:] + REST) == REST
    assert join("by itse" + REST) == "by itse" + REST


def test_a_row_may_come_twice() -> None:
    """In a table a repetition may be meant, so it is neither dropped nor passed on."""
    said = "| mill | place | tide |\n|---|---|---|\n| Carew Castle | Wales | high |\n"
    with pytest.raises(LostPlace, match="twice"):
        join("| Carew Castle | Wales | high |\n", said)


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, I was cut off.",
        " I apologize for the interruption.",
        "Here is the rest of the answer:",
        "\n\nHere is the rest of the answer, which was interrupted:",
        "Désolé, je reprends :",
        "Voici la suite :",
        "Continuing from where I left off:",
        "Entschuldigung für die Unterbrechung.",
        "抱歉，刚才中断了。",
    ],
)
def test_talk_about_the_cut_is_no_continuation(text: str) -> None:
    """A model that apologizes or announces has not gone on."""
    with pytest.raises(LostPlace, match="talks"):
        join(text)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("I am", " sorry to hear that."),
        ('He took off his hat: "', "Sorry for being late,” he said."),
        ("He took off his hat. ", "Sorry for being late, he sat down. Nobody looked up, and nobody seemed to mind it."),
        ("Elle se leva. ", "Voici comment elle raconta plus tard cette journée, sans rien oublier de ce qui comptait."),
        ("Bitte um", " Entschuldigung, wenn es zu spät wird."),
    ],
)
def test_the_texts_own_apologies_pass(said: str, text: str) -> None:
    """Where a sentence may begin, or in mid-sentence with a small letter, such words are the text's own."""
    assert said + join(text, said) == said + text.lstrip() or join(text, said) == text


def test_a_capital_in_mid_word_is_a_second_answer() -> None:
    """No sentence goes on with a capital right behind a small letter."""
    with pytest.raises(LostPlace, match="second answer"):
        join("Tide mills are old.")
