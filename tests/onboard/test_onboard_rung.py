"""The model on board as a rung of the ladder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import pytest

from sanspanne.chat import ChatRequest, Ended, Frame, Stop, Stopped, StopReason, TextDelta
from sanspanne.config import OnboardConfig
from sanspanne.errors import CallerError, Overloaded
from sanspanne.onboard import Onboard, State, Status
from sanspanne.onboard.prepare import Notes
from sanspanne.onboard_rung import OnboardRung, _left_out
from sanspanne.pipeline import Permitted

QUESTION = ChatRequest(dialect="openai_chat", model="onboard")


class Loading(Onboard):
    """A model on board that is what the test says it is."""

    @property
    def ready(self) -> bool:
        return self.status().state is State.READY

    def become(self, state: State) -> None:
        self._become(Status(state=state, model="tiny"))

    async def prepare(self, request: ChatRequest) -> tuple[ChatRequest, Notes]:
        if not self.ready:
            raise self.status().refusal()
        return request, Notes(10, 10)


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


async def permitted(rung: OnboardRung, *, patient: bool) -> Permitted:
    async with rung.permit(QUESTION, patient=patient) as permit:
        return permit


async def test_an_answer_that_has_begun_waits_while_the_model_is_loaded(tmp_path: Path) -> None:
    """After our own death the model on board loads anew: an answer taken up again waits for it, a new question does not."""
    onboard = Loading(OnboardConfig(), tmp_path)
    rung = OnboardRung(onboard, cast(Any, None))
    with pytest.raises(CallerError) as refused:
        await permitted(rung, patient=False)
    assert refused.value.code == "model_loading"
    waiting = asyncio.create_task(permitted(rung, patient=True))
    await asyncio.sleep(0)
    onboard.become(State.LOADING)
    onboard.become(State.READY)
    assert (await waiting).request is QUESTION


@pytest.mark.parametrize("state", [State.FETCHING, State.UNAVAILABLE, State.OFF])
async def test_an_answer_that_has_begun_waits_for_no_model_that_is_not_here(state: State, tmp_path: Path) -> None:
    """A model that has to be fetched first is one target that cannot go on: the others are still asked."""
    onboard = Loading(OnboardConfig(), tmp_path)
    waiting = asyncio.create_task(permitted(OnboardRung(onboard, cast(Any, None)), patient=True))
    await asyncio.sleep(0)
    onboard.become(state)
    with pytest.raises(Overloaded):
        await waiting
