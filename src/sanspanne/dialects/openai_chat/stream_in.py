"""A provider's streamed answer, read.

A provider whose stream has fields of its own subclasses `Reader`: `decoder` decodes into a subclass of `Chunk`, and
`events_of` turns one chunk into events.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from sanspanne.chat import Begun, Damaged, Ended, Event, Failed, Frame, UsageSeen
from sanspanne.dialects.openai_chat.errors import broken_answer, read_error, says_error
from sanspanne.dialects.openai_chat.events_in import ChoiceIn, begun, ending, plain_text, read_usage
from sanspanne.dialects.openai_chat.schema import NAME, Chunk, ChunkChoice
from sanspanne.dialects.sse import ServerSentEvent, Splitter
from sanspanne.errors import WireError


class Reader:
    """Reads one stream. A frame that fails or is damaged has no raw bytes: nothing of it is passed on."""

    decoder: ClassVar[msgspec.json.Decoder[Chunk]] = msgspec.json.Decoder(Chunk)

    def __init__(self) -> None:
        self._splitter = Splitter()
        self._decode = self.decoder.decode
        self._begun = False
        self._ended = False
        self._id = ""
        self._choices: dict[int, ChoiceIn] = {}

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes."""
        try:
            events = self._splitter.feed(data)
        except OverflowError as error:
            self._splitter = Splitter()  # what was gathered is given up
            return [_failure(broken_answer(f"holds {error}, which is more than can be read."))]
        return [self._frame(event) for event in events]

    def close(self) -> list[Frame]:
        """The frames that only the end of the stream completes."""
        return [self._frame(event) for event in self._splitter.close()]

    # --- one event of the stream

    def _frame(self, event: ServerSentEvent) -> Frame:
        if self._ended:
            return self._after_the_end(event)
        if event.data[:1] != b"{" or event.name == b"error" or event.stray.strip():
            return self._uncommon(event)
        return self._chunk(event)

    def _chunk(self, event: ServerSentEvent) -> Frame:
        try:
            event.data.decode()  # fields that the decoder skips are passed on too, so they must be text as well
            chunk = self._decode(event.data)
        except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are both ValueErrors
            return _unreadable(event.data)
        events = self.events_of(chunk)
        if not events:
            return self._wordless(event, chunk)
        return _told(event, events)

    def _after_the_end(self, event: ServerSentEvent) -> Frame:
        if not event.raw.strip():
            return Frame(NAME, b"")
        error = read_error(200, event.data or event.stray)
        return _failure(error if says_error(error) else broken_answer("goes on after its end."))

    def _uncommon(self, event: ServerSentEvent) -> Frame:
        """The end, an error by name, bytes that are no event, a comment, or data that begins oddly."""
        if event.stray.strip() or event.name == b"error":
            return _failure(read_error(200, event.stray.strip() or event.data))
        data = event.data.strip()
        if data == b"[DONE]":
            self._ended = True
            return Frame(NAME, event.raw, (Ended(),))
        return self._chunk(event) if data else Frame(NAME, event.raw)

    def _wordless(self, event: ServerSentEvent, chunk: Chunk) -> Frame:
        """An error, or a chunk that says nothing (an empty delta, Azure's filter results, a keep-alive)."""
        if chunk.choices and not chunk.error:
            return Frame(NAME, event.raw)
        error = read_error(200, event.data)
        if says_error(error) or chunk.error:
            return _failure(error)
        return Frame(NAME, event.raw)

    # --- one chunk

    def events_of(self, chunk: Chunk) -> list[Event]:
        """What a chunk says. The hook for providers whose chunks say more: call this, then add to the list."""
        text = plain_text(chunk)
        if text and self._begun:
            return [text]
        choices = chunk.choices
        if chunk.error or not (choices or chunk.usage):
            return []
        events: list[Event] = []
        if not self._begun:
            events.append(self._begin(chunk))
        for choice in choices or ():
            self._read_choice(choice, events)
        if chunk.usage is not None:
            events.append(UsageSeen(read_usage(chunk.usage)))
        return events

    def _begin(self, chunk: Chunk) -> Begun:
        self._begun = True
        self._id = str(chunk.id or "")  # an int from some servers
        return begun(chunk)

    def _read_choice(self, choice: ChunkChoice, events: list[Event]) -> None:
        if choice.delta is not None:
            events += self._choice(choice.index).read(choice.delta, choice.logprobs)
        if choice.error or choice.finish_reason:
            events.append(ending(choice.finish_reason, choice.error, choice.index))

    def _choice(self, index: int) -> ChoiceIn:
        if index not in self._choices:
            self._choices[index] = ChoiceIn(index, self._id)
        return self._choices[index]


def _told(event: ServerSentEvent, events: list[Event]) -> Frame:
    """The frame of what was told, without its raw bytes if something in it went wrong."""
    for said in events:
        if type(said) is Failed:
            return Frame(NAME, b"", (said,))
        if type(said) is Damaged:
            return Frame(NAME, b"", tuple(events))
    return Frame(NAME, event.raw, tuple(events))


def _failure(error: WireError) -> Frame:
    return Frame(NAME, b"", (Failed(error),))


def _unreadable(data: bytes) -> Frame:
    """Data that is no chunk: an error in some shape of its own, or damage that the stream may survive."""
    error = read_error(200, data)
    if says_error(error):
        return _failure(error)
    return Frame(NAME, b"", (Damaged(f"An event of {len(data)} bytes is no chunk of an answer."),))
