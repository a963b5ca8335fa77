"""What an answer says: events, in the frames in which they came."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Any, TypeAlias

from msgspec import Struct

from sanspanne.errors import WireError


class Usage(Struct, frozen=True):
    """Tokens. `input` counts all of the prompt, cached or not; `output` counts the reasoning too."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_written: int = 0
    reasoning: int = 0


class StopReason(StrEnum):
    """Why the model stopped, where that is an ending: failures to end are `Failed` events instead."""

    END = "end"
    LENGTH = "length"
    STOP_SEQUENCE = "stop_sequence"
    TOOL_CALLS = "tool_calls"
    REFUSAL = "refusal"
    FILTERED = "filtered"
    PAUSE = "pause"
    CONTEXT_FULL = "context_full"


class Stop(Struct, frozen=True):
    """`sequence` is the stop sequence that was met; `raw` is the provider's own word for the reason."""

    reason: StopReason
    sequence: str | None = None
    raw: str | None = None


class Citation(Struct, frozen=True):
    """A source of the answer. `start` and `end` count code points of the answer's text, when they are known."""

    url: str
    title: str | None = None
    text: str | None = None
    date: str | None = None
    start: int | None = None
    end: int | None = None


class Begun(Struct, frozen=True, gc=False, tag="begun"):
    """The upstream has begun to answer; nothing is said yet."""

    id: str
    model: str
    created: int | None = None


class TextDelta(Struct, frozen=True, gc=False, tag="text"):
    """More text of choice number `choice`. `logprobs` is a list of token entries in OpenAI's shape, or None."""

    text: str
    choice: int = 0
    logprobs: Any = None


class RefusalDelta(Struct, frozen=True, gc=False, tag="refusal"):
    """More of the words with which the model declines."""

    text: str
    choice: int = 0


class ThinkingDelta(Struct, frozen=True, gc=False, tag="thinking"):
    """More reasoning, or (with `signature`) the proof that ends it, or (with `redacted`) a block that is kept secret."""

    text: str = ""
    signature: str | None = None
    redacted: str | None = None
    origin: str = ""
    choice: int = 0


class ToolCallBegun(Struct, frozen=True, gc=False, tag="tool_call_begun"):
    """A tool call begins; `index` counts the calls of this choice from 0."""

    index: int
    id: str
    name: str
    choice: int = 0


class ToolCallDelta(Struct, frozen=True, gc=False, tag="tool_call"):
    """More JSON text of the arguments of call number `index`."""

    index: int
    arguments: str
    choice: int = 0


class Cited(Struct, frozen=True, tag="cited"):
    """Sources. Each event names only sources that no earlier event has named."""

    citations: tuple[Citation, ...]
    choice: int = 0


class UsageSeen(Struct, frozen=True, gc=False, tag="usage"):
    """Tokens so far: the latest counts replace the earlier ones."""

    usage: Usage


class Stopped(Struct, frozen=True, gc=False, tag="stopped"):
    """A choice has ended, by the provider's own account."""

    stop: Stop
    choice: int = 0


class Ended(Struct, frozen=True, gc=False, tag="ended"):
    """The dialect's terminal marker: nothing may follow."""


class Failed(Struct, frozen=True, tag="failed"):
    """The upstream says, inside the answer, that it failed."""

    error: WireError


class Damaged(Struct, frozen=True, gc=False, tag="damaged"):
    """A piece of the answer could not be read. What it said is lost, so the answer can no longer be called complete."""

    detail: str


class Seam(Struct, frozen=True, tag="seam"):
    """Here another attempt took over, after `at` code points of the answer's text. Written by the stitcher, never by a reader.

    `before` and `after` are targets, `reason` is the failure's name (`sanspanne` and `restart` if it was we who died); `means`
    is how the place was found: `resume`, `prefill`, `anchor` or `restart`. `exact` says that what follows goes on from the very
    last character; else wording may repeat.
    """

    before: str
    after: str
    reason: str
    means: str
    at: int
    exact: bool


class Earlier(Struct, frozen=True, gc=False, tag="earlier"):
    """All of this answer was said before, `at` seconds since 1970, to the same caller. Written by us, never by a reader."""

    at: float


Event: TypeAlias = (
    Begun
    | TextDelta
    | RefusalDelta
    | ThinkingDelta
    | ToolCallBegun
    | ToolCallDelta
    | Cited
    | UsageSeen
    | Stopped
    | Ended
    | Failed
    | Damaged
    | Seam
    | Earlier
)


class Frame(Struct, frozen=True):
    """One unit of an upstream's answer, in that upstream's `dialect`.

    `raw` is the unit byte for byte as a caller of the same dialect may receive it (with its terminator), or empty when
    there is nothing to pass on. `events` is what it says; a ping or a comment says nothing.
    """

    dialect: str
    raw: bytes
    events: tuple[Event, ...] = ()


class ResumePoint(Struct, frozen=True):
    """Where a provider can take its own broken stream up again: generation `id`, after event number `after` (-1: from the start).

    `calls` are the places, in that provider's count, of the tool calls that had begun by then, and `said` the characters that
    had been said: what lets the reader of the rest see at its end that nothing is missing.
    """

    id: str
    after: int
    calls: tuple[int, ...] = ()
    said: int = 0


# An answer on its way: all frames that arrived together are one batch. Closing it gives the answer up.
Batches: TypeAlias = AsyncGenerator[list[Frame], None]


def says_something(event: Event) -> bool:
    """Whether an event is meaningful: from the first such event on, something has been promised to the caller."""
    match event:
        case TextDelta(text=text) | RefusalDelta(text=text):
            return bool(text)
        case ThinkingDelta(text=text, redacted=redacted):
            return bool(text or redacted)
        case ToolCallBegun() | ToolCallDelta():
            return True
        case _:
            return False
