"""The report's words: two languages that say the same, and numbers as each writes them."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from sanspanne.drill.report.voice import Voice
from sanspanne.drill.report.words import SENTENCES

BARE = re.compile(r" [;:!?»%]|« |\w'\w|[^\u00a0]:(?!//)(?: |$)|[^\u202f][;!?](?: |$)")


def places(sentence: str) -> set[str]:
    """The names of the places to be filled."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_say_the_same(key: str) -> None:
    """Every sentence has the same places in both languages, so that no figure is missing in one of them."""
    english, french = SENTENCES[key]
    assert places(english) == places(french)


@pytest.mark.parametrize("key", SENTENCES)
def test_french_has_its_spaces(key: str) -> None:
    """No sign that wants a space before it stands without one that does not break, and apostrophes are curved."""
    assert BARE.findall(SENTENCES[key][1]) == []


def test_numbers_are_written_as_each_language_does() -> None:
    """Thousands, decimals, per cent and units follow the language; what does not belong together is not torn."""
    english, french = Voice("en"), Voice("fr")
    assert (english.number(1840.5, 1), french.number(1840.5, 1)) == ("1,840.5", "1\u202f840,5")
    assert (english.percent(0.972), french.percent(0.972)) == ("97.2%", "97,2\u00a0%")
    assert (english.seconds(2.5), french.seconds(0.354), french.seconds(40)) == (
        "2.5\u00a0s",
        "0,35\u00a0s",
        "40\u00a0s",
    )


@pytest.mark.parametrize(
    ("share", "written"), [(0.99996, "99.9%"), (1, "100%"), (0.00001, "0.1%"), (0, "0%"), (0.5, "50.0%")]
)
def test_almost_all_is_not_all(share: float, written: str) -> None:
    """Per cents are not rounded to 100 while something is missing, nor to 0 while something is there."""
    assert Voice("en").percent(share) == written


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), 1e300, -1e300])
def test_absurd_numbers_stay_short(value: float) -> None:
    """A number that no drill has does not fill the page."""
    assert len(Voice("fr").number(value)) < 10


def test_an_unknown_language_gets_english() -> None:
    """Whoever asks for another language is answered, in English."""
    assert Voice("tlh").say("and") == "and"
    assert Voice("tlh").pick({"fr": "Une ruée"}, "stampede") == "Une ruée"
    assert Voice("fr").pick({}, "stampede") == "stampede"
