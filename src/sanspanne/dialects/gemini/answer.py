"""What Gemini says, chunk by chunk, in neutral events. A whole JSON answer is a stream of one chunk."""

from __future__ import annotations

import msgspec

from sanspanne.chat import (
    Begun,
    Cited,
    Ended,
    Event,
    Failed,
    Frame,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.gemini.call_ids import call_id
from sanspanne.dialects.gemini.errors import read_error, wire_error
from sanspanne.dialects.gemini.sources import citations, logprobs
from sanspanne.dialects.gemini.wire import Candidate, Chunk, FunctionCall, Part, UsageMetadata
from sanspanne.errors import WireError

# https://ai.google.dev/api/generate-content#FinishReason; every other reason is a failure to end.
_STOPS = {
    "STOP": StopReason.END,
    "MAX_TOKENS": StopReason.LENGTH,
    "SAFETY": StopReason.FILTERED,
    "RECITATION": StopReason.FILTERED,
    "BLOCKLIST": StopReason.FILTERED,
    "PROHIBITED_CONTENT": StopReason.FILTERED,
    "SPII": StopReason.FILTERED,
    "IMAGE_SAFETY": StopReason.FILTERED,
    "IMAGE_PROHIBITED_CONTENT": StopReason.FILTERED,
    "IMAGE_RECITATION": StopReason.FILTERED,
}
_CHUNK = msgspec.json.Decoder(Chunk)
_CHUNKS = msgspec.json.Decoder(list[Chunk])


class Decoder:
    """Turns chunks into events; remembers what earlier chunks of the same answer have said."""

    def __init__(self) -> None:
        self._id = ""
        self._begun = False
        self._calls: dict[int, int] = {}
        self._spoke: set[int] = set()
        self._stopped: set[int] = set()
        self._sources: set[str] = set()
        self.failed = False

    @property
    def stopped(self) -> bool:
        """Whether a choice has ended by the provider's own account, and nothing has failed."""
        return bool(self._stopped) and not self.failed

    def read(self, data: bytes) -> list[Event]:
        """The events of one chunk's JSON. Raises `msgspec.DecodeError` if it is none."""
        return self._chunk(_CHUNK.decode(data))

    def read_whole(self, body: bytes) -> list[Event]:
        """The events of a body that is one chunk or a list of chunks. Raises `msgspec.DecodeError`."""
        chunks = _CHUNKS.decode(body) if body.lstrip().startswith(b"[") else [_CHUNK.decode(body)]
        return [event for chunk in chunks for event in self._chunk(chunk)]

    def fail(self, error: WireError) -> Failed:
        """The answer has failed; nothing that follows can make it whole."""
        self.failed = True
        return Failed(error)

    def _chunk(self, chunk: Chunk) -> list[Event]:
        if chunk.error is not None:
            return [self.fail(wire_error(200, chunk.error))]
        events = self._beginning(chunk)
        for candidate in chunk.candidates or ():
            events += self._candidate(candidate)
        if chunk.usage_metadata is not None:
            events.append(UsageSeen(_usage(chunk.usage_metadata)))
        feedback = chunk.prompt_feedback
        if feedback is not None and feedback.block_reason and 0 not in self._stopped:
            self._stopped.add(0)
            events.append(Stopped(Stop(StopReason.REFUSAL, raw=feedback.block_reason)))
        return events

    def _beginning(self, chunk: Chunk) -> list[Event]:
        if self._begun:
            return []
        self._begun = True
        self._id = chunk.response_id or ""
        return [Begun(self._id, chunk.model_version or "")]

    def _candidate(self, candidate: Candidate) -> list[Event]:
        choice = candidate.index or 0
        events: list[Event] = []
        confidence = logprobs(candidate.logprobs_result)
        for part in (candidate.content and candidate.content.parts) or ():
            events += self._part(part, choice, confidence)
            confidence = confidence if part.text is None else None  # they belong to the chunk's first text
        if sources := citations(candidate, self._sources):
            events.append(Cited(sources, choice))
        if candidate.finish_reason is not None:
            events += self._finish(candidate, candidate.finish_reason, choice)
        return events

    def _part(self, part: Part, choice: int, confidence: list[dict[str, object]] | None) -> list[Event]:
        if part.function_call is not None:
            return self._call(part.function_call, part.thought_signature, choice)
        events: list[Event] = []
        if part.text and part.thought:
            events.append(ThinkingDelta(part.text, origin="gemini", choice=choice))
        elif part.text:
            self._spoke.add(choice)
            events.append(TextDelta(part.text, choice, confidence))
        if part.thought_signature:
            events.append(ThinkingDelta(signature=part.thought_signature, origin="gemini", choice=choice))
        return events

    def _call(self, call: FunctionCall, signature: str | None, choice: int) -> list[Event]:
        number = self._calls.get(choice, 0)
        self._calls[choice] = number + 1
        name = call_id(f"{self._id}/{choice}", number, call.name, signature, call.id)
        arguments = msgspec.json.encode(call.args or {}).decode()
        return [ToolCallBegun(number, name, call.name, choice), ToolCallDelta(number, arguments, choice)]

    def _finish(self, candidate: Candidate, word: str, choice: int) -> list[Event]:
        reason = _STOPS.get(word)
        if reason is None:
            message = candidate.finish_message or f"the model stopped with {word}"
            return [self.fail(WireError(200, type="finish_reason", code=word, message=message))]
        if choice in self._stopped:
            return []  # some models repeat the reason in a last chunk that holds the token counts
        if reason is StopReason.END and choice in self._calls:
            reason = StopReason.TOOL_CALLS
        if reason is StopReason.END and choice not in self._spoke:
            message = "the model stopped without having said anything"
            return [self.fail(WireError(200, type="finish_reason", code="EMPTY_ANSWER", message=message))]
        self._stopped.add(choice)
        return [Stopped(Stop(reason, raw=word), choice)]


def _usage(counts: UsageMetadata) -> Usage:
    thoughts = counts.thoughts_token_count or 0
    return Usage(
        input=(counts.prompt_token_count or 0) + (counts.tool_use_prompt_token_count or 0),
        output=(counts.candidates_token_count or 0) + thoughts,
        cached=counts.cached_content_token_count or 0,
        reasoning=thoughts,
    )


def read_answer(body: bytes) -> Frame:
    """A whole answer as one frame, which ends with `Ended` or with `Failed`."""
    decoder = Decoder()
    try:
        events = decoder.read_whole(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        events = [decoder.fail(read_error(200, body))]
    if decoder.stopped:
        events.append(Ended())
    elif not decoder.failed:
        message = "the answer has no finish reason"
        events.append(decoder.fail(WireError(200, type="no_answer", message=message)))
    return Frame("gemini", b"" if decoder.failed else body, tuple(events))
