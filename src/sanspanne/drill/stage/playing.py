"""What the providers of a drill play: the right answer at their own pace, and each shape of a fault."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sanspanne.drill.questions import answer_to
from sanspanne.drill.scenario import Fault, ProviderPlan, Scenario
from sanspanne.testing import Answer, Continuing, Cut, Fail, Hang, Piece, Reason, Refuse, Reply, Said, Script, Stage
from sanspanne.testing.conversation import conversation

CUTS = ("reset", "close", "half_chunk", "error")


class Quota:
    """A token bucket: `rate` questions per second, and as many at once. Clock in seconds."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self.rate, self.room = rate, max(1.0, rate)
        self._clock, self._left, self._seen = clock, self.room, clock()

    def take(self) -> bool:
        """Whether one more may be asked."""
        now = self._clock()
        self._left = min(self.room, self._left + (now - self._seen) * self.rate)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def headers(self, kind: str) -> dict[str, str]:
        """What is left of it, in the words of those who tell."""
        limit, left = str(int(self.room)), str(int(self._left))
        seconds = (self.room - self._left) / self.rate if self.rate else 60.0
        if kind == "anthropic":
            reset = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
            names = "anthropic-ratelimit-requests-{}"
        else:
            reset, names = f"{seconds:.3f}s", "x-ratelimit-{}-requests"
        return dict(zip(map(names.format, ("limit", "remaining", "reset")), (limit, left, reset), strict=True))


class Speaking(Continuing):
    """The right answer: `first_word` seconds, then one word after the other. `continuations` counts those that went on.

    Who wants one JSON body gets it when the last word would have come, and not a byte before.
    """

    def __init__(self, first_word: float, gap: float, quota: Quota | None = None) -> None:
        super().__init__(answer_to, delay=first_word, gap=gap)
        self.continuations = 0
        self._quota = quota

    async def play(self, stage: Stage) -> None:
        self.continuations += conversation(stage.call.body).partial is not None
        try:
            if not stage.asked.stream and self.refusal_of(stage) is None:
                await stage.pause(self.delay + self.gap * (len(self.said(stage).pieces) - 1))
            await super().play(stage)
        finally:
            self.plays.pop(stage.call, None)

    def said(self, stage: Stage) -> Said:
        return Answer.said(self, stage)  # in words, not in pieces of any size

    def begin(self, stage: Stage) -> None:
        """Send the head of the response, with what is left of a quota."""
        kind = "text/event-stream; charset=utf-8" if stage.asked.stream else "application/json"
        quota = self._quota.headers(stage.wire.kind) if self._quota else {}
        headers = {"content-type": kind, "cache-control": "no-cache", **stage.wire.headers(self.said(stage)), **quota}
        stage.connection.head(200, headers)

    async def send(self, stage: Stage, pieces: Sequence[Piece]) -> None:
        """Send pieces, each in its time; a JSON body at once."""
        if stage.asked.stream:
            await super().send(stage, pieces)
        else:
            await stage.connection.send(b"".join(piece.data for piece in pieces))

    async def _write(self, stage: Stage, data: bytes) -> None:
        await stage.connection.send(data)


class Down(Fail):
    """An error at the door, for everything that is asked."""

    takes_room = False

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.spoils_pages = True


class Silent(Hang):
    """Nothing is said, at the door."""

    takes_room = False


class Stalling(Script):
    """So many seconds of silence before each answer."""

    def __init__(self, seconds: float, answer: Script) -> None:
        self.seconds, self.answer = seconds, answer

    async def play(self, stage: Stage) -> None:
        await stage.pause(self.seconds)
        await self.answer.play(stage)


class Cutting(Script):
    """A `share` of the streams breaks off at a random byte; the question settles which, and where. The rest is never cut."""

    def __init__(self, share: float, answer: Answer) -> None:
        self.share, self.answer = share, answer

    async def play(self, stage: Stage) -> None:
        put = conversation(stage.call.body)
        rng = random.Random(f"cut|{put.question}")
        script: Script = self.answer
        if stage.asked.stream and put.partial is None and rng.random() < self.share:
            script = Cut(rng.choice(CUTS), rng.uniform(0.1, 0.95), self.answer)
        await script.play(stage)


class Limiting(Script):
    """429 with headers and `retry-after` for whoever comes when the quota is used up."""

    def __init__(self, quota: Quota, retry_after: float, answer: Script) -> None:
        self.quota, self.retry_after, self.answer = quota, retry_after, answer

    async def play(self, stage: Stage) -> None:
        if self.quota.take():
            return await self.answer.play(stage)
        told = stage.wire.failure(Reason.RATE_LIMITED, stage.asked.model)
        headers = {**told.headers, **self.quota.headers(stage.wire.kind), "retry-after": f"{self.retry_after:g}"}
        return await stage.reply(Reply(told.status, told.body, headers))


class Part:
    """What one provider plays over a scenario. `timeline` is in seconds of the drill."""

    def __init__(self, plan: ProviderPlan, scenario: Scenario, clock: Callable[[], float]) -> None:
        self._plan, self._gap, self._clock = plan, scenario.load.pace * plan.pace, clock
        self._spoken: list[Speaking] = []
        self._healthy = self._speaking()

    @property
    def continuations(self) -> int:
        """How many answers of others it has gone on with."""
        return sum(speaking.continuations for speaking in self._spoken)

    def timeline(self) -> list[tuple[float, Script]]:
        """From when on which script."""
        faults = [fault for fault in self._plan.fault if fault.shape != "capacity"]
        played = {fault: self._script(fault) for fault in faults}
        moments = sorted({0.0, *(fault.at for fault in faults), *(fault.until for fault in faults)})
        return [(at, self._at(at, played)) for at in moments]

    def _at(self, at: float, played: dict[Fault, Script]) -> Script:
        return next((script for fault, script in played.items() if fault.at <= at < fault.until), self._healthy)

    def _speaking(self, quota: Quota | None = None) -> Speaking:
        self._spoken.append(Speaking(self._plan.first_word, self._gap, quota))
        return self._spoken[-1]

    def _script(self, fault: Fault) -> Script:
        match fault.shape:
            case "down-refuse":
                return Refuse()
            case "down-503" | "down-529":
                return Down(int(fault.shape.removeprefix("down-")))
            case "silent":
                return Silent()
            case "slow":
                return Stalling(fault.seconds, self._healthy)
            case "cut":
                return Cutting(fault.share, self._healthy)
            case _:
                quota = Quota(fault.rate, self._clock)
                return Limiting(quota, fault.retry_after, self._speaking(quota))
