"""The content blocks of an answer, written as the events of a stream.

A block is open from its start to its stop, and only one is open at a time. A new one begins when the kind of what is said
changes. A tool call whose arguments are not complete yet keeps its block: what others say meanwhile (another call, whose
pieces some providers interleave) is held until the end.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sanspanne.chat import Citation, Cited, Event, RefusalDelta, TextDelta, ThinkingDelta, ToolCallBegun, ToolCallDelta
from sanspanne.dialects.anthropic_messages.marks import MARK, foreign_signature
from sanspanne.dialects.anthropic_messages.parts_out import tool_id
from sanspanne.dialects.anthropic_messages.schema import NAME, as_object

Wire: TypeAlias = dict[str, Any]


class BlockWriter:
    """Writes the blocks of one answer, and knows which is open."""

    def __init__(self) -> None:
        self._next = 0
        self._open = ""  # the kind of the open block: text, thinking:<origin>, tool_use ...; "" between blocks
        self._call: int | None = None  # the call whose block is open, and what it has said
        self._arguments = ""
        self._held: list[Event] = []
        self._sources: list[Citation] = []

    def follow_start(self, index: int, kind: str) -> None:
        """A block was started by bytes that were passed on untouched."""
        self._open, self._next = (f"thinking:{NAME}" if kind == "thinking" else kind), index + 1

    def follow_signature(self) -> None:
        """The open thought was signed by bytes that were passed on untouched: nothing may be added to it."""
        self._open = "signed thought"

    def follow_stop(self) -> None:
        """The open block was stopped by bytes that were passed on untouched."""
        self._open = ""

    def say(self, event: Event) -> list[Wire]:
        """What `event` adds. It may be nothing yet."""
        if self._call is None or self._is_own(event) or (not self._held and self._call_is_whole()):
            return self._say_now(event)
        self._held.append(event)
        return []

    def settle(self) -> list[Wire]:
        """Another attempt goes on: it may add to a text, but not to a call or a thought. These stay as they are."""
        written = [] if self._open == "text" else self._release()
        return written if self._open == "text" else written + self._close()

    def finish(self) -> list[Wire]:
        """Everything that was held, and the stop of the open block."""
        written = self._release()
        if self._sources:
            written += self._continue("text")
        return written + self._close()

    def _release(self) -> list[Wire]:
        """Stops the open block and says what was held."""
        held, self._held = self._held, []
        written = self._close()
        for event in held:
            if isinstance(event, ToolCallBegun):
                written += self._whole_call(event, held)
            elif not isinstance(event, ToolCallDelta):
                written += self._say_now(event)
        return written

    def _call_is_whole(self) -> bool:
        """Whether nothing can follow the arguments: after a whole JSON object nothing may."""
        return bool(self._arguments.strip()) and as_object(self._arguments) is not None

    def _is_own(self, event: Event) -> bool:
        return isinstance(event, ToolCallDelta) and event.index == self._call

    def _say_now(self, event: Event) -> list[Wire]:
        match event:
            case TextDelta(text=text) | RefusalDelta(text=text):
                return [*self._continue("text"), self._delta("text_delta", text=text)] if text else []
            case ThinkingDelta():
                return self._thought(event)
            case ToolCallBegun():
                return self._begin_call(event)
            case ToolCallDelta(arguments=text) if self._is_own(event) and text:
                self._arguments += text
                return [self._delta("input_json_delta", partial_json=text)]
            case Cited(citations=citations):
                self._sources += citations
                return self._cite() if self._open == "text" else []
        return []

    def _thought(self, event: ThinkingDelta) -> list[Wire]:
        if event.redacted is not None:
            return self._redacted(event.redacted) if event.origin == NAME else []
        written: list[Wire] = []
        if event.text or event.signature:
            written += self._continue(f"thinking:{event.origin}")
        if event.text:
            written.append(self._delta("thinking_delta", thinking=event.text))
        return written + self._close(event.signature) if event.signature else written

    def _redacted(self, data: str) -> list[Wire]:
        return [*self._close(), self._start("redacted_thinking", data=data), *self._close()]

    def _begin_call(self, event: ToolCallBegun) -> list[Wire]:
        closed = self._close()
        self._call, self._arguments = event.index, ""
        return [*closed, self._start("tool_use", id=tool_id(event.id), name=event.name, input={})]

    def _whole_call(self, begun: ToolCallBegun, held: list[Event]) -> list[Wire]:
        written = self._begin_call(begun)
        for event in held:
            if self._is_own(event):
                written += self._say_now(event)
        return written

    def _continue(self, kind: str) -> list[Wire]:
        """Makes sure that a block of this kind is open; a text block begins with the sources that wait for one."""
        if self._open == kind:
            return []
        if kind == "text":
            start = [*self._close(), self._start("text", text="", citations=[])]
            return start + self._cite()
        start = [*self._close(), self._start("thinking", thinking="", signature="")]
        self._open = kind
        return start

    def _cite(self) -> list[Wire]:
        sources, self._sources = self._sources, []
        return [self._delta("citations_delta", citation=_citation(source)) for source in sources]

    def _start(self, kind: str, **fields: Any) -> Wire:
        self._open = kind
        self._next += 1
        block = {"type": kind, **fields}
        return {"type": "content_block_start", "index": self._next - 1, "content_block": block}

    def _delta(self, kind: str, **fields: Any) -> Wire:
        return {"type": "content_block_delta", "index": self._next - 1, "delta": {"type": kind, **fields}}

    def _close(self, signature: str | None = None) -> list[Wire]:
        """Stops the open block. A thought that Anthropic has not signed gets our mark."""
        if not self._open:
            return []
        written: list[Wire] = []
        if self._open.startswith("thinking:"):
            origin = self._open.removeprefix("thinking:")
            own = signature if origin == NAME and signature else foreign_signature(origin, signature)
            written.append(self._delta("signature_delta", signature=own))
        self._open, self._call = "", None
        return [*written, {"type": "content_block_stop", "index": self._next - 1}]


def _citation(source: Citation) -> Wire:
    """A source, as Anthropic's web search would cite it. Its index is our mark (see `marks`)."""
    return {
        "type": "web_search_result_location",
        "url": source.url,
        "title": source.title,
        "cited_text": source.text or "",
        "encrypted_index": MARK,
    }
