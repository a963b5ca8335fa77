"""The engine under supervision: it dies alone, is started again, is left alone for a while, and leaves nobody behind."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from sanspanne.onboard import supervisor
from sanspanne.onboard.process import EngineDied, Load, begin, cause_of_death, environment
from sanspanne.onboard.supervisor import REST, Engine, EngineState

LOAD = Load(path="/models/tiny.gguf", alias="tiny", warm=("Be kind.",), template={"enable_thinking": False})
Command = Callable[..., tuple[str, ...]]


class Pauses:
    """A sleep that lasts until it is woken, and a clock that it moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[float] = []
        self.wakes = asyncio.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self.wakes.acquire()
        self.now += seconds

    def clock(self) -> float:
        return self.now


def engine(command: tuple[str, ...], pauses: Pauses | None = None) -> Engine:
    pauses = pauses or Pauses()
    return Engine(LOAD, program=command, clock=pauses.clock, sleep=pauses.sleep)


def gone(pid: int) -> bool:
    """Whether the process is no more: neither running nor waiting to be buried."""
    return not Path(f"/proc/{pid}").exists()


async def test_start_returns_and_the_engine_becomes_ready(fake_engine: Command) -> None:
    """The service does not wait for the engine; once ready it listens on loopback, and a stop ends it."""
    supervised = engine(fake_engine("serve"))
    await supervised.start()
    assert supervised.state is EngineState.STOPPED
    assert supervised.base_url == ""
    await supervised.until(EngineState.READY)
    assert supervised.base_url == f"http://127.0.0.1:{supervised.port}/v1"
    pid = supervised.pid
    await supervised.stop()
    assert supervised.state is EngineState.STOPPED
    assert gone(pid)


async def test_child_gets_orders_and_no_keys(
    fake_engine: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child gets the key of its own door and passive threads, and nothing of our environment's secrets."""
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    supervised = engine(fake_engine("serve"))
    await supervised.start()
    await supervised.until(EngineState.READY)
    await supervised.stop()
    seen = json.loads((tmp_path / "lives" / "0.json").read_bytes())
    assert seen["orders"]["key"] == supervised.key
    assert seen["orders"]["parent"] == os.getpid()
    assert seen["orders"]["threads"] >= 1
    assert seen["environment"]["OMP_WAIT_POLICY"] == "passive"
    assert "OPENAI_API_KEY" not in seen["environment"]


async def test_killed_engine_is_started_again(fake_engine: Command) -> None:
    """A kill -9 is noticed and a new life begins, at a new address with the same key."""
    pauses = Pauses()
    supervised = engine(fake_engine("serve"), pauses)
    await supervised.start()
    await supervised.until(EngineState.READY)
    first, key = supervised.pid, supervised.key
    os.kill(first, signal.SIGKILL)
    await supervised.until(EngineState.RESTARTING)
    assert "SIGKILL" in supervised.reason
    assert supervised.base_url == ""
    assert gone(first)
    pauses.wakes.release()
    await supervised.until(EngineState.READY)
    assert (supervised.key, supervised.lives) == (key, 2)
    await supervised.stop()


async def test_two_deaths_in_a_minute_mean_rest(fake_engine: Command) -> None:
    """An engine that dies twice within a minute is left alone for five, with its last words, and then tried again."""
    pauses = Pauses()
    supervised = engine(fake_engine("crash", "crash", "serve"), pauses)
    await supervised.start()
    await supervised.until(EngineState.RESTARTING)
    pauses.wakes.release()
    await supervised.until(EngineState.UNAVAILABLE)
    assert "ended with code 3; its last words: out of luck; next try in 5 minutes" in supervised.reason
    assert pauses.asked[-1] == REST
    pauses.wakes.release()
    await supervised.until(EngineState.READY)
    await supervised.stop()


async def test_deaths_far_apart_are_forgiven(fake_engine: Command) -> None:
    """Two deaths more than a minute apart do not switch the engine off."""
    pauses = Pauses()
    supervised = engine(fake_engine("serve"), pauses)
    await supervised.start()
    for life in range(3):
        await supervised.until(EngineState.READY)
        assert supervised.lives == life + 1
        pauses.now += 100
        os.kill(supervised.pid, signal.SIGKILL)
        await supervised.until(EngineState.RESTARTING)
        pauses.wakes.release()
    await supervised.stop()
    assert REST not in pauses.asked


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("error", "the engine could not load /models/tiny.gguf: this is no model"),
        ("babble", "the engine's process said b'hello\\n' where the port was expected"),
    ],
)
async def test_failed_load_is_a_sentence(fake_engine: Command, behaviour: str, sentence: str) -> None:
    """A file that the engine cannot load, or a program that is no engine, is told as such."""
    with pytest.raises(EngineDied) as died:
        await begin(LOAD, "key", program=fake_engine(behaviour))
    assert str(died.value) == sentence


async def test_old_processor_is_told_and_not_tried_again(fake_engine: Command) -> None:
    """An illegal instruction would come again: the reason is told, and there is no second try."""
    pauses = Pauses()
    supervised = engine(fake_engine("illegal"), pauses)
    await supervised.start()
    await supervised.until(EngineState.UNAVAILABLE)
    assert "AVX2" in supervised.reason
    assert pauses.asked == []
    await supervised.stop()


async def test_engine_that_does_not_go_is_killed(fake_engine: Command) -> None:
    """A process that ignores the closed pipe does not outlive the stop."""
    life = await begin(LOAD, "key", program=fake_engine("deaf"))
    await life.end()
    assert gone(life.pid)


async def test_stop_while_loading_leaves_nothing(tmp_path: Path) -> None:
    """A stop in the middle of the loading ends the process that is loading."""
    note = tmp_path / "pid"
    supervised = engine(("/bin/sh", "-c", f"echo $$ > {note}.new; mv {note}.new {note}; exec sleep 3600"))
    await supervised.start()
    await supervised.until(EngineState.LOADING)
    while not note.exists():
        await asyncio.sleep(0.01)
    await supervised.stop()
    assert gone(int(note.read_text()))


async def test_missing_engine_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the optional engine the service goes on, and the sentence says what to install."""
    monkeypatch.setattr(supervisor, "installed", lambda: False)
    bare = Engine(LOAD)
    await bare.start()
    await bare.until(EngineState.UNAVAILABLE)
    assert "pip install 'sanspanne[onboard]'" in bare.reason
    await bare.stop()


async def test_missing_program_is_a_sentence() -> None:
    """A program that cannot be started at all is a reason, not a crash of the service."""
    supervised = engine(("/no/such/program",))
    await supervised.start()
    await supervised.until(EngineState.RESTARTING)
    assert "No such file" in supervised.reason
    await supervised.stop()


@pytest.mark.parametrize(
    ("code", "words", "sentence"),
    [
        (0, b"", "the engine's process ended with code 0"),
        (1, b"one\ntwo\n", "the engine's process ended with code 1; its last words: two"),
        (-6, b"assert failed", "the engine's process was ended by SIGABRT; its last words: assert failed"),
        (-9, b"", "the engine's process was ended by SIGKILL (the system does that when memory is short)"),
        (-250, b"\xff", "the engine's process was ended by signal 250; its last words: \ufffd"),
    ],
)
def test_cause_of_death_in_words(code: int, words: bytes, sentence: str) -> None:
    """Every way to die has a sentence."""
    assert cause_of_death(code, words).sentence == sentence


def test_environment_is_a_list_of_what_is_allowed() -> None:
    """Variables that we do not name are not handed on, whatever they are called."""
    assert environment({"PATH": "/bin", "MY_PROVIDER": "secret"}) == {"PATH": "/bin", "OMP_WAIT_POLICY": "passive"}
