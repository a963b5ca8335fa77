"""The real service as a process of its own, over scripted providers that wait in mid-answer until the test lets them go on."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from cuttable_wire import CuttableWire
from served_process import ServedProcess

from sanspanne.testing import Continuing, Script, ScriptedProvider
from sanspanne.web.session import Sessions

TEXT = (
    "Une panne commence rarement par un grand bruit. D’abord une requête tarde, puis une autre, et personne n’y prend garde. "
    "Ensuite les files d’attente grandissent 🙂, les clients insistent, et ce qui restait debout fléchit sous leur nombre. "
    "Il faut alors savoir refuser, attendre un peu, et recommencer doucement, sans jamais perdre ce qui a déjà été dit.\n\n"
    "Voilà pourquoi une réponse commencée mérite d’être achevée : celui qui lit n’a pas à savoir qui est tombé en chemin."
)
HELD_PIECE = 25
SAID = "D’abord une requête tarde"  # is said before a provider waits


class Gate:
    """A provider's pauses: it waits before the pieces of these numbers, each time until it may go on."""

    def __init__(self) -> None:
        self.places = {HELD_PIECE}
        self._pieces = 0
        self._passes = asyncio.Semaphore(0)

    async def __call__(self, _: float) -> None:
        """Wait, if it is time."""
        self._pieces += 1
        if self._pieces in self.places:
            await self._passes.acquire()

    def let_pass(self) -> None:
        """Let it go on, now or later."""
        self._passes.release()


def talker() -> Continuing:
    """Says `TEXT`, or what is left of it."""
    return Continuing(TEXT, sizes=(4, 8), delay=1.0, gap=1.0)


class RealService:
    """`sanspanne serve` over the providers `first` (which waits in its answer) and `second`, behind a wire that can be cut."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    @property
    def address(self) -> str:
        """What `serve` prints."""
        return Sessions.load(self._folder / "data", self._served.port).address(self._wire.url)

    def play(self, script: Script) -> None:
        """From now on the first provider does this."""
        self._first.script = script

    def hold_before_the_first_word(self) -> None:
        """The first provider waits twice, the first time before it has said anything."""
        self._gate.places = {1, HELD_PIECE}

    def go_on(self) -> None:
        """The first provider may go on."""
        self._loop.call_soon_threadsafe(self._gate.let_pass)

    def kill(self) -> None:
        """kill -9."""
        self._run(self._served.kill())

    def stop(self) -> None:
        """SIGTERM."""
        self._run(self._served.stop())

    def start(self) -> None:
        """Another life, at the same port and with the same data folder."""
        self._run(self._served.start())

    def cut(self) -> None:
        """Every connection breaks; new ones are taken."""
        self._loop.call_soon_threadsafe(self._wire.cut)

    @property
    def times_asked(self) -> int:
        """How often the first provider was asked."""
        return len(self._first.calls.chats)

    def wait_until_asked(self) -> None:
        """Until the first provider has been asked."""
        self._run(self._first.calls.wait_for(1))

    def wait_until_left(self) -> None:
        """Until nobody listens to the first provider any more. Raises `AssertionError` if it has said all before."""
        self._run(self._first.calls.chats[0].wait_until_left())

    def wait_until_over(self) -> None:
        """Until the first provider has said all."""
        self._run(self._first.calls.chats[0].wait_until_over())

    async def _begin(self) -> None:
        self._gate = Gate()
        self._first = ScriptedProvider("openai", script=talker(), sleep=self._gate)
        second = ScriptedProvider("anthropic", script=talker(), sleep=_at_once)
        async with AsyncExitStack() as stack:
            for provider in (self._first, second):
                await stack.enter_async_context(provider)
            served = ServedProcess(self._folder, {"first": self._first, "second": second})
            self._served = await stack.enter_async_context(served)
            self._wire = await stack.enter_async_context(CuttableWire(served.port))
            self._open = stack.pop_all()

    async def _end(self) -> None:
        await self._open.aclose()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)
