"""The rule by which an answer is complete."""

import pytest

from sanspanne.attempts.completeness import Completeness
from sanspanne.chat import (
    ChatRequest,
    Damaged,
    Ended,
    Failed,
    Frame,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ToolCallBegun,
)
from sanspanne.errors import WireError

TEXT, END = TextDelta("Bonjour"), Stopped(Stop(StopReason.END))


def judged(*events, **request):
    """What is wrong with an answer that consists of these events."""
    answer = Completeness(ChatRequest(dialect="x", model="m", **request))
    answer.see([Frame("x", b"", events)])
    return answer.failed or answer.flaw()


def test_text_then_stop_then_marker_is_complete():
    """Text, a reason to stop and the end marker make a complete answer."""
    assert judged(TEXT, END, Ended()) is None


@pytest.mark.parametrize(
    "events",
    [
        (),
        (TEXT,),
        (TEXT, END),
        (TEXT, Ended()),
        (Ended(),),
        (END, Ended()),
        (Stopped(Stop(StopReason.TOOL_CALLS)), Ended()),
        (TEXT, Damaged("bad JSON"), END, Ended()),
        (TEXT, END, Ended(), Failed(WireError(503))),
        (TEXT, Failed(WireError(200)), END, Ended()),
    ],
    ids=lambda events: "+".join(type(event).__name__ for event in events) or "nothing",
)
def test_every_other_ending_is_a_flaw(events):
    """No marker, no reason, no word, a lost piece, an error before or after the end: none of them is complete."""
    assert judged(*events)


@pytest.mark.parametrize("reason", [StopReason.LENGTH, StopReason.REFUSAL, StopReason.FILTERED])
def test_some_endings_need_no_word(reason):
    """An answer that ran into its limit, or was refused, may be empty."""
    assert judged(Stopped(Stop(reason)), Ended()) is None


def test_a_stop_sequence_may_come_first():
    """With stop sequences set, an empty answer is what was asked for."""
    assert judged(END, Ended(), stop=("###",)) is None


def test_a_tool_call_is_something_said():
    """A tool call without any text is a complete answer."""
    assert judged(ToolCallBegun(0, "c1", "weather"), Stopped(Stop(StopReason.TOOL_CALLS)), Ended()) is None


def test_every_choice_must_have_stopped():
    """With n = 2 one finished choice is not the answer."""
    assert judged(TEXT, END, Ended(), n=2)
    assert judged(TEXT, TextDelta("Salut", 1), END, Stopped(Stop(StopReason.END), 1), Ended(), n=2) is None
