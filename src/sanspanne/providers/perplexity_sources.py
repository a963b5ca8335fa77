"""What is particular in Perplexity's answers: where they come from, and how they end.

Perplexity names its sources in fields of its own beside the answer (`citations`, `search_results`), again in every chunk, and
refers to them as `[1]`, `[2]` in the text. Callers of the dialect get these fields untouched and, as OpenAI would have sent
them, as `annotations` too: in one chunk of their own before the last, or in the message of a whole answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from sanspanne.chat import Citation, Cited, Ended, Event, Frame, Stopped, TextDelta
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.dialects.openai_chat.schema import Chunk
from sanspanne.dialects.openai_chat.stream_in import Reader
from sanspanne.dialects.sse import ServerSentEvent

_MARKER = re.compile(r"\[(\d{1,3})\]")

_DONE = b"data: [DONE]\n\n"


class SearchResult(Struct):
    """One source."""

    url: str | None = None
    title: str | None = None
    date: str | None = None
    snippet: str | None = None


class _Sources(Struct):
    citations: list[str] | None = None
    search_results: list[SearchResult] | None = None


class PerplexityChunk(Chunk):
    """A chunk with Perplexity's own fields."""

    citations: list[str] | None = None
    search_results: list[SearchResult] | None = None
    object: str | None = None
    type: str | None = None
    status: str | None = None


def sources_of(answer: PerplexityChunk | _Sources) -> list[Citation]:
    """The sources in the order in which the text counts them; titles and dates where they are known."""
    known = {result.url: result for result in answer.search_results or () if result.url}
    addresses = answer.citations or list(known)
    return [_citation(known.get(address) or SearchResult(address)) for address in addresses]


def _citation(result: SearchResult) -> Citation:
    return Citation(result.url or "", title=result.title, text=result.snippet, date=result.date)


def url_citations(sources: Iterable[Citation], text: str) -> list[dict[str, Any]]:
    """The sources as OpenAI writes them, each at the place of its first mention (`[n]`), or at 0 if there is none."""
    places: dict[int, tuple[int, int]] = {}
    for match in _MARKER.finditer(text):
        places.setdefault(int(match[1]), match.span())
    written = []
    for number, source in enumerate(sources, 1):
        start, end = places.get(number, (0, 0))
        citation = {"start_index": start, "end_index": end, "title": source.title or source.url, "url": source.url}
        written.append({"type": "url_citation", "url_citation": citation})
    return written


class PerplexityReader(Reader):
    """Reads a stream of Sonar's."""

    decoder: ClassVar[msgspec.json.Decoder[Chunk]] = msgspec.json.Decoder(PerplexityChunk)

    def __init__(self) -> None:
        super().__init__()
        self._sources: dict[str, Citation] = {}
        self._text: list[str] = []
        self._head: dict[str, Any] = {}
        self._stopped: set[int] = set()
        self._annotated = False

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes, before the last one a frame with the annotations, and after it OpenAI's end."""
        return _with_end(self._with_annotations(super().feed(data)))

    def close(self) -> list[Frame]:
        """The frames that only the end completes."""
        return _with_end(self._with_annotations(super().close()))

    def events_of(self, chunk: Chunk) -> list[Event]:
        """What a chunk says, its new sources, and whether it is the last."""
        assert isinstance(chunk, PerplexityChunk)
        events = [event for event in super().events_of(chunk) if not self._is_repeated(event)]
        self._head = {"id": chunk.id, "created": chunk.created, "model": chunk.model}
        self._text += [event.text for event in events if isinstance(event, TextDelta) and event.choice == 0]
        new = [source for source in sources_of(chunk) if source.url not in self._sources]
        self._sources.update((source.url, source) for source in new)
        if new:
            place = next((at for at, event in enumerate(events) if isinstance(event, Stopped)), len(events))
            events.insert(place, Cited(tuple(new)))
        if _is_last(chunk):
            self._ended = True
            events.append(Ended())
        return events

    def _after_the_end(self, event: ServerSentEvent) -> Frame:
        """The end is often told twice, in two of the four ways; callers hear of it once."""
        if event.data.strip() == b"[DONE]":
            return Frame(OPENAI_CHAT.name, b"")
        try:
            chunk = msgspec.json.decode(event.data, type=PerplexityChunk)
        except (ValueError, RecursionError):
            return super()._after_the_end(event)
        if chunk.error is None and not event.stray and _is_last(chunk):
            return Frame(OPENAI_CHAT.name, b"")
        return super()._after_the_end(event)

    def _is_repeated(self, event: Event) -> bool:
        """Sonar gives the finish reason again in the chunk that ends the stream."""
        if not isinstance(event, Stopped):
            return False
        if event.choice in self._stopped:
            return True
        self._stopped.add(event.choice)
        return False

    def _with_annotations(self, frames: list[Frame]) -> list[Frame]:
        if self._annotated or not self._sources:
            return frames
        last = next((at for at, frame in enumerate(frames) if _stops(frame)), None)
        if last is None:
            return frames
        self._annotated = True
        delta = {"annotations": url_citations(self._sources.values(), "".join(self._text))}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        body = msgspec.json.encode({**self._head, "object": "chat.completion.chunk", "choices": [choice]})
        extra = Frame(OPENAI_CHAT.name, b"data: " + body + b"\n\n")
        return [*frames[:last], extra, *frames[last:]]


def _is_last(chunk: PerplexityChunk) -> bool:
    return chunk.object == "chat.completion.done" or chunk.type == "end_of_stream" or chunk.status == "COMPLETED"


def _with_end(frames: list[Frame]) -> list[Frame]:
    """Most streams of Sonar's end without OpenAI's marker, by which callers know that nothing is missing."""
    at = next((at for at, frame in enumerate(frames) if frame.raw != _DONE and _ends(frame)), None)
    if at is None:
        return frames
    last = frames[at]
    events = tuple(event for event in last.events if not isinstance(event, Ended))
    return [
        *frames[:at],
        Frame(last.dialect, last.raw, events),
        Frame(last.dialect, _DONE, (Ended(),)),
        *frames[at + 1 :],
    ]


def _ends(frame: Frame) -> bool:
    return any(isinstance(event, Ended) for event in frame.events)


def _stops(frame: Frame) -> bool:
    return any(isinstance(event, Stopped | Ended) for event in frame.events)


def read_answer(body: bytes) -> Frame:
    """A whole answer, its sources told in OpenAI's way as well."""
    frame = OPENAI_CHAT.read_answer(body)
    try:
        sources = sources_of(msgspec.json.decode(body, type=_Sources))
    except (ValueError, RecursionError):
        return frame  # what is wrong with the body is already said in the frame
    if not sources or not _stops(frame):
        return frame
    text = "".join(event.text for event in frame.events if isinstance(event, TextDelta) and event.choice == 0)
    at = next(at for at, event in enumerate(frame.events) if isinstance(event, Stopped | Ended))
    events = (*frame.events[:at], Cited(tuple(sources)), *frame.events[at:])
    return Frame(frame.dialect, _annotated(body, url_citations(sources, text)), events)


def _annotated(body: bytes, notes: list[dict[str, Any]]) -> bytes:
    answer = msgspec.json.decode(body)
    answer["choices"][0]["message"]["annotations"] = notes
    return msgspec.json.encode(answer)
