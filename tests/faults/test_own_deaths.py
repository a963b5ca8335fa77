"""kill -9 under load, again and again: 6 of the 200 deaths that `python -m benchmarks.own_death` dies."""

import pytest
from benchmarks.mortal_callers import Had, blocks
from benchmarks.mortal_cases import Part, case_of
from benchmarks.mortal_verdict import judge, made
from benchmarks.own_death import SEED, run
from msgspec.structs import replace

from sanspanne.chat import Begun, ChatRequest, Ended, Frame, Stop, Stopped, StopReason, TextDelta
from sanspanne.dialects.base import Identity
from sanspanne.dialects.numbering import NumberedWriter
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.testing import Play


async def test_every_detached_answer_outlives_us(tmp_path):
    """Six deaths and a SIGTERM: detached answers are whole, each event once; attached callers never hear an end that is none."""
    toll, served = await run(6, 1, SEED, tmp_path)
    assert not toll.problems, "\n".join(toll.problems)
    assert served.life == 8
    assert sum(row["sewn"] for kind, row in toll.verdicts.items() if kind.startswith("detached")) >= 5
    assert sum(row["broken off"] for kind, row in toll.verdicts.items() if kind.startswith("attached")) >= 5


# --- the judge can be trusted

FIRST = Play(means="fresh", question="q", rest="Une₁ panne₁ commence₁.", text="Une₁ panne₁ commence₁.", number=1)
REST = Play(means="prefill", question="q", partial="Une₁ pan", rest="ne₂ commence₂.", text="ne₂ commence₂.", number=2)


@pytest.mark.parametrize(
    ("text", "whole", "is_made"),
    [
        ("Une₁ panne₁ commence₁.", True, True),
        ("Une₁ panne₂ commence₂.", True, True),
        ("Une₁ panne₂ com", False, True),
        ("Une₁ panne₂ com", True, False),  # its end is missing
        ("Une₁ panne₁ commence₂.", True, False),  # nobody was given as much of the first call's words
        ("Une₁ panpanne₂ commence₂.", True, False),  # some of it twice
        ("Une₁ pae₂ commence₂.", True, False),  # some of it lost
    ],
)
def test_a_text_is_traced_to_the_calls(text, whole, is_made):
    """Only what one call said, or what went on with exactly what others had said, is made up of them."""
    assert made(text, [FIRST, REST], whole=whole) is is_made


def had_of(events):
    """What a caller has who got these events, over which connections ever; a replay gives him the right ones."""
    numbers = [int(event.split(b"\n")[0].removeprefix(b"id: ")) for event in events]
    return Had(list(events), numbers, [1, 2], [], replay=b"".join(right_events()), status=200, ended=True)


def right_events():
    """The stream of an answer that one call said."""
    said = [TextDelta("Une₁ panne₁"), TextDelta(" commence₁.")]
    events = [Begun("chatcmpl-1", "m"), *said, Stopped(Stop(StopReason.END)), Ended()]
    writer = NumberedWriter(
        OPENAI_CHAT.writer(ChatRequest(dialect="openai_chat", model="m", stream=True), Identity("ans_1", "m", 1))
    )
    return blocks(b"".join(writer.write([Frame("", b"", (event,))]) for event in events))


@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        (lambda events: events, "unbroken"),
        (lambda events: events[:1] + events[2:], "wrong"),
        (lambda events: events[:2] + events[1:], "wrong"),
        (lambda events: events[:-1], "wrong"),
        (lambda events: [*events[:-1], events[-1].replace(b"id: ", b"id: 9")], "wrong"),
        (lambda events: [event.replace("panne₁".encode(), "pannes₁".encode()) for event in events], "wrong"),
        (lambda events: [event.replace("panne₁".encode(), "panne₂".encode()) for event in events], "wrong"),
    ],
)
def test_no_fault_passes_the_judge(spoil, verdict):
    """A lost event, one that comes twice, a missing end, a wrong number, another word, another call's word: all are found."""
    case = replace(
        case_of(1, SEED, detached=True), text="Une panne commence.", dialect="openai_chat", stream=True, model="anchor"
    )
    part = Part(case, lambda: 1)
    part.telling.plays[object()] = FIRST
    assert judge(case, part, had_of(spoil(right_events())))[0] == verdict
