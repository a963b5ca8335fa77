"""Anchors found again: exactly, in any chunks, or not at all."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stitch_models import BEHAVING, CORPORA, MISBEHAVING, Cut, cut, pieces

from sanspanne.stitch.joint import AnchorJoint
from sanspanne.stitch.lost import LostPlace

SAID = "The mill stood on the dam, and when the tide turned, the gate closed by itse"
REST = "lf. Nobody had touched it."
ANCHOR = "when the tide turned, the gate closed by itse"


def join(text: str, said: str = SAID, anchor: str = ANCHOR) -> str:
    """All that a joint passes on of `text`."""
    joint = AnchorJoint(said, anchor)
    return joint.feed(text) + joint.close()


@st.composite
def cuts(draw: st.DrawFn) -> Cut:
    """Any corpus, cut anywhere behind its first words."""
    whole = CORPORA[draw(st.sampled_from(sorted(CORPORA)))]
    return cut(whole, draw(st.integers(12, len(whole) - 1)))


@given(cuts(), st.sampled_from(sorted(BEHAVING)), st.randoms())
def test_a_model_that_behaves_is_joined_without_loss(cut: Cut, name: str, random: Random) -> None:
    """What was said and what is passed on make the whole text, however the stream is cut into pieces."""
    joint = AnchorJoint(cut.said, cut.anchor)
    text = BEHAVING[name](cut, random)
    passed = "".join(joint.feed(piece) for piece in pieces(text, random)) + joint.close()
    assert cut.said + passed == cut.whole
    assert joint.joined
    assert joint.exact


def outcome(joint: AnchorJoint, chunks: list[str]) -> tuple[str, bool]:
    """What came out in the end, and whether the place was lost."""
    passed = ""
    try:
        for chunk in chunks:
            passed += joint.feed(chunk)
        return passed + joint.close(), False
    except LostPlace:
        return passed, True


@given(cuts(), st.sampled_from(sorted(MISBEHAVING)), st.randoms())
def test_the_result_does_not_depend_on_the_pieces(cut: Cut, name: str, random: Random) -> None:
    """All at once, character by character, or at random: the same text comes out, or the place is lost."""
    text = MISBEHAVING[name](cut, random)
    whole = outcome(AnchorJoint(cut.said, cut.anchor), [text])
    assert outcome(AnchorJoint(cut.said, cut.anchor), list(text)) == whole
    assert outcome(AnchorJoint(cut.said, cut.anchor), list(pieces(text, random))) == whole


MESS = st.lists(
    st.sampled_from([SAID, ANCHOR, REST, ANCHOR[-30:], '"', "```", "<ancre>", "</ancre>", "\n", " ", "Sorry. ", "…"])
)


@given(st.one_of(st.text(max_size=80), MESS.map("".join)), st.one_of(st.lists(st.text(max_size=40)), MESS))
def test_whatever_comes_only_lost_place_is_raised_and_nothing_is_made_up(said: str, chunks: list[str]) -> None:
    """Any text after any other: what is passed on is the end of what came, and nothing else is raised."""
    joint = AnchorJoint(said, said.strip()[-40:])
    passed, lost = outcome(joint, chunks)
    assert "".join(chunks).endswith(passed) or lost
    assert passed == "" or passed in "".join(chunks)


@pytest.mark.parametrize(
    "before",
    ["", "\n\n", "Sorry about the interruption! ", "Here is the rest:\n\n", "the dam, and ", "Of course.\n"],
)
def test_what_stands_before_the_anchor_is_dropped(before: str) -> None:
    """An apology, an announcement, or more of the text than was asked for."""
    assert join(before + ANCHOR + REST) == REST


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        (f"<ancre>{ANCHOR}</ancre>{REST}", REST),
        (f"{ANCHOR}</ancre>{REST}", REST),
        (f'"{ANCHOR}" {REST}', f" {REST}"),
        (f"“{ANCHOR}” {REST}", f" {REST}"),
        (f"{ANCHOR}{REST} <ancre>", f"{REST} <ancre>"),
    ],
)
def test_marks_around_the_anchor_are_dropped(text: str, passed: str) -> None:
    """Tags and quotes that open right before and close right after the words are not the text's."""
    assert join(text) == passed


@pytest.mark.parametrize(
    "text",
    [
        f'"{ANCHOR}{REST}"',
        f"<ancre>{ANCHOR}{REST}</ancre>",
        f"```\n{ANCHOR}{REST}\n```",
        f"```\n{ANCHOR}\n```\n{REST}",
        f"> {ANCHOR}\n{REST}",
        f"<ancre>{ANCHOR}</ancre>\n\n{REST}",
        f"{ANCHOR}\n\nHere is the rest:\n\n{REST}",
        f"{ANCHOR} {ANCHOR}{REST}",
        f"{ANCHOR}... {ANCHOR}{REST}",
        f"{ANCHOR}<ancre>{ANCHOR}</ancre>{REST}",
        f"{ANCHOR}\n\n{SAID}{REST}",
        f"Sorry: {ANCHOR}{REST} {ANCHOR}{REST}",
        ANCHOR.upper() + REST,
        ANCHOR.replace("turned", "changed") + REST,
        "It " + REST,
        REST,
        f"Sorry! {REST}",
        f"Sorry, the last words were: {ANCHOR}",
        "",
        ANCHOR[:20],
    ],
)
def test_a_doubtful_place_is_lost(text: str) -> None:
    """Marks that stay open, repetitions, other words, other case, no anchor: never a guess."""
    with pytest.raises(LostPlace):
        join(text)


def test_half_the_anchor_is_enough_if_it_is_its_end() -> None:
    """At least 24 characters at the end, which stand only once in what was said, prove the place."""
    assert join(ANCHOR[-35:] + REST) == REST
    with pytest.raises(LostPlace):
        join(ANCHOR[-20:] + REST)


def test_an_echo_from_the_top_is_followed_to_the_end() -> None:
    """A model that begins again in the same words is joined where all of them have come; beyond 2,000 it is lost."""
    said = CORPORA["prose_en"][:1800]
    rest = CORPORA["prose_en"][1800:]
    anchor = said[-44:]
    assert join(said + rest, said, anchor) == rest
    departing = said[:900] + "Something else. " + said[900:] + rest
    with pytest.raises(LostPlace, match="departed"):
        join(departing, said, anchor)
    long = CORPORA["data_json"]
    with pytest.raises(LostPlace, match="not repeated"):
        join(long, long[:4000], long[3700:4000])


def test_an_anchor_without_more_is_the_end() -> None:
    """The model repeats the words and has nothing to add: joined, and nothing is passed on."""
    joint = AnchorJoint(SAID, ANCHOR)
    assert joint.feed(ANCHOR) + joint.close() == ""
    assert joint.joined


def test_white_space_at_the_border_is_said_once() -> None:
    """The anchor has none at its end, so what comes again of it is dropped."""
    said = SAID + "lf.\n\n"
    anchor = ANCHOR + "lf."
    assert join(anchor + "\n\nThen", said, anchor) == "Then"
    assert join(anchor + "\n\n\nThen", said, anchor) == "\nThen"
    assert join(anchor + "Then", said, anchor) == "Then"


def test_white_space_inside_code_must_be_the_same() -> None:
    """In prose other white space in the anchor changes nothing; in code it would."""
    said = "```python\ndef mill(tide):\n    if tide.turns and not gate.is_closed:\n        gate.cl"
    anchor = said[10:]
    assert join(anchor + "ose()", said, anchor) == "ose()"
    with pytest.raises(LostPlace, match="white space"):
        join(anchor.replace("        ", "\t\t") + "ose()", said, anchor)


def test_a_fence_opened_again_is_dropped_inside_its_own_block() -> None:
    """The model opens the block once more, in the same language: its end will be the block's end."""
    said = "Look:\n\n```python\nprint('the tide turned and the gate closed by its"
    anchor = "print('the tide turned and the gate closed by its"
    rest = "elf')\n```\n\nThat is all."
    assert join(f"```python\n{anchor}{rest}", said, anchor) == rest
    with pytest.raises(LostPlace):
        join(f"```markdown\n{anchor}{rest}\n```", said, anchor)


@pytest.mark.parametrize("said", ["Bonj", "The mill"])
def test_of_few_words_only_the_exact_beginning_counts(said: str) -> None:
    """Less than 24 characters can stand anywhere by chance."""
    assert join(f"{said}our", said, said) == "our"
    with pytest.raises(LostPlace):
        join(f"Well, {said}our", said, said)


@pytest.mark.parametrize("said", ["#", "```", "- ", "{"])
def test_marks_alone_prove_nothing(said: str) -> None:
    """ "#" may be followed by another "#": a model that repeats it cannot be told from one that goes on."""
    with pytest.raises(LostPlace):
        join("# Tide mills", said, said.strip())


def test_words_that_stand_twice_prove_nothing() -> None:
    """Where even the anchor stands twice in the answer, its repetition may be a restart."""
    said = "row, row, row your boat, gently. " * 30
    with pytest.raises(LostPlace, match="twice"):
        join(said + "Then", said, said.strip()[-64:])


def test_once_joined_everything_passes_unchanged() -> None:
    """Whatever comes later is the text's own, tags and apologies too."""
    joint = AnchorJoint(SAID, ANCHOR)
    joint.feed(ANCHOR + REST)
    for piece in ("</ancre>", "Sorry", "", ANCHOR):
        assert joint.feed(piece) is piece
    assert joint.close() == ""


def test_white_space_is_not_held_without_end() -> None:
    """A model that sends nothing but new lines is given up."""
    joint = AnchorJoint(SAID, ANCHOR)
    with pytest.raises(LostPlace, match="white space"):
        joint.feed("\n" * 10_000)


def test_in_code_an_overlap_behind_an_apology_proves_nothing() -> None:
    """A model that apologizes and goes on at once may soon write a line that looks like the last one."""
    said = "```js\nconst found = results.filter(({ status }"
    rest = ') => status === "fulfilled");\nconst failed = results.filter(({ status }) => status === "rejected");\n'
    with pytest.raises(LostPlace):
        join(f"Sorry for the interruption: {rest}", said, said[6:])
