"""The beginning of what cannot be continued is held back, so that a break in it can still be mended by a restart.

    passing   frames pass, until one begins a tool call, or from the first on when the answer is to fit a schema
    holding   up to `size` bytes of what is said, for up to `seconds`; a failure now costs the caller nothing of it
    passing   everything held, then frames as they come: from here on a restart is forgone

With both limits at 0 nothing is held; with both at their largest the whole of it is.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from msgspec import Struct

from sanspanne.chat import (
    Batches,
    ChatRequest,
    Frame,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
)
from sanspanne.errors import Failure


class Hold(Struct, frozen=True):
    """How much is held back, in bytes of what is said, and for how long, in seconds."""

    size: int = 2048
    seconds: float = 2.0

    def applies_to(self, request: ChatRequest) -> bool:
        """Whether anything of the answer to `request` could have to be held back."""
        wanted = bool(request.tools) or request.output is not None
        return wanted and request.stream and self.size > 0 and self.seconds > 0


async def held_back(batches: Batches, request: ChatRequest, hold: Hold, lost: list[Frame] | None = None) -> Batches:
    """The same frames, the beginning of a tool call or of a schema answer later. Raises what `batches` raises.

    What is held then is added to `lost`: it belongs before the rest, should the same generation go on.
    """
    async with aclosing(batches):
        async for batch in batches:
            start = 0 if request.output is not None else _first_call(batch)
            if batch[:start]:
                yield batch[:start]
            if start < len(batch):
                async for rest in _held(batches, batch[start:], hold, [] if lost is None else lost):
                    yield rest


def _first_call(batch: list[Frame]) -> int:
    """The place of the first frame that says something of a tool call; behind the last one if there is none."""
    calls = (
        place
        for place, frame in enumerate(batch)
        if any(isinstance(event, ToolCallBegun | ToolCallDelta) for event in frame.events)
    )
    return next(calls, len(batch))


async def _held(batches: Batches, held: list[Frame], hold: Hold, lost: list[Frame]) -> Batches:
    """What is held until one of the limits is reached, and all that follows."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + hold.seconds
    more: asyncio.Future[list[Frame] | None] | None = None
    try:
        while _size(held) <= hold.size:
            more = asyncio.ensure_future(anext(batches, None))
            done, _ = await asyncio.wait({more}, timeout=max(0.0, deadline - loop.time()))
            if not done:
                break
            try:
                batch = more.result()
            except Failure:
                lost += held
                raise
            if batch is None:
                yield held
                return
            held += batch
            more = None
        yield held
        if more is not None and (batch := await more) is not None:
            yield batch
        async for batch in batches:
            yield batch
    finally:
        if more is not None and not more.done():
            more.cancel()
            await asyncio.gather(more, return_exceptions=True)


def _size(frames: list[Frame]) -> int:
    return sum(_length(event) for frame in frames for event in frame.events)


def _length(event: object) -> int:
    match event:
        case TextDelta(text=text) | RefusalDelta(text=text) | ThinkingDelta(text=text):
            return len(text.encode("utf-8", "surrogatepass"))
        case ToolCallDelta(arguments=arguments):
            return len(arguments.encode("utf-8", "surrogatepass"))
        case ToolCallBegun(name=name):
            return len(name)
        case _:
            return 0
