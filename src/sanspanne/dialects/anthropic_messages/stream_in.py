"""A provider's streamed answer, read from Anthropic Messages.

message_start                          -> Begun, UsageSeen
content_block_start                    -> ToolCallBegun, or what the block already holds
content_block_delta                    -> TextDelta, ToolCallDelta, ThinkingDelta, Cited
content_block_stop                     -> the empty arguments of a tool call that got none
message_delta                          -> UsageSeen, Stopped
message_stop                           -> Ended: nothing but white space and comments may follow
error, or bytes that are no event      -> Failed
ping, and events that are new to us    -> a frame that says nothing
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sanspanne.chat import (
    Begun,
    Damaged,
    Ended,
    Event,
    Failed,
    Frame,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.anthropic_messages.blocks_in import BlockReader
from sanspanne.dialects.anthropic_messages.errors import read_error
from sanspanne.dialects.anthropic_messages.marks import origin_of
from sanspanne.dialects.anthropic_messages.schema import (
    NAME,
    BlockDelta,
    BlockStart,
    BlockStop,
    Delta,
    MessageDelta,
    MessageStart,
    Tagged,
)
from sanspanne.dialects.anthropic_messages.stop import read_stop, read_usage
from sanspanne.dialects.sse import ServerSentEvent, Splitter
from sanspanne.errors import WireError

_TAGGED = msgspec.json.Decoder(Tagged)
_MESSAGE_START = msgspec.json.Decoder(MessageStart)
_BLOCK_START = msgspec.json.Decoder(BlockStart)
_BLOCK_DELTA = msgspec.json.Decoder(BlockDelta)
_BLOCK_STOP = msgspec.json.Decoder(BlockStop)
_MESSAGE_DELTA = msgspec.json.Decoder(MessageDelta)


class StreamReader:
    """Reads one streamed answer, in pieces of any size."""

    def __init__(self) -> None:
        self._splitter = Splitter()
        self._blocks = BlockReader()
        self._calls: dict[int, int] = {}  # block index -> number of the tool call
        self._silent: set[int] = set()  # blocks of tool calls that have no arguments yet
        self._usage = Usage()
        self._ended = False
        self._readers: dict[bytes, Callable[[bytes], list[Event]]] = {
            b"message_start": self._message_start,
            b"content_block_start": self._block_start,
            b"content_block_delta": self._block_delta,
            b"content_block_stop": self._block_stop,
            b"message_delta": self._message_delta,
            b"message_stop": self._message_stop,
            b"error": _error,
        }

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes. Never raises: what cannot be read is a `Failed` or `Damaged` event."""
        try:
            return [self._frame(event) for event in self._splitter.feed(data)]
        except OverflowError as error:
            self._splitter = Splitter()
            return [_failed("event_too_large", f"The provider sent {error}.")]

    def close(self) -> list[Frame]:
        """The upstream's stream has ended cleanly: the frame of an event that lacked only its blank line."""
        return [self._frame(event) for event in self._splitter.close()]

    def _frame(self, event: ServerSentEvent) -> Frame:
        stray = event.stray.strip()
        if self._ended and (event.name or event.data or stray):
            return _failed("data_after_end", "The provider went on after the end of its answer.", event.raw)
        if stray:
            return _stray(stray)
        if not event.name and not event.data:
            return Frame(NAME, event.raw)  # a comment
        try:
            event.data.decode()  # a field whose name is damaged would be skipped, and with it what it says
            events = self._events(event.name, event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Frame(NAME, b"", (Damaged(f"The event {_word(event.name)} could not be read: {error}"),))
        if events and type(events[-1]) is Failed:
            return Frame(NAME, b"", tuple(events))
        return Frame(NAME, event.raw, tuple(events))

    def _events(self, name: bytes, data: bytes) -> list[Event]:
        read = self._readers.get(name) or self._reader_by_type(name, data)
        return read(data) if read else []

    def _reader_by_type(self, name: bytes, data: bytes) -> Callable[[bytes], list[Event]] | None:
        """For an event whose name is missing or strange, what its data says it is."""
        try:
            tagged = _TAGGED.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if name:
                return None  # an event that is new to us need not be JSON
            raise
        return self._readers.get(tagged.type.encode()) or (_error if tagged.error else None)

    def _message_start(self, data: bytes) -> list[Event]:
        message = _MESSAGE_START.decode(data).message
        self._usage = read_usage(message.usage)
        return [Begun(message.id, message.model), UsageSeen(self._usage)]

    def _block_start(self, data: bytes) -> list[Event]:
        start = _BLOCK_START.decode(data)
        block = start.content_block
        if block.type != "tool_use":
            return self._blocks.events(block)
        self._calls[start.index] = self._blocks.calls
        begun, *arguments = self._blocks.events(block)
        if bytes(block.input).strip(b"{} \t\r\n"):
            return [begun, *arguments]
        self._silent.add(start.index)
        return [begun]

    def _block_delta(self, data: bytes) -> list[Event]:
        read = _BLOCK_DELTA.decode(data)
        delta = read.delta
        if delta.type == "text_delta":
            return [TextDelta(delta.text)]
        if delta.type == "input_json_delta":
            return self._arguments(read.index, delta.partial_json)
        return self._other_delta(delta)

    def _other_delta(self, delta: Delta) -> list[Event]:
        match delta.type:
            case "thinking_delta":
                return [ThinkingDelta(delta.thinking, origin=NAME)]
            case "signature_delta":
                origin, own = origin_of(delta.signature)
                return [ThinkingDelta(signature=own, origin=origin)] if own else []
            case "citations_delta" if delta.citation:
                return self._blocks.cited([delta.citation])
        return []

    def _arguments(self, block: int, text: str) -> list[Event]:
        call = self._calls.get(block)
        if call is None or not text:  # a tool of Anthropic's own, or the empty piece that every call begins with
            return []
        self._silent.discard(block)
        return [ToolCallDelta(call, text)]

    def _block_stop(self, data: bytes) -> list[Event]:
        block = _BLOCK_STOP.decode(data).index
        if block not in self._silent:
            return []
        self._silent.discard(block)
        return [ToolCallDelta(self._calls[block], "{}")]

    def _message_delta(self, data: bytes) -> list[Event]:
        read = _MESSAGE_DELTA.decode(data)
        self._usage = read_usage(read.usage, self._usage)
        seen: list[Event] = [UsageSeen(self._usage)]
        if read.delta.stop_reason is None:
            return seen
        return [*seen, read_stop(read.delta.stop_reason, read.delta.stop_sequence)]

    def _message_stop(self, data: bytes) -> list[Event]:
        _TAGGED.decode(data)
        self._ended = True
        return [Ended()]


def _error(data: bytes) -> list[Event]:
    return [Failed(read_error(200, data))]


def _stray(stray: bytes) -> Frame:
    error = read_error(200, stray)
    if error.type is None:
        error = msgspec.structs.replace(error, type="not_an_event_stream")
    return Frame(NAME, b"", (Failed(error),))


def _failed(kind: str, message: str, text: bytes = b"") -> Frame:
    shown = text[:8000].decode("utf-8", "replace")[:2000]
    return Frame(NAME, b"", (Failed(WireError(200, type=kind, message=message, text=shown)),))


def _word(name: bytes) -> str:
    return repr(name[:40].decode("utf-8", "replace"))
