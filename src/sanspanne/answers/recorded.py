"""An answer that can be followed again: by several callers, by one who was cut off, or for a while by nobody.

    running --> whole | broken | refused | left | expired
       |
       +-- handed over: this process ends, the journal has it, the next one goes on

A task draws the pipeline's frames and records them as the bytes that the caller gets, so that every follower sees the same.
Of a detached answer they are in the journal before anybody sees them. One that is not detached (`Idempotency-Key`) is cancelled
when its last follower leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager

from msgspec import Struct
from msgspec.structs import replace

from sanspanne.answers import records
from sanspanne.answers.answer import Answer
from sanspanne.answers.book import Book, Unwritten
from sanspanne.answers.question import Question
from sanspanne.answers.recording import Recording, Tail
from sanspanne.answers.records import Told
from sanspanne.answers.refusals import LOST, given_up, not_yet, torn
from sanspanne.answers.rendering import Rendering
from sanspanne.answers.state import State
from sanspanne.answers.turn import Turn
from sanspanne.chat import Batches, Begun, ChatRequest, Frame
from sanspanne.errors import CallerError, ServerFault

MAX_ANSWER = 32 * 1024 * 1024  # bytes; its followers may be slow, and the provider is not held back


class Desk(Struct):
    """What all recorded answers share.

    `make` starts the pipeline; `explain` turns an error into what a caller is told, given the request's id and whether the
    answer has begun; `on_named` and `on_over` hear when an answer's own id is known, and when it has ended; `wall` gives
    seconds since 1970.
    """

    make: Callable[[Answer], Batches]
    explain: Callable[[Exception, str, bool], CallerError]
    on_named: Callable[[RecordedAnswer], None]
    on_over: Callable[[RecordedAnswer], None]
    wall: Callable[[], float]


class RecordedAnswer(Answer):
    """An answer that several may follow, or nobody."""

    def __init__(
        self, answer_id: str, question: Question, desk: Desk, book: Book, rendering: Rendering, created: float
    ) -> None:
        super().__init__(answer_id, question.request, question.caller, question.request_id)
        self.question = question
        self.detached = question.detach
        self.recording = Recording()
        self.state = State.RUNNING
        self.created = created
        self.ended: float | None = None
        self.name = ""  # what the answer itself says it is called
        self.told: Told | None = None
        self._unsaid = False  # what was told is not among its own bytes
        self._desk = desk
        self._book = book
        self.rendering = rendering
        self._followers = 0
        self._task: asyncio.Task[None] | None = None
        self._turn = Turn()
        self._given_up_as = State.LEFT

    @property
    def size(self) -> int:
        """Bytes that are held for it: of the question, and of what was answered so far."""
        return len(self.question.body) + self.recording.size

    @property
    def status(self) -> str:
        """How it stands, in one word."""
        return self.state.value

    @property
    def is_given_up(self) -> bool:
        """Whether its end has begun because nobody wanted it any more."""
        return self._task is not None and self._task.cancelling() > 0

    # --- followed

    def start(self) -> None:
        """Begin to make it, if nobody has."""
        if self._task is None and self.state is State.RUNNING:
            self._task = asyncio.get_running_loop().create_task(self._draw())
            self._task.add_done_callback(self._on_done)

    @contextmanager
    def followed(self, listener: Callable[[], None]) -> Iterator[None]:
        """While this lasts the answer has one follower more, and `listener` is called when there is more to take."""
        self.start()
        self._followers += 1
        self.recording.listen(listener)
        try:
            yield
        finally:
            self.recording.unlisten(listener)
            self._followers -= 1
            if not self._followers and not self.detached and self._task is not None:
                self._task.cancel()

    async def follow(self, after: int = 0) -> AsyncGenerator[bytes, None]:
        """Its bytes behind event `after`, as they come. Raises `CallerError` for what went wrong and is not among them."""
        more = asyncio.Event()
        tail = Tail(self.recording, after)
        with self.followed(more.set):
            while not tail.at_end:
                more.clear()
                data = tail.take()
                if data:
                    yield data
                elif not tail.at_end:
                    await more.wait()
        self.check()

    def check(self) -> None:
        """Raise `CallerError` if it ended without saying so in its own bytes."""
        if self.state is State.LEFT:
            raise given_up()
        if self.told is not None and (self.handed_over or self._unsaid):
            raise self.told.error()

    def require(self, after: int) -> None:
        """Raise `CallerError` unless there has been an event number `after`: 400, or what became of it if it was lost."""
        last = self.recording.last
        if self.recording.has_lost(after):
            raise torn(after)
        if after > last:
            self.check()
            raise not_yet(last, after)

    # --- made

    def go_on(self, said: records.Said) -> None:
        """Take what an earlier life has shown."""
        self.recording.add(said.data, said.last)
        self.recording.show()

    def wait_for(self, turn: Turn) -> None:
        """Begin only within `turn`, whose preparation may find that it is over; it ends with the first word."""
        self._turn = turn

    def drawn(self, ask: Callable[[], Batches]) -> Batches:
        """What comes of asking the pipeline, if need be more than once."""
        return self._turn.drawn(ask)

    def detach(self, book: Book, opened: records.Opened) -> None:
        """Go on also without followers from here on, and outlive this process: what was said so far is written down."""
        self.detached, self._book = True, book
        book.append(opened)
        if self.recording.size:
            book.append(records.Said(self.id, self.rendering.last, self.recording.data))

    async def _draw(self) -> None:
        async with self._turn.taken():
            if self.state is State.RUNNING:
                await self._make()

    async def _make(self) -> None:
        recording, has_begun = self.recording, False
        async with aclosing(self._desk.make(self)) as batches:
            async for batch in batches:
                if not has_begun:
                    has_begun = True
                    await self._turn.over()
                    self._has_begun(batch)
                self.keep(batch)
                if recording.size > MAX_ANSWER:
                    await batches.athrow(_too_large())
        body = self.rendering.end(self.route)
        if len(body) > MAX_ANSWER:
            raise _too_large()
        if body:
            self._record(body)
        if not recording.size:
            raise RuntimeError("an answer ended without saying anything")

    def _has_begun(self, batch: list[Frame]) -> None:
        if self.recording.size:  # an earlier life began it
            return
        self.name = named(batch)
        if self.name:
            self._desk.on_named(self)

    def keep(self, batch: list[Frame]) -> None:
        """Record what these frames are for the caller."""
        if data := self.rendering.write(batch, self.route):
            self._record(data)

    def _record(self, data: bytes) -> None:
        last = self.rendering.last
        self.recording.add(data, last)
        self._book.append(records.Said(self.id, last, data))
        self._book.when_written(self.recording.show)

    # --- ended

    def cancel(self) -> None:
        """Give it up."""
        if self._task is not None:
            self._task.cancel()

    def hand_over(self, told: CallerError) -> None:
        """This process ends: the journal keeps the answer unfinished, and who still follows hears `told`."""
        self.handed_over, self.told = True, Told.of(told)
        self.cancel()

    def erase(self) -> None:
        """Give it up and forget it."""
        self._book.append(records.Erased(self.id))
        self._book = Unwritten()
        self.attached = False
        self.cancel()

    async def settled(self) -> None:
        """Return when nothing is made any more."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def _on_done(self, task: asyncio.Task[None]) -> None:
        if self.state is not State.RUNNING:
            return
        if task.cancelled():
            if self.handed_over:
                self.recording.close()
            else:
                self.end(self._given_up_as)
            return
        error = task.exception()
        if error is None:
            self.end(State.WHOLE)
        elif isinstance(error, Exception):
            self.fail(error)
        else:
            raise error

    def fail(self, error: Exception) -> None:
        """It is over: `error` is told in the answer's own bytes if it had begun, else to all who ask for it."""
        begun = self.recording.size > 0
        told = self._desk.explain(error, self.request_id, begun)
        self.told, self._unsaid = Told.of(told), not begun
        if begun:
            self._record(self.rendering.fail(told))
        self.end(State.BROKEN if begun or self.route.target else State.REFUSED)

    def end(self, state: State) -> None:
        """It is over, and nothing follows."""
        self.state, self.ended = state, self._desk.wall()
        self._book.append(records.Over(self.id, state.value, self.ended, self.route, self.told))
        self._book.when_written(self._close)

    def _close(self) -> None:
        self.recording.close()
        self._let_go()
        self._desk.on_over(self)

    def has_ended(self, ending: records.Over) -> None:
        """An earlier life ended it so."""
        self.state, self.ended, self.route, self.told = State(ending.state), ending.at, ending.route, ending.told
        self._unsaid = not self.recording.size
        if self.state is State.BROKEN and self.told is None:
            self.told, self._unsaid = LOST, True
        self.recording.close()
        self._let_go()

    def _let_go(self) -> None:
        """The question is answered: of its words nothing is held any longer."""
        request = self.request
        self.request = ChatRequest(dialect=request.dialect, model=request.model, stream=request.stream)
        self.question = replace(self.question, request=self.request, body=b"")


def _too_large() -> ServerFault:
    return ServerFault(f"the answer has grown beyond {MAX_ANSWER} bytes", reason="too_large")


def named(frames: list[Frame]) -> str:
    """The id that an answer's own bytes carry; empty where none has come."""
    begun = (event for frame in frames for event in frame.events if isinstance(event, Begun))
    return next((event.id for event in begun if event.id), "")
