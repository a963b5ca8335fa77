"""The model on board as a rung of the ladder."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

from sanspanne.chat import Ended, Frame, Stop, Stopped, StopReason, TextDelta
from sanspanne.config import OnboardConfig
from sanspanne.onboard import Onboard
from sanspanne.onboard.prepare import Notes
from sanspanne.onboard_rung import OnboardRung, _left_out


async def circling() -> AsyncGenerator[list[Frame], None]:
    """An engine that has begun to say the same again and again."""
    while True:
        yield [Frame("openai_chat", b"", (TextDelta("The same line again.\n"),))]


async def test_an_answer_in_circles_ends_as_one_that_ran_into_a_limit(tmp_path: Path) -> None:
    """When a small model repeats itself its answer is ended there, and the caller is told that it is not finished."""
    rung = OnboardRung(Onboard(OnboardConfig(), tmp_path), cast(Any, None))
    batches = [batch async for batch in rung.watch(circling())]
    events = [event for batch in batches for frame in batch for event in frame.events]
    assert events[-2:] == [Stopped(Stop(StopReason.LENGTH, raw="repetition")), Ended()]
    assert len(events) < 10


def test_why_it_is_not_asked_goes_on_a_sentence(tmp_path: Path) -> None:
    """The reason stands in the middle of what a caller reads: no capital, and no full stop of its own."""
    rung = OnboardRung(Onboard(OnboardConfig(enabled=False), tmp_path), cast(Any, None))
    assert str(rung.obstacle()) == "the model on board is switched off in the configuration"


def test_what_was_left_out_is_named() -> None:
    """Messages that had no room and a shortened answer stand in `x-sanspanne-omitted`, in words without spaces."""
    assert _left_out(Notes(100, 50)) == ()
    assert _left_out(Notes(100, 50, dropped=3, shortened=True)) == ("3-oldest-messages", "max_tokens")
    assert _left_out(Notes(100, 50, begun=True)) == ("beginning-of-answer",)
