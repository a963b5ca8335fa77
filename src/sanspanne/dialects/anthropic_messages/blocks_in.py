"""The content blocks of an answer, read into events: whole ones, and those that a stream begins."""

from __future__ import annotations

from collections.abc import Iterable

from sanspanne.chat import Citation, Cited, Event, TextDelta, ThinkingDelta, ToolCallBegun, ToolCallDelta
from sanspanne.dialects.anthropic_messages.marks import origin_of
from sanspanne.dialects.anthropic_messages.schema import NAME, BlockOut, CitationOut, json_object


class BlockReader:
    """Reads the blocks of one answer. It counts the tool calls and remembers which sources have been named."""

    def __init__(self) -> None:
        self.calls = 0
        self._named: set[str] = set()

    def events(self, block: BlockOut) -> list[Event]:
        """What a block says. Blocks that only Anthropic's own tools write say nothing in neutral words."""
        match block.type:
            case "text":
                said: list[Event] = [TextDelta(block.text)] if block.text else []
                return said + self.cited(block.citations or ())
            case "tool_use":
                return self._tool_call(block)
            case "thinking":
                return thought(block.thinking or "", block.signature)
            case "redacted_thinking" if block.data:
                return [ThinkingDelta(redacted=block.data, origin=NAME)]
        return []

    def _tool_call(self, block: BlockOut) -> list[Event]:
        begun = ToolCallBegun(self.calls, block.id or "", block.name or "")
        self.calls += 1
        arguments = json_object(block.input)
        return [begun, ToolCallDelta(begun.index, arguments)] if arguments else [begun]

    def cited(self, citations: Iterable[CitationOut]) -> list[Event]:
        """The sources among `citations` that were not named before. Passages of documents have no address."""
        fresh: dict[str, Citation] = {}
        for citation in citations:
            url = citation.url or citation.source
            if url and url not in self._named:
                fresh[url] = Citation(url, citation.title, citation.cited_text or None)
                self._named.add(url)
        return [Cited(tuple(fresh.values()))] if fresh else []


def thought(text: str, signature: str | None) -> list[Event]:
    """A thought, and what proves it. Our own mark (another sanspanne is upstream) gives back whose thought it was."""
    origin, own = origin_of(signature)
    said: list[Event] = [ThinkingDelta(text, origin=origin)] if text else []
    return [*said, ThinkingDelta(signature=own, origin=origin)] if own else said
