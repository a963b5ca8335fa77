"""What one answer says, turned from this dialect's shapes into neutral events; streams and whole answers share it."""

from __future__ import annotations

from typing import Any

import msgspec

from sanspanne.chat import (
    Begun,
    Citation,
    Cited,
    Damaged,
    Event,
    Failed,
    RefusalDelta,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
)
from sanspanne.dialects.openai_chat.errors import broken_answer, error_from, says_error
from sanspanne.dialects.openai_chat.schema import (
    NAME,
    Annotation,
    Answer,
    Called,
    CallPiece,
    Chunk,
    ContentPiece,
    Said,
    UsageBody,
)

# Every reason that is an ending. Any other word (`error`, `abort`, `insufficient_system_resource`) is a failure.
STOPS = {
    "stop": Stop(StopReason.END, raw="stop"),
    "eos": Stop(StopReason.END, raw="eos"),
    "eos_token": Stop(StopReason.END, raw="eos_token"),
    "stop_sequence": Stop(StopReason.STOP_SEQUENCE, raw="stop_sequence"),
    "length": Stop(StopReason.LENGTH, raw="length"),
    "model_length": Stop(StopReason.CONTEXT_FULL, raw="model_length"),
    "tool_calls": Stop(StopReason.TOOL_CALLS, raw="tool_calls"),
    "function_call": Stop(StopReason.TOOL_CALLS, raw="function_call"),
    "content_filter": Stop(StopReason.FILTERED, raw="content_filter"),
}


def plain_text(chunk: Chunk) -> TextDelta | None:
    """What nearly every chunk says, one run of text and nothing else, by the shortest way; None if it says more."""
    choices = chunk.choices
    if choices is None or len(choices) != 1 or chunk.usage is not None or chunk.error:
        return None
    choice = choices[0]
    said = choice.delta
    if said is None or choice.finish_reason is not None or choice.logprobs is not None or choice.error:
        return None
    text = said.content
    if not text or type(text) is not str or said.reasoning_content is not None or said.reasoning is not None:
        return None
    if said.tool_calls is not None or said.refusal is not None or said.annotations is not None:
        return None
    if said.function_call is not None or said.audio is not None:
        return None
    return TextDelta(text, choice.index)


class _Call(msgspec.Struct):
    """A tool call that has begun: its number among the calls of its choice, and the id that the server gave it."""

    number: int
    id: str | None


class ChoiceIn:
    """Reads what one choice says, piece by piece; knows which tool calls and sources it has already heard of."""

    def __init__(self, choice: int, answer_id: str) -> None:
        self._choice = choice
        self._answer_id = answer_id
        self._slots: dict[int, _Call] = {}  # by the server's own index
        self._last: _Call | None = None
        self._begun = 0
        self._cited: set[Citation] = set()

    def read(self, said: Said, logprobs: Any = None) -> list[Event]:
        """The events of one piece."""
        events: list[Event] = []
        thinking = said.reasoning_content or said.reasoning
        if isinstance(thinking, str) and thinking:
            events.append(ThinkingDelta(thinking, origin=NAME, choice=self._choice))
        tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
        if isinstance(said.content, list):
            events += self._pieces(said.content)
        elif said.content or tokens:
            events.append(TextDelta(said.content or "", self._choice, tokens))
        if said.refusal:
            events.append(RefusalDelta(said.refusal, self._choice))
        return events + self._rarer(said)

    def _rarer(self, said: Said) -> list[Event]:
        events: list[Event] = []
        if said.audio and said.audio.transcript:
            events.append(TextDelta(said.audio.transcript, self._choice))
        for piece in said.tool_calls or ():
            events += self._call(piece)
        if said.function_call:
            events += self._call(CallPiece(0, function=said.function_call))
        if said.annotations:
            events += self._sources(said.annotations)
        return events

    def _pieces(self, pieces: list[ContentPiece]) -> list[Event]:
        """Content as a list of parts, as Mistral's reasoning models send it."""
        events: list[Event] = []
        for piece in pieces:
            thought = "".join(inner.text or "" for inner in piece.thinking or ())
            if thought:
                events.append(ThinkingDelta(thought, origin=NAME, choice=self._choice))
            if piece.text:
                events.append(TextDelta(piece.text, self._choice))
        return events

    # --- tool calls

    def _call(self, piece: CallPiece) -> list[Event]:
        called = piece.function or piece.custom or Called()
        events: list[Event] = []
        call = self._continued(piece, called)
        if call is None:
            if not called.name:
                return [Damaged("A tool call has no name, so nobody can run it.")]
            call = self._begin(piece)
            call_id = piece.id or f"call_{self._answer_id}_{self._choice}_{call.number}"
            events.append(ToolCallBegun(call.number, call_id, called.name, self._choice))
        arguments = _json_text(called.arguments) or called.input
        if arguments:
            events.append(ToolCallDelta(call.number, arguments, self._choice))
        return events

    def _continued(self, piece: CallPiece, called: Called) -> _Call | None:
        """The call that this piece goes on with, or None if it begins one.

        Servers differ: some leave the index out, some repeat the id in every piece or make a new one up each time, some
        send several whole calls that all have index 0. A new id *and* a name together begin a new call.
        """
        known = self._last if piece.index is None else self._slots.get(piece.index)
        if known is None or (called.name and piece.id and piece.id != known.id):
            return None
        if piece.index is None and called.name and not piece.id:
            return None
        return known

    def _begin(self, piece: CallPiece) -> _Call:
        call = _Call(self._begun, piece.id)
        self._begun += 1
        self._last = call
        self._slots[call.number if piece.index is None else piece.index] = call
        return call

    # --- sources

    def _sources(self, annotations: list[Annotation]) -> list[Event]:
        citations = []
        for annotation in annotations:
            source = annotation.url_citation
            if source is None or not source.url:
                continue
            citation = Citation(source.url, source.title, start=source.start_index, end=source.end_index)
            if citation not in self._cited:
                self._cited.add(citation)
                citations.append(citation)
        return [Cited(tuple(citations), self._choice)] if citations else []


def begun(body: Chunk | Answer) -> Begun:
    """The head of an answer. Some servers send the id as a number, or the time as a fraction."""
    created = int(body.created) if body.created is not None else None
    return Begun(str(body.id or ""), body.model or "", created)


def ending(reason: str | None, error: Any, choice: int) -> Stopped | Failed:
    """How a choice ended: by one of the reasons that are endings, or by a failure."""
    stop = STOPS.get(reason or "")
    if stop is not None and not error:
        return Stopped(stop, choice)
    wire = error_from(200, {"error": error})
    return Failed(wire if says_error(wire) else broken_answer(f"stopped with the reason {(reason or 'none')[:40]!r}."))


def read_usage(body: UsageBody) -> Usage:
    """Tokens, with nothing said counted as none."""
    prompt, completion = body.prompt_tokens_details, body.completion_tokens_details
    return Usage(
        input=int(body.prompt_tokens or 0),
        output=int(body.completion_tokens or 0),
        cached=int((prompt and prompt.cached_tokens) or 0),
        cache_written=int((prompt and prompt.cache_write_tokens) or 0),
        reasoning=int((completion and completion.reasoning_tokens) or 0),
    )


def _json_text(arguments: str | dict[str, Any] | None) -> str | None:
    return msgspec.json.encode(arguments).decode() if isinstance(arguments, dict) else arguments
