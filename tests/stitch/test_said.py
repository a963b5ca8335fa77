"""What an answer has said so far."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.chat import (
    ChatRequest,
    Citation,
    Cited,
    Frame,
    OutputFormat,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
)
from sanspanne.stitch.said import Said

PLAIN = ChatRequest(dialect="openai_chat", model="m")


def frames(*events):
    return [Frame("openai_chat", b"x", events)]


@given(st.lists(st.lists(st.text(max_size=5), max_size=4), max_size=400))
def test_the_text_is_what_was_delivered(batches):
    """However an answer comes in pieces, what it has said is their text, whenever one looks."""
    said, whole = Said(PLAIN), ""
    for number, pieces in enumerate(batches):
        said.see(frames(*map(TextDelta, pieces)))
        whole += "".join(pieces)
        if number % 7 == 0:
            assert said.text == whole
    assert (said.text, said.begun) == (whole, bool(whole))


def test_a_long_answer_is_kept_in_few_pieces():
    """Ten thousand small pieces are not kept as ten thousand strings."""
    said = Said(PLAIN)
    for _ in range(10_000):
        said.see(frames(TextDelta("ab")))
    assert len(said._pieces) <= 1025
    assert said.text == "ab" * 10_000


@pytest.mark.parametrize(
    ("event", "bar"),
    [(ToolCallBegun(0, "c", "f"), "tool_call"), (RefusalDelta("no"), "refusal"), (ThinkingDelta("hm"), None)],
)
def test_what_was_said_may_forbid_a_continuation(event, bar):
    """A call of a tool and a refusal are one model's own; a thought only says that the answer has begun."""
    said = Said(PLAIN)
    said.see(frames(event))
    assert (said.bar, said.begun, said.text) == (bar, True, "")


@pytest.mark.parametrize(
    ("fields", "bar"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"output": OutputFormat("json_object")}, "schema"),
        ({}, None),
    ],
)
def test_what_was_asked_may_forbid_a_continuation(fields, bar):
    """Several choices, logprobs and schemas cannot be joined from two models."""
    assert Said(ChatRequest(dialect="x", model="m", **fields)).bar == bar


def test_sources_are_remembered():
    """Whoever goes on must not name a second list of sources."""
    said = Said(PLAIN)
    said.see(frames(TextDelta("see [1]"), Cited((Citation("https://example.org"),))))
    assert said.cited
