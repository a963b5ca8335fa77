"""The real model on board finishes an answer that a provider broke off."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from sanspanne.answers.route import Caller, Route
from sanspanne.app import Service
from sanspanne.chat import ChatRequest, Ended, Frame, Message, Seam, Text, TextDelta
from sanspanne.config import parse
from sanspanne.onboard import State
from sanspanne.onboard.catalogue import find
from sanspanne.onboard.pull import PullFailed, pull
from sanspanne.onboard.supervisor import installed
from sanspanne.stitch.said import Said
from sanspanne.testing import Answer, Break, ScriptedProvider

MODEL = find("smollm2-135m-instruct")
ANSWER = "One, two, three, four, five, six, seven, eight, nine, ten."


@pytest.fixture(scope="module")
def weights() -> Path:
    """The model's file; without engine or model the test is skipped, with the reason."""
    if not installed():
        pytest.skip("the engine is not installed: pip install 'sanspanne[onboard]'")
    cache = Path(os.environ.get("SANSPANNE_TEST_MODELS") or Path.home() / ".cache" / "sanspanne-tests")
    try:
        return asyncio.run(pull(MODEL, cache))
    except PullFailed as failure:
        pytest.skip(str(failure))


@pytest.mark.local_model
async def test_the_model_on_board_finishes_what_a_provider_broke_off(weights: Path, tmp_path: Path) -> None:
    """What a provider has said stays as it was, the model on board goes on from its last character, and a seam says so."""
    async with ScriptedProvider("openai", script=Break(after=9, answer=Answer(ANSWER))) as provider:
        config = parse(
            {
                "providers": {"first": {"kind": "openai", "base_url": provider.base_url, "key_env": "KEY"}},
                "models": {"auto": {"chain": ["first/gpt-4o"]}},
                "onboard": {"path": str(weights), "slots": 1, "context": 512},
            }
        )
        service = Service(config, data_dir=tmp_path, environ={"KEY": "sk-test-key"})
        await service.start()
        try:
            await service.onboard.until(State.READY, State.UNAVAILABLE)
            request = ChatRequest(
                dialect="openai_chat",
                model="auto",
                messages=(Message("user", (Text("Count in words."),)),),
                stream=True,
                max_tokens=40,
            )
            answer = service.answers.open(request, Caller())
            frames = [frame async for batch in answer.follow() for frame in batch]
        finally:
            await service.stop()
    said = "".join(event.text for frame in frames for event in frame.events if isinstance(event, TextDelta))
    (seam,) = answer.route.seams
    assert (seam.before, seam.after, seam.means, seam.exact) == ("first/gpt-4o", "onboard", "prefill", True)
    assert said[: seam.at] == ANSWER[: seam.at]
    assert len(said) > seam.at > 0
    assert not said[seam.at :].lower().lstrip().startswith("one, two"), "it began anew"


@pytest.mark.local_model
async def test_after_our_death_the_model_on_board_finishes_its_own_answer(weights: Path, tmp_path: Path) -> None:
    """Right after a restart the model is not loaded yet: what an earlier life has begun waits for it, and is finished."""
    config = parse({"onboard": {"path": str(weights), "slots": 1, "context": 512}})
    service = Service(config, data_dir=tmp_path, environ={})
    question = (Message("user", (Text("Count in words."),)),)
    request = ChatRequest(dialect="openai_chat", model="auto", messages=question, stream=True, max_tokens=40)
    said = Said(request)
    said.see([Frame("openai_chat", b"", (TextDelta("One, two, three,"),))])
    await service.start()
    try:
        assert not service.onboard.ready
        batches = service.pipeline.answer(request, Caller(), "ans_1", Route(), said)
        events = [event async for batch in batches for frame in batch for event in frame.events]
    finally:
        await service.stop()
    assert [(seam.before, seam.after, seam.at) for seam in events if isinstance(seam, Seam)] == [
        ("sanspanne", "onboard", len("One, two, three,"))
    ]
    assert isinstance(events[-1], Ended)
