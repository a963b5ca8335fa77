"""Those who ask while the process is killed: a detached answer is followed over all its lives, an attached one is not.

A caller of a detached answer goes on until its end: with `Last-Event-ID` or `?after=` where he knows what it is called, by asking
again with the same Idempotency-Key where he does not, or by chance. He keeps whole events, as any reader of such streams does.
"""

from __future__ import annotations

import asyncio
import random
import re
from typing import Any

from msgspec import Struct

from benchmarks.mortal import Mortal
from benchmarks.mortal_cases import Case
from benchmarks.plain_http import Reply, request

AGAIN_SECONDS = 0.05
MOST = 200  # responses to one question
FOLLOWS = 0.8  # of the times when he could, he follows; else he asks again
NUMBER = re.compile(rb"(?:^|\n)id: (\d+)\n")
TERMINATORS = (b"data: [DONE]", b"event: message_stop", b'"error"')


class Had(Struct):
    """What a caller has: whole events and, at the end, what a fresh replay gives him; or a JSON body.

    `numbers` are those of the events, in the order in which they came; `lives` those of the process that he met; `status` is the
    last response's, `ended` says that HTTP calls it complete; `wrong` tells what must not happen.
    """

    events: list[bytes]
    numbers: list[int]
    lives: list[int]
    wrong: list[str]
    answer_id: str = ""
    body: bytes = b""
    replay: bytes = b""
    status: int = 0
    ended: bool = False
    connections: int = 0

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self.numbers[-1] if self.numbers else 0

    @property
    def data(self) -> bytes:
        """The stream, as if it had come in one piece."""
        return b"".join(self.events)


async def detached(case: Case, served: Mortal, seed: int) -> Had:
    """Follow a detached answer to its end, then ask for all of it again."""
    rng = random.Random(f"{seed}|{case.number}|caller")
    had = Had([], [], [], [])
    over = False
    while not over and not had.wrong:
        reply = await _ask_or_follow(case, served, had, rng)
        if had.connections > MOST:
            had.wrong.append(f"no end after {MOST} connections")
            return had
        over = _take(case, served, had, reply)
        if not over:
            await asyncio.sleep(AGAIN_SECONDS)
    if over:
        await _ask_for_all(case, served, had)
    return had


async def attached(case: Case, served: Mortal) -> Had:
    """Ask once, and take what comes; what broke cannot be followed again."""
    had = Had([], [], [], [])
    reply = Reply()
    while not reply.sent:
        reply = await _request(served, had, "POST", case.path, body=case.body())
        if not reply.sent:
            await asyncio.sleep(AGAIN_SECONDS)
    had.answer_id = reply.headers.get("x-sanspanne-answer", "")
    had.status, had.body, had.ended = reply.status, reply.body, reply.whole
    had.events = blocks(reply.body) if reply.status == 200 else []
    had.numbers = [int(number) for event in had.events for number in NUMBER.findall(event)]
    if had.answer_id:
        again = await _until_there(served, f"/v1/answers/{had.answer_id}/events?after={had.last}")
        if again.status != 410:
            had.wrong.append(f"an attached answer asked for again: status {again.status}")
    return had


# --- detached: one connection after the other


async def _ask_or_follow(case: Case, served: Mortal, had: Had, rng: random.Random) -> Reply:
    if had.answer_id and case.stream and rng.random() < FOLLOWS:
        path = f"/v1/answers/{had.answer_id}/events"
        if rng.random() < 0.5:
            return await _request(served, had, "GET", f"{path}?after={had.last}")
        return await _request(served, had, "GET", path, headers={"last-event-id": str(had.last)})
    headers = {"x-sanspanne-detach": "true", "idempotency-key": f"key-{case.number}"}
    if had.last:
        headers["last-event-id"] = str(had.last)
    return await _request(served, had, "POST", case.path, headers=headers, body=case.body())


async def _request(served: Mortal, had: Had, method: str, path: str, **how: Any) -> Reply:
    reply = await request(served.port, method, path, on_sent=lambda: had.lives.append(served.life), **how)
    had.connections += reply.sent
    return reply


def _take(case: Case, served: Mortal, had: Had, reply: Reply) -> bool:
    """Keep what came; whether it is over."""
    if reply.status in (0, 503):
        if reply.status and had.lives[-1] not in served.stopped:
            had.wrong.append(f"status 503: {reply.body[:300]!r}")
        return False
    had.answer_id = reply.headers.get("x-sanspanne-answer", had.answer_id)
    had.status, had.ended = reply.status, reply.whole
    if not case.stream:
        had.body = reply.body
        return reply.whole
    if reply.status != 200:
        had.wrong.append(f"status {reply.status} after event {had.last}: {reply.body[:300]!r}")
        return False
    return _take_events(served, had, reply)


def _take_events(served: Mortal, had: Had, reply: Reply) -> bool:
    told = False
    for block in blocks(reply.body):
        found = NUMBER.search(block)
        if found is None:
            told = True  # without a number it is no part of the answer
        else:
            had.numbers.append(int(found[1]))
            had.events.append(block)
    if told and had.lives[-1] not in served.stopped:
        had.wrong.append("an event without a number")
    over = bool(had.events) and any(mark in had.events[-1] for mark in TERMINATORS)
    if reply.whole and not over and not told:
        had.wrong.append("a clean end of the stream, and no end of the answer")
    return over


async def _ask_for_all(case: Case, served: Mortal, had: Had) -> None:
    path = f"/v1/answers/{had.answer_id}"
    had.replay = (await _until_there(served, f"{path}/events?after=0" if case.stream else path)).body


async def _until_there(served: Mortal, path: str) -> Reply:
    """A whole response, whichever life gives it."""
    for _ in range(10 * MOST):
        reply = await request(served.port, "GET", path)
        if reply.whole and reply.status != 503:
            return reply
        await asyncio.sleep(AGAIN_SECONDS)
    raise TimeoutError(f"{path} was not answered")


def blocks(data: bytes) -> list[bytes]:
    """The whole events, each with its blank line and without comments."""
    whole = data[: data.rfind(b"\n\n") + 2] if b"\n\n" in data else b""
    blocks = []
    for block in whole.split(b"\n\n")[:-1]:
        lines = [line for line in block.split(b"\n") if line and not line.startswith(b":")]
        if lines:
            blocks.append(b"\n".join(lines) + b"\n\n")
    return blocks
