"""Where a continuation that proves nothing meets what was said: what no text would put together is not joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.stitch.border import WatchedJoint, strange_border
from sanspanne.stitch.joint import PrefillJoint
from sanspanne.stitch.lost import LostPlace

CODE = "Voici :\n\n```python\ndef merge(values):\n    result = "
TABLE = "| ville | état |\n|---|---|\n| Lyon |"
JSON = '{\n  "items": [\n    {"id": 0, "ok": true},\n    {"id": 1, "ok": '


def passed(said: str, pieces: list[str]) -> str:
    """What a watched joint passes on of these pieces."""
    joint = WatchedJoint(PrefillJoint(said), said)
    return "".join([*map(joint.feed, pieces), joint.close()])


@pytest.mark.parametrize(
    ("said", "new"),
    [
        ("The price of a", "People think that trying again is enough."),
        ("Il pleut depuis trois jours.", "Une panne ne prévient pas."),
        ("Nothing is lost,", "Whoever goes on must know."),
        ("Il est 1", "café déjà payé"),
        ('Elle dit "rien"', "et puis s'en va"),
        ("et les trains", "« Rien n'est perdu »"),
        ("ok then", '"Nothing," she said'),
        (CODE + "valu", "An outage gives no warning"),
        (JSON, '{"items": ['),
        (JSON + 'true}\n  ]\n}', "{"),
        ("何も失われていない。", "Sorry about that."),
        ("La famille 👨\u200d", "Sorry about that."),
        (TABLE, "Sorry about that."),
        (JSON[:-6], "Sorry about that."),
        (CODE, "Bien sûr, je reprends."),
    ],
)  # fmt: skip
def test_a_second_answer_is_known_by_its_first_letter(said: str, new: str) -> None:
    """A capital in mid-word, a sentence without a space before it, a document in a document: no text goes on so."""
    assert strange_border(said, new)


@pytest.mark.parametrize(
    ("said", "new"),
    [
        ("at its end somebody who waits.", "waits."),
        ("celle qui avoue ce qu'elle ign", "ignore."),
        ("wait for the end of it", "the end of it all"),
        (TABLE + " ok", "ok | 14 % |"),
        (CODE + "valu", "value"),
    ],
)
def test_the_last_words_again_are_known_however_few(said: str, new: str) -> None:
    """One word said twice is enough, whole or not."""
    assert strange_border(said, new)


@pytest.mark.parametrize(
    ("said", "new"),
    [
        ("trois jours", "  et les trains"),
        ("trois jours ", " et les trains"),
        ("trois jours.", "\n\n\n\nEt les trains"),
        (CODE + "[]", "\n    \n    return result"),
        (TABLE, "\n\n| Nice |"),
    ],
)
def test_white_space_that_comes_twice_is_known(said: str, new: str) -> None:
    """Doubled white space shows where it cannot be meant."""
    assert strange_border(said, new)


@pytest.mark.parametrize(
    ("said", "new"),
    [
        ("the gate closed by itse", "lf. Nobody"),
        ("the gate closed.", " Nobody had touched it"),
        ("the gate closed. ", "Nobody had touched it"),
        ("the gate closed.", "\n\nNobody"),
        ("Il est 1", "0 h 47"),
        ("dit-", "elle"),
        ("aujourd'", "hui"),
        ("(", "Nobody"),
        ("« ", "Rien n'est perdu"),
        ('"', "Nothing"),
        (CODE, "[]"),
        (CODE + "values", ".append(1)"),
        (CODE + "[]", "\n    return result"),
        (CODE + "[]", "\n\n\ndef parse"),
        (TABLE, " ok |"),
        (JSON, "true}"),
        ("停在", "那里了。"),
        ("何も失われていない。", "次の日は"),
    ],
)
def test_a_true_continuation_passes(said: str, new: str) -> None:
    """What goes on from the middle of a word, of a sentence, of a line looks like it."""
    assert strange_border(said, new) is None


def test_white_space_that_was_kept_back_must_come_again() -> None:
    """The target got the text without its last space: whoever goes on writes it, whoever begins anew does not."""
    assert passed("The price of a ", [" ", "continuation"]) == "continuation"
    with pytest.raises(LostPlace, match="white space"):
        passed("The price of a ", ["people think"])


def test_an_answer_that_begins_like_the_first_one_is_another() -> None:
    """Eight characters from the top are no chance."""
    with pytest.raises(LostPlace):
        passed("The mill stood on the dam, and", ["The mill ", "was old."])


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=6))
def test_what_passes_is_what_the_joint_passes(said: str, pieces: list[str]) -> None:
    """Watching changes nothing of what is passed on: all of it, or the place is lost."""
    try:
        watched = passed(said, pieces)
    except LostPlace:
        return
    joint = PrefillJoint(said)
    assert watched == "".join([*map(joint.feed, pieces), joint.close()])


@given(st.text(max_size=60), st.text(max_size=40), st.integers(1, 5))
def test_the_pieces_do_not_matter(said: str, new: str, size: int) -> None:
    """All at once or piece by piece: the same comes out, or the place is lost."""

    def outcome(pieces: list[str]) -> str | None:
        try:
            return passed(said, pieces)
        except LostPlace:
            return None

    assert outcome([new]) == outcome([new[at : at + size] for at in range(0, len(new), size)])
