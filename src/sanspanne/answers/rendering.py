"""An answer's frames, written as its caller gets them: numbered events of a stream, or one JSON body."""

from __future__ import annotations

from collections.abc import Sequence

from sanspanne.answers.route import Route
from sanspanne.chat import Begun, ChatRequest, Frame
from sanspanne.dialects.base import Dialect, Identity
from sanspanne.dialects.numbering import NumberedWriter
from sanspanne.errors import CallerError


class Rendering:
    """Writes one answer in its caller's dialect. `last` is the number of the last event; 0 for a JSON body."""

    def __init__(self, dialect: Dialect, request: ChatRequest, answer_id: str, created: float) -> None:
        self._dialect = dialect
        self._request = request
        self._id = answer_id
        self._created = int(created)
        self.after = 0  # the number behind which the events are counted
        self._frames: list[Frame] = []  # of an answer that is to be one JSON body
        self._writer: NumberedWriter | None = None

    @property
    def last(self) -> int:
        """The number of the last event that was written."""
        return self._writer.last if self._writer else 0

    def go_on(self, frames: Sequence[Frame]) -> None:
        """Take the state of the writer that wrote `frames` in an earlier life."""
        writer = self._dialect.writer(self._request, self._identity(frames, Route()))
        writer.write(frames)
        self._writer = NumberedWriter(writer, self.after)

    def write(self, frames: Sequence[Frame], route: Route) -> bytes:
        """The bytes for these frames; empty while they are gathered for one body."""
        if not self._request.stream:
            self._frames += frames
            return b""
        if self._writer is None:
            writer = self._dialect.writer(self._request, self._identity(frames, route))
            self._writer = NumberedWriter(writer, self.after)
        return self._writer.write(frames)

    def end(self, route: Route) -> bytes:
        """What is still to be said at the end of a whole answer: the JSON body."""
        if self._request.stream:
            return b""
        return json_body(self._dialect, self._frames, self._request, self._identity(self._frames, route))

    def fail(self, error: CallerError) -> bytes:
        """The honest end of a stream that broke after it had begun."""
        if self._writer is None:
            raise RuntimeError("a stream that has not begun has no end")
        return self._writer.fail(error)

    def _identity(self, frames: Sequence[Frame], route: Route) -> Identity:
        return identity(self._id, frames, self._request, route, self._created)


def identity(answer_id: str, frames: Sequence[Frame], request: ChatRequest, route: Route, created: int) -> Identity:
    """What an answer is called towards its caller: the model by its own name where it gave one."""
    begun = (event for frame in frames for event in frame.events if isinstance(event, Begun))
    first = next(begun, None)
    model = first.model if first and first.model else route.target.partition("/")[2]
    return Identity(answer_id, model or request.model, created)


def json_body(dialect: Dialect, frames: Sequence[Frame], request: ChatRequest, identity: Identity) -> bytes:
    """A whole answer in one JSON body: the upstream's own bytes where the dialects agree."""
    if len(frames) == 1 and frames[0].dialect == dialect.name and frames[0].raw:
        return frames[0].raw
    events = [event for frame in frames for event in frame.events]
    if not events:
        raise RuntimeError("an answer ended without saying anything")
    return dialect.write_answer(events, request, identity)
