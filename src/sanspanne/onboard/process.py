"""One life of the engine's process: start it, learn where it listens, notice its end, end it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from sanspanne.errors import SanspanneError
from sanspanne.onboard.child import Orders

# By its path and with -P: the child imports the standard library and the engine, not this package.
PROGRAM: tuple[str, ...] = (sys.executable, "-P", str(Path(__file__).with_name("child.py")))

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "SYSTEMROOT")


class EngineDied(SanspanneError):
    """The engine's process ended, or never began to serve. `final` says that another try would end the same way."""

    def __init__(self, sentence: str, *, final: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.final = final


class Load(Struct, frozen=True, kw_only=True):
    """What to run: the file, the name that answers carry, `context` in tokens per slot, the prompts that slots shall know."""

    path: str
    alias: str
    slots: int = 4
    context: int = 2048
    threads: int = 0  # 0: as many as there are cores
    batch: int = 64
    warm: tuple[str, ...] = ()
    template: dict[str, Any] = {}


class Report(Struct):
    """The one line that the child says."""

    port: int = 0
    error: str = ""


class Life:
    """A process that serves on 127.0.0.1:`port`."""

    def __init__(self, process: Process, last_words: asyncio.Task[bytes], port: int) -> None:
        self._process = process
        self._last_words = last_words
        self.port = port

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    async def death(self) -> EngineDied:
        """Wait until the process has ended; what it died of."""
        code = await self._process.wait()
        return cause_of_death(code, await self._last_words)

    async def end(self) -> None:
        """End the process; it is gone, and waited for, on return."""
        await _end(self._process)


async def begin(load: Load, key: str, *, program: Sequence[str] = PROGRAM, within: float = 180.0) -> Life:
    """Start the engine and wait until it serves, for `within` seconds at most. Raises `EngineDied`."""
    process = await asyncio.create_subprocess_exec(
        *program,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=environment(os.environ),
        start_new_session=True,  # Ctrl-C is for the service: answers that are running may end
    )
    assert process.stderr
    last_words = asyncio.create_task(_tail(process.stderr))
    try:
        report = await asyncio.wait_for(_report(process, orders(load, key)), within)
        if report is None:
            raise cause_of_death(await process.wait(), await last_words)
        if report.error:
            raise EngineDied(f"the engine could not load {load.path}: {report.error}")
    except BaseException as error:
        await _end(process)
        if isinstance(error, TimeoutError):
            raise EngineDied(f"the engine did not load {load.path} within {within:.0f} s") from None
        raise
    return Life(process, last_words, report.port)


async def _report(process: Process, line: bytes) -> Report | None:
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(line)
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return None
    said = await process.stdout.readline()
    try:
        return msgspec.json.decode(said, type=Report) if said else None
    except msgspec.DecodeError:
        raise EngineDied(f"the engine's process said {said[:80]!r} where the port was expected") from None


async def _tail(stream: asyncio.StreamReader) -> bytes:
    """The last 500 bytes of `stream`, once it has ended."""
    tail = b""
    while chunk := await stream.read(4096):
        tail = (tail + chunk)[-500:]
    return tail


async def _end(process: Process) -> None:
    """Close the pipe, which asks it to go; kill it if it has not gone within 2 s."""
    if process.returncode is None and process.stdin:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), 2.0)
    except TimeoutError:
        process.kill()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


def orders(load: Load, key: str) -> bytes:
    """The line that the child reads."""
    line: Orders = {
        "parent": os.getpid(),
        "path": load.path,
        "alias": load.alias,
        "key": key,
        "slots": load.slots,
        "context": load.context,
        "threads": load.threads or cores(),
        "batch": load.batch,
        "warm": list(load.warm),
        "template": load.template,
    }
    return msgspec.json.encode(line) + b"\n"


def cores() -> int:
    """The processor cores that this process may use."""
    affinity: Any = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """What the child inherits: no keys.

    Its threads must sleep while they wait for one another: spinning, they are ten times slower as soon as anything else
    wants a core, which is just when the model on board is needed.
    """
    kept = {name: own[name] for name in INHERITED if name in own}
    return {**kept, "OMP_WAIT_POLICY": "passive"}


def cause_of_death(code: int, last_words: bytes) -> EngineDied:
    """A sentence for an exit code (negative: the signal), with the last line that the process wrote."""
    if code == -signal.SIGILL:
        return EngineDied(
            "the engine needs a processor with AVX2 (made since 2013); this one lacks it, so there is no model on board",
            final=True,
        )
    lines = last_words.decode("utf-8", "replace").strip().splitlines()
    words = f"; its last words: {lines[-1][:200]}" if lines else ""
    if code >= 0:
        return EngineDied(f"the engine's process ended with code {code}{words}")
    hint = " (the system does that when memory is short)" if code == -signal.SIGKILL else ""
    return EngineDied(f"the engine's process was ended by {_signal_name(-code)}{hint}{words}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
