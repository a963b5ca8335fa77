"""The neutral vocabulary: what a request asks and what an answer says, in no provider's words.

A dialect reads its wire format into these types and writes them back; nothing else in the program knows a wire format.

    ChatRequest   what the caller asks: messages made of parts, tools, limits
    Frame         one unit of an upstream's answer: its raw bytes and the events decoded from them
    Event         one thing that an answer says (a piece of text, a tool call, the reason why it stopped ...)

A streamed answer is many frames; an answer that came as one JSON body is one frame that holds all its events.
"""

from __future__ import annotations

from sanspanne.chat.answer import (
    Batches,
    Begun,
    Citation,
    Cited,
    Damaged,
    Earlier,
    Ended,
    Event,
    Failed,
    Frame,
    RefusalDelta,
    ResumePoint,
    Seam,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
    says_something,
)
from sanspanne.chat.message import (
    Document,
    Image,
    Message,
    Part,
    Refusal,
    Role,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from sanspanne.chat.request import (
    Capability,
    ChatRequest,
    OutputFormat,
    Reasoning,
    Rung,
    Target,
    Tool,
    ToolChoice,
)

__all__ = [
    "Batches",
    "Begun",
    "Capability",
    "ChatRequest",
    "Citation",
    "Cited",
    "Damaged",
    "Document",
    "Earlier",
    "Ended",
    "Event",
    "Failed",
    "Frame",
    "Image",
    "Message",
    "OutputFormat",
    "Part",
    "Reasoning",
    "Refusal",
    "RefusalDelta",
    "ResumePoint",
    "Role",
    "Rung",
    "Seam",
    "Stop",
    "StopReason",
    "Stopped",
    "Target",
    "Text",
    "TextDelta",
    "Thinking",
    "ThinkingDelta",
    "Tool",
    "ToolCall",
    "ToolCallBegun",
    "ToolCallDelta",
    "ToolChoice",
    "ToolResult",
    "Usage",
    "UsageSeen",
    "says_something",
]
