"""What the hooks are told of attempts: numbers, beginnings before the call, and how much was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.attempts.completeness import Completeness
from sanspanne.chat import (
    ChatRequest,
    Event,
    Frame,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
)

REQUEST = ChatRequest(dialect="", model="")

texts = st.text(st.sampled_from("ab é你好한😀"), max_size=6)
events = st.one_of(
    st.builds(TextDelta, texts),
    st.builds(ThinkingDelta, texts),
    st.builds(RefusalDelta, texts),
    st.builds(ToolCallDelta, st.just(0), texts),
)


def text_of(event: Event) -> str:
    return str(getattr(event, "text", "") or getattr(event, "arguments", ""))


@given(st.lists(st.lists(events, max_size=4), max_size=6))
def test_every_character_is_counted_once(pieces: list[list[Event]]) -> None:
    """Text, thoughts, refusals and arguments are counted, however they are cut into frames; dense pieces apart."""
    seen = Completeness(REQUEST)
    for piece in pieces:
        seen.see([Frame("x", b"", tuple(piece))])
    said = [text_of(event) for piece in pieces for event in piece]
    assert seen.characters == sum(map(len, said))
    assert seen.dense == sum(len(text) for text in said if text and ord(text[0]) >= 0x2E80)


@pytest.mark.parametrize("event", [ToolCallBegun(0, "call_1", "search"), TextDelta("")])
def test_what_has_no_characters_counts_none(event: Event) -> None:
    """Events that say nothing in characters count none."""
    seen = Completeness(REQUEST)
    seen.see([Frame("x", b"", (event, event))])
    assert (seen.characters, seen.dense) == (0, 0)
