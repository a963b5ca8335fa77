"""Answers of an earlier life, taken up again.

    over             can be followed again
    not over         what its caller got is read again, in his own dialect, and the answer goes on from there; an answer in one
                     JSON body, of which nobody has got anything, starts afresh
    nobody is there  waits for a while, as long as nothing new was said (`patience.py`)
    torn             goes on with other numbers than those of the words that a power cut may have taken
    unreadable       ends honestly as broken

All of them can be followed at once; reading again waits for its turn, since there may be many.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import msgspec
from msgspec import Struct

from sanspanne.answers import records
from sanspanne.answers.book import Book, Unwritten
from sanspanne.answers.keeping import Finished
from sanspanne.answers.kept_answer import KeptAnswer
from sanspanne.answers.patience import Asking
from sanspanne.answers.question import Question
from sanspanne.answers.recorded import Desk, RecordedAnswer, named
from sanspanne.answers.records import Kept, Opened, Told
from sanspanne.answers.rendering import Rendering
from sanspanne.answers.route import Caller, Route
from sanspanne.answers.state import State
from sanspanne.answers.turn import Turn
from sanspanne.chat import ChatRequest, Ended, Failed, Frame
from sanspanne.dialects.base import Dialect
from sanspanne.dialects.seams import seams_in
from sanspanne.errors import CallerError
from sanspanne.stitch.said import Said


class _Asked(Struct):
    """What has to be known of a question that is answered."""

    model: str = ""
    stream: bool | None = None


def over(
    kept: Kept,
    ending: records.Over,
    desk: Desk,
    book: Book,
    dialect: Dialect,
    kind: type[RecordedAnswer] = RecordedAnswer,
) -> RecordedAnswer:
    """An answer that an earlier life has ended."""
    request = _asked(kept.opened)
    answer = _answer(kept, request, b"", desk, book, dialect, kind)
    answer.has_ended(ending)
    return answer


def going_on(
    kept: Kept,
    desk: Desk,
    book: Book,
    dialect: Dialect,
    room: AbstractAsyncContextManager[object],
    patience: Asking,
    kind: type[RecordedAnswer] = RecordedAnswer,
) -> RecordedAnswer:
    """An answer that our death cut short: `running`, to be started. Within `room` it is read again, and gone on with."""
    answer = _answer(kept, _asked(kept.opened), kept.opened.body, desk, book, dialect, kind)
    if isinstance(answer, KeptAnswer):
        answer.in_journal()
    if kept.torn and answer.request.stream:
        answer.recording.skip()
    answer.wait_for(Turn(room, lambda: _take_up(answer, kept.opened, dialect), patience))
    return answer


def still_waiting(opened: Opened, desk: Desk, book: Book, dialect: Dialect, later: Asking) -> KeptAnswer:
    """A question that is kept, of which nothing was answered yet: to be started."""
    request = _asked(opened)
    answer = _answer(Kept(opened, [], None), request, opened.body, desk, book, dialect, KeptAnswer)
    answer.defer()
    answer.wait_for(Turn(prepare=lambda: _read_again(answer, opened, dialect), patience=later))
    return answer


def kept_for_a_day(finished: Finished, desk: Desk, dialect: Dialect) -> RecordedAnswer:
    """A whole answer that was kept for its Idempotency-Key."""
    request = ChatRequest(dialect=finished.dialect, model=finished.model, stream=finished.stream)
    question = Question(
        request,
        Caller(finished.key),
        b"",
        finished.body_hash,
        finished.request_id,
        finished.idempotency_key,
        detach=finished.detached,
    )
    rendering = Rendering(dialect, request, finished.answer_id, finished.created)
    answer = RecordedAnswer(finished.answer_id, question, desk, Unwritten(), rendering, finished.created)
    answer.name = finished.name
    answer.go_on(records.Said(finished.answer_id, finished.last, finished.data))
    answer.has_ended(finished.over)
    return answer


def _take_up(answer: RecordedAnswer, opened: Opened, dialect: Dialect) -> None:
    """Be where the earlier life was. Raises `CallerError` if the question cannot be read any more."""
    unreadable: CallerError | None = None
    try:
        request = _question(opened, dialect)
    except CallerError as error:
        request, unreadable = answer.request, error
    answer.route = Route()
    answer.request, answer.rendering = request, Rendering(dialect, request, answer.id, opened.at)
    answer.rendering.after = max(answer.recording.last, answer.recording.given)
    said = answer.said = Said(request)
    if answer.recording.size:
        _follow_up(answer, said, _read(dialect, request, answer.recording.data))
    if unreadable is not None and answer.state is State.RUNNING:
        raise unreadable


def _read_again(answer: RecordedAnswer, opened: Opened, dialect: Dialect) -> None:
    """The question alone: nothing has come of it yet. Raises `CallerError` if it cannot be read any more."""
    answer.request = _question(opened, dialect)
    answer.route, answer.rendering = Route(), Rendering(dialect, answer.request, answer.id, opened.at)


def _question(opened: Opened, dialect: Dialect) -> ChatRequest:
    request = dialect.read_request(opened.body, opened.headers)
    request.size = len(opened.body)
    return request


def _follow_up(answer: RecordedAnswer, said: Said, frames: list[Frame]) -> None:
    """What was shown decides how it goes on."""
    events = [event for frame in frames for event in frame.events]
    answer.route.seams = tuple(seams_in(answer.recording.data))
    answer.route.attempts = 1 + len(answer.route.seams)  # those that said something
    if not answer.request.stream or any(isinstance(event, Ended) for event in events):
        answer.end(State.WHOLE)
        return
    answer.rendering.go_on(frames)
    said.see(frames)
    said.seams += answer.route.seams  # which no reader of a dialect reads
    failed = next((event for event in events if isinstance(event, Failed)), None)
    if failed is not None:
        answer.told = Told(502, "bad_gateway", failed.error.message)
        answer.end(State.BROKEN)
    elif said.stopped:  # a stop is passed on only when nothing can go wrong any more
        answer.keep([Frame("", b"", (Ended(),))])
        answer.end(State.WHOLE)


def _asked(opened: Opened) -> ChatRequest:
    """As much of the question as has to be known once nobody is to be asked."""
    try:
        asked = msgspec.json.decode(opened.body, type=_Asked)
    except msgspec.DecodeError:
        asked = _Asked()
    return ChatRequest(dialect=opened.dialect, model=asked.model, stream=bool(asked.stream))


def _read(dialect: Dialect, request: ChatRequest, data: bytes) -> list[Frame]:
    """What the caller got, read as he read it."""
    if not data:
        return []
    return dialect.reader().feed(data) if request.stream else [dialect.read_answer(data)]


Kind = TypeVar("Kind", bound=RecordedAnswer)


def _answer(
    kept: Kept, request: ChatRequest, body: bytes, desk: Desk, book: Book, dialect: Dialect, kind: type[Kind]
) -> Kind:
    opened = kept.opened
    allow = None if opened.allow is None else frozenset(opened.allow)
    question = Question(
        request,
        Caller(opened.key, allow, opened.resume, kept=issubclass(kind, KeptAnswer)),
        body,
        opened.body_hash,
        opened.request_id,
        opened.idempotency_key,
        detach=True,
    )
    rendering = Rendering(dialect, request, opened.answer_id, opened.at)
    answer = kind(opened.answer_id, question, desk, book, rendering, opened.at)
    for said in kept.said:
        answer.go_on(said)
    beginning = b"".join(answer.recording.pieces[:1])  # says what it is called; there may be too much of the rest
    answer.name = named(_read(dialect, request, beginning))
    return answer
