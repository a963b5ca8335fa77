"""Models that are to go on, and go wrong: each quirk is one, and happens as often as it is told to."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_client import exchange, request

from sanspanne.testing import ANCHOR_QUIRKS, PREFILL_QUIRKS, Continuing, Quirk, ScriptedProvider
from sanspanne.testing.continuing import cut_up, place_in
from sanspanne.testing.quirks import Task, spoilt
from sanspanne.testing.wording import unworded, worded

TEXT = "Une panne « sans » fin, dit-il.\n\nEt puis\tune ligne."
ANCHOR = "« sans » fin, dit-il.\n"
TASK = Task(TEXT[:32], ANCHOR, TEXT[32:], TEXT)
PLAIN = st.text(st.characters(exclude_characters="₀₁₂₃₄₅₆₇₈₉", exclude_categories=["Cs"]), max_size=80)


@pytest.mark.parametrize("quirk", Quirk)
@given(words=st.text(min_size=1, max_size=40), rest=st.text(max_size=40))
def test_no_quirk_is_the_right_answer(quirk: Quirk, words: str, rest: str) -> None:
    """Whatever the last words are, a quirk makes something else of them than a model that behaves."""
    task = Task("Il était une fois " + words, words if quirk in ANCHOR_QUIRKS else "", rest, "Il était " + words + rest)
    if quirk is Quirk.HALF_ANCHOR and len(words) < 2:
        return
    assert spoilt(quirk, task, random.Random(1)) != task.anchor + task.rest


@pytest.mark.parametrize(
    ("quirk", "expected"),
    [
        (Quirk.QUOTES, "“ sans ” fin, dit-il.\n" + TASK.rest),
        (Quirk.WHITE_SPACE, "« sans » fin, dit-il." + TASK.rest),
        (Quirk.PARAPHRASE, "sans « fin, » dit-il.\n" + TASK.rest),
        (Quirk.ANCHOR_TWICE, ANCHOR * 2 + TASK.rest),
        (Quirk.TAGS, f"<ancre>{ANCHOR}</ancre>" + TASK.rest),
        (Quirk.FENCE, f"```python\n{ANCHOR}" + TASK.rest),
        (Quirk.RESTART, TEXT),
    ],
)
def test_what_some_of_them_look_like(quirk: Quirk, expected: str) -> None:
    """The quirks are those that were seen in models."""
    assert spoilt(quirk, TASK, random.Random(1)) == expected


async def quirks_of(turns: list[dict[str, str]], rate: float, count: int) -> list[Quirk | None]:
    """How a provider went wrong in so many calls with these turns and another question each time."""
    script = Continuing(TEXT, quirks=tuple(Quirk), rate=rate)
    async with ScriptedProvider("ollama", script=script) as provider:
        for number in range(count):
            messages = [{"role": "user", "content": f"Question {number}"}, *turns]
            body = {"model": "m", "stream": True, "messages": messages}
            await exchange(provider, request("/v1/chat/completions", body))
    return [play.quirk for play in script.plays.values()]


PREFILL = [{"role": "assistant", "content": TEXT[:30]}]
ASKED = [*PREFILL, {"role": "user", "content": f"<ancre>{TEXT[20:30]}</ancre>"}]


@pytest.mark.parametrize(("turns", "fitting"), [(PREFILL, PREFILL_QUIRKS), (ASKED, ANCHOR_QUIRKS)])
async def test_quirks_fit_the_occasion_and_come_at_their_rate(
    turns: list[dict[str, str]], fitting: tuple[Quirk, ...]
) -> None:
    """Nobody paraphrases an anchor that was not asked for; at a rate of 40 % about four of ten calls go wrong."""
    quirks = await quirks_of(turns, 0.4, 300)
    seen = {quirk for quirk in quirks if quirk}
    assert seen == set(fitting)
    assert 90 <= sum(quirk is not None for quirk in quirks) <= 150
    assert not any(await quirks_of(turns, 0.0, 5))


@given(text=PLAIN, number=st.integers(1, 10**6), at=st.integers(0, 200))
def test_a_wording_is_marked_and_can_be_unmarked(text: str, number: int, at: int) -> None:
    """Any beginning of any wording leads back to the same beginning of the text."""
    words = worded(text, number)
    assert unworded(words) == text
    assert text.startswith(unworded(words[:at]))


@given(text=st.text(max_size=200), at=st.integers(0, 200))
def test_the_place_is_the_end_of_what_was_given(text: str, at: int) -> None:
    """A beginning of the text is continued from its last character, however often its words occur."""
    assert place_in(text, text[:at]) == min(at, len(text))


def test_a_foreign_beginning_is_continued_from_words_that_are_known() -> None:
    """Somebody else's beginning is continued behind the longest of its last words that the text has; else from the top."""
    assert place_in("abc def ghi", "XYZ def") == 7
    assert place_in("abc", "XYZ") == 0


@given(text=st.text(max_size=200), low=st.integers(1, 5), more=st.integers(0, 20))
def test_pieces_are_the_text(text: str, low: int, more: int) -> None:
    """No character is lost between pieces, and none is larger than allowed."""
    pieces = cut_up(text, (low, low + more), random.Random(0))
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= low + more for piece in pieces)
