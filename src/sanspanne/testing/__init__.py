"""Scripted providers: servers that speak each provider's wire format and fail in every known way, on your own machine.

Use them to test what you build on sanspanne, or on the providers themselves:

    async with ScriptedProvider("anthropic", script=ErrorEvent("overloaded", after=3)) as provider:
        client = anthropic.AsyncAnthropic(base_url=provider.base_url, api_key="any")
        ...

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
from sanspanne.testing.failures import Shape, failure_shapes
from sanspanne.testing.provider import ScriptedProvider
from sanspanne.testing.recording import Call, Calls
from sanspanne.testing.script import Programme, Script, Stage
from sanspanne.testing.wires import KINDS, Piece, Reason, Reply

__all__ = [
    "KINDS",
    "Answer",
    "Asked",
    "Body",
    "Break",
    "ByModel",
    "Call",
    "Calls",
    "Capacity",
    "ErrorEvent",
    "Fail",
    "Garbled",
    "Hang",
    "Only",
    "Page",
    "Piece",
    "Programme",
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
    "failure_shapes",
]
