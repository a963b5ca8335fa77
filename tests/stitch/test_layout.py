"""White space and dots at the border that nobody meant."""

from __future__ import annotations

import pytest

from sanspanne.stitch.joint import AnchorJoint, PrefillJoint
from sanspanne.stitch.lost import LostPlace

PROSE = "The keeper counted the steps every evening, and every evening they were more, until he was out of br"
CODE = "```python\ndef f():\n    x = 1\n    y = 2\n\n    "


def by_anchor(said: str, text: str) -> str:
    """What is passed on when the last 40 characters come again before `text`."""
    joint = AnchorJoint(said, said[-40:])
    return joint.feed(said[-40:].rstrip() + text) + joint.close()


def by_prefill(said: str, text: str) -> str:
    """What is passed on of `text` by a target that continues `said` itself."""
    joint = PrefillJoint(said)
    return joint.feed(text) + joint.close()


@pytest.mark.parametrize("text", ["\n\neath.", "\neath.", "...eath.", "…eath."])
def test_a_sentence_is_not_broken_by_lines_or_dots(text: str) -> None:
    """A model that sets its continuation apart from the words it repeats has not shown where it goes on."""
    with pytest.raises(LostPlace, match="stands apart"):
        by_anchor(PROSE, text)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("| mill | place |\n|---|---|\n| Carew Castle | Wa", "\n\nles |"),
        ("| mill | place |\n|---|---|\n| Carew Castle | ", "...Wales |"),
        (CODE + "self.items[name: ", "...str] = 1"),
        (CODE + 'raise ValueError("count must n', '\n\not be negative")'),
        (CODE + "```\n\nUse add and remove in pairs, and total in the e", "\n\nnd of it."),
        (CODE + "self.total = self.cou", "\n\nnt + 1"),
        ("1. Carry the lamp up\n2. Light the lamp\n\nThen sit down and wai", "\n\nt for the ships."),
        ("The keeper counted the steps: ", "\n\neach of them twice."),
        (CODE + "self.items.cle", "...ar()"),
        ("海は一日に二度満ち、そのたびに新しい貝殻を浜辺に残し", "\n\nていく。"),
    ],
)
def test_no_cell_and_no_name_is_broken_either(said: str, text: str) -> None:
    """A row ends with its border, and code has dots only behind what opens, separates or assigns."""
    with pytest.raises(LostPlace, match="stands apart"):
        by_anchor(said, text)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (CODE + "values = [*first, ", "...rest]"),
        (CODE + "func total(numbers ", "...int) int {"),
        ("| mill | place |\n|---|---|\n| Carew Castle | Wales |", "\n| Eling | England |"),
        ("All of it is told in the old book of the harbour.\n\n# The keeper and the light", "\n\nHe was old."),
        ("The keeper counted the steps every evening, and they were more.", "\n\nHe was old."),
        ("The keeper counted the steps every evening, and they were more", "... or so he said."),
        ("The keeper counted the steps every evening, and they were more", "..."),
    ],
)
def test_true_lines_and_dots_pass(said: str, text: str) -> None:
    """A heading's end, a sentence's end and dots before a space are the text's own."""
    assert by_anchor(said, text) == text


@pytest.mark.parametrize("text", ["\n    z = 3", "\nprint(f())", "\n\n  z = 3"])
def test_an_indentation_is_never_made_of_two(text: str) -> None:
    """White space that departs from the one already said would move the line: the place is lost, however it was asked for."""
    for join in (by_anchor, by_prefill):
        with pytest.raises(LostPlace, match="stands apart"):
            join(CODE, text)


@pytest.mark.parametrize(("text", "passed"), [("\n\n    z = 3", "z = 3"), ("\n\n        z = 3", "    z = 3")])
def test_the_same_white_space_and_more_passes(text: str, passed: str) -> None:
    """White space that begins as the one already said, and goes on, is the model's own layout."""
    assert by_anchor(CODE, text) == passed
    assert by_prefill(CODE, text) == passed


def test_the_rest_of_an_indentation_passes() -> None:
    """Who repeats the words without the white space behind them may go on behind that white space."""
    assert by_anchor(CODE, "    z = 3") == "    z = 3"
    assert by_anchor(CODE, "z = 3") == "z = 3"


def test_a_blank_line_less_is_nothing_in_prose() -> None:
    """One line's end where two were said changes no word and no indentation."""
    assert by_prefill("The keeper counted the steps.\n\n", "\nHe was old.") == "He was old."


def test_a_model_that_changes_the_spaces_adds_none() -> None:
    """Who repeats the words with wider spaces is not believed about the space behind them, nor about a new line."""
    words = "The keeper counted the steps every evening, and they were"
    wide = words[-40:].replace(" ", "  ")
    joint = AnchorJoint(words + " ", words[-40:])
    assert joint.feed(wide + "  more.") + joint.close() == "more."
    joint = AnchorJoint(words, words[-40:])
    with pytest.raises(LostPlace, match="stand apart"):
        joint.feed(wide + "\nmore.")
