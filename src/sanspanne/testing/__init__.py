"""Scripted providers: servers that speak each provider's wire format and fail in every known way, on your own machine.

Use them to test what you build on sanspanne, or on the providers themselves:

    async with ScriptedProvider("anthropic", script=ErrorEvent("overloaded", after=3)) as provider:
        client = anthropic.AsyncAnthropic(base_url=provider.base_url, api_key="any")
        ...

`Continuing` goes on with answers that another began, as its provider can; `Cut` breaks an answer at any byte.
`python -m sanspanne.testing --help` runs one from the command line.
"""

from sanspanne.testing.answer import Answer
from sanspanne.testing.asked import Asked, Said, Source, ToolUse
from sanspanne.testing.breaks import (
    Body,
    Break,
    ByModel,
    ErrorEvent,
    Fail,
    Garbled,
    Hang,
    Only,
    Page,
    Refuse,
    Sometimes,
    Stall,
    StopThenError,
)
from sanspanne.testing.capacity import Capacity
from sanspanne.testing.continuing import Continuing, Play
from sanspanne.testing.cuts import Cut, cut_shapes
from sanspanne.testing.failures import Shape, failure_shapes
from sanspanne.testing.provider import ScriptedProvider
from sanspanne.testing.quirks import ANCHOR_QUIRKS, PREFILL_QUIRKS, Quirk
from sanspanne.testing.recording import Call, Calls
from sanspanne.testing.script import Programme, Script, Stage
from sanspanne.testing.wires import KINDS, Piece, Reason, Reply
from sanspanne.testing.wording import unworded

__all__ = [
    "ANCHOR_QUIRKS",
    "KINDS",
    "PREFILL_QUIRKS",
    "Answer",
    "Asked",
    "Body",
    "Break",
    "ByModel",
    "Call",
    "Calls",
    "Capacity",
    "Continuing",
    "Cut",
    "ErrorEvent",
    "Fail",
    "Garbled",
    "Hang",
    "Only",
    "Page",
    "Piece",
    "Play",
    "Programme",
    "Quirk",
    "Reason",
    "Refuse",
    "Reply",
    "Said",
    "Script",
    "ScriptedProvider",
    "Shape",
    "Sometimes",
    "Source",
    "Stage",
    "Stall",
    "StopThenError",
    "ToolUse",
    "cut_shapes",
    "failure_shapes",
    "unworded",
]
