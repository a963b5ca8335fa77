"""What a script is: something that plays one response on a `Stage`.

Write your own by subclassing `Script`; `Answer` in `answer.py` is the healthy one, `breaks.py` has the failures.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence

from sanspanne.testing.asked import Asked
from sanspanne.testing.connection import Connection
from sanspanne.testing.recording import Call
from sanspanne.testing.wires.base import Reply, Wire


class Stage:
    """Where one response is played: the wire format, the question, and the connection to the client."""

    def __init__(
        self,
        *,
        name: str,
        wire: Wire,
        asked: Asked,
        connection: Connection,
        call: Call,
        rng: random.Random,
        pause: Callable[[float], Awaitable[None]],
        slowness: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self.name, self.wire, self.asked, self.connection, self.call = name, wire, asked, connection, call
        self.random, self._pause, self._slowness = rng, pause, slowness
        self.id = f"{rng.getrandbits(96):024x}"

    async def pause(self, seconds: float) -> None:
        """Let time pass on the provider's clock; more of it when the provider is slow."""
        if seconds > 0:
            await self._pause(seconds * self._slowness())

    async def reply(self, reply: Reply) -> None:
        """Send a whole response."""
        self.connection.head(reply.status, reply.headers, len(reply.body))
        await self.connection.send(reply.body)
        self.connection.end()

    async def client_leaves(self) -> None:
        """Wait until the client has gone."""
        await self.connection.left.wait()


class Script:
    """One way to respond."""

    refuses: bool = False  # breaks the connection off as soon as a client has connected
    spoils_pages: bool = False  # lists of models and the like are answered in this way too
    hides_models: bool = False  # the list of models is empty
    takes_room: bool = True  # is played by those who have room for it; else at the door, however full they are

    async def play(self, stage: Stage) -> None:
        """Play the response."""
        raise NotImplementedError


class Programme:
    """Which script is played when: one after the other by call, or by seconds since the start. The last one stays."""

    def __init__(self, scripts: Sequence[tuple[float, Script]], *, by_time: bool) -> None:
        if not scripts:
            raise ValueError(
                "a programme needs at least one script, for example [(0, Answer()), (10, Fail('overloaded'))]"
            )
        self._scripts = sorted(scripts, key=lambda entry: entry[0])
        self._by_time = by_time
        self._played = 0

    def current(self, elapsed: float) -> Script:
        """The script whose turn it is, `elapsed` seconds after the start."""
        mark = elapsed if self._by_time else float(self._played)
        due = [script for start, script in self._scripts if start <= mark]
        return due[-1] if due else self._scripts[0][1]

    def take(self, elapsed: float) -> Script:
        """The same, and the next call gets the next one."""
        script = self.current(elapsed)
        self._played += 1
        return script
