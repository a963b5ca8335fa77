"""One try at one target.

    open          the request goes out                              clock: connect and first token
    first word    frames are held until one says something          clock: first token; until then nothing has been promised
    flow          frames pass as they come                          clocks: gap, drip
    closing       from the stop or the end marker on, frames are held until the upstream's stream has ended (at most 1 s after
                  the marker), so that a late error is still seen
    end           the answer is complete, or a `Failure` is raised

`run` yields batches: all frames that arrived together. It raises a `Failure` and nothing else; closing the generator, or
cancelling the task in it, closes the connection at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import takewhile

from sanspanne.attempts.clocks import Limits
from sanspanne.attempts.completeness import Completeness
from sanspanne.attempts.report import Report
from sanspanne.attempts.rhythm import Rhythm
from sanspanne.attempts.upstream import Endpoint, Reader, Upstream
from sanspanne.attempts.watchdog import Watchdog
from sanspanne.chat import (
    Batches,
    ChatRequest,
    Damaged,
    Ended,
    Failed,
    Frame,
    ResumePoint,
    Stopped,
    Target,
)
from sanspanne.errors import ClientFault, ContentRefused, Failure, ModelGone, ServerFault, Stalled

MAX_BODY = 64 * 1024 * 1024
MAX_ERROR_BODY = 1024 * 1024
ERROR_BODY_SECONDS = 2.0
CLOSING_SECONDS = 1.0
LOST_ANSWER = "lost_answer"  # the reason of a failure: the target has not kept the answer that it was to go on with
LINGER_SECONDS = 5.0  # for so long a broken answer may be taken up again by the same target


class Attempt:
    """One try, from the beginning or from a `point` on. `on_suspicion` is called once when the first word is late enough to be
    worth a probe, `on_head` with the headers of the response, whatever its status. `pardon`: see watchdog.py."""

    def __init__(
        self,
        request: ChatRequest,
        target: Target,
        endpoint: Endpoint,
        limits: Limits,
        on_suspicion: Callable[[], None],
        report: Report,
        lag: Callable[[], float] = lambda: 0.0,
        point: ResumePoint | None = None,
        on_head: Callable[[Mapping[str, str]], None] = lambda headers: None,
        pardon: Callable[[str], float] = lambda reason: 0.0,
    ) -> None:
        self._request = request
        self._target = target
        self._endpoint = endpoint
        self._limits = limits
        self._on_suspicion = on_suspicion
        self._on_head = on_head
        self._loop = asyncio.get_running_loop()
        self._upstream: Upstream | None = None
        self._opening: asyncio.Task[object] | None = None
        self._watchdog = Watchdog(self._loop, self._unblock, lag, pardon)
        self._rhythm = Rhythm(target, limits, report, self._loop.time)
        self._answer = Completeness(request, is_rest=point is not None)
        self._point = point
        self._reader: Reader | None = None
        self._passed_on: ResumePoint | None = None  # the end of what was passed on
        self._closing = False
        self.report = report

    @property
    def is_rest(self) -> bool:
        """Whether it goes on with an answer that an earlier attempt has begun."""
        return self._point is not None

    @property
    def said(self) -> tuple[int, int]:
        """How many characters were read so far, and how many of them in dense scripts (see `Completeness`)."""
        return self._answer.characters, self._answer.dense

    async def run(self) -> Batches:
        """The answer in batches."""
        suspicion = self._loop.call_later(self._limits.suspicion, self._on_suspicion)
        try:
            upstream = await self._open()
            if upstream.status >= 300:
                raise await self._refusal(upstream)
            batches = self._stream(upstream) if self._request.stream else self._whole(upstream)
            async for batch in batches:
                suspicion.cancel()
                yield batch
        except Failure as failure:
            failure.target = failure.target or str(self._target)
            failure.status = failure.status or self.report.status
            self.report.resume = self._passed_on
            if self._answer.declined and not isinstance(failure, ContentRefused):
                raise self._declined() from failure
            raise
        finally:
            suspicion.cancel()
            self._watchdog.stop()
            self.report.usage = self._answer.usage
            if self._upstream is not None:
                self._upstream.abort()
            self._leave()

    def _declined(self) -> ContentRefused:
        """The provider had refused before its answer broke: nobody else may make good what it refused."""
        return ContentRefused(
            f"{self._target} declined to answer, and its answer broke off",
            target=str(self._target),
            status=self.report.status,
            reason="declined",
        )

    def give_up(self, reason: str) -> None:
        """Somebody knows that this target is down: stop waiting for its first word. Later this does nothing."""
        if self.report.first_token is None:
            self._watchdog.bite(reason)

    # --- the call

    async def _open(self) -> Upstream:
        self._opening = asyncio.current_task()
        try:
            self._upstream = await self._send()
        except asyncio.CancelledError:
            if self._watchdog.bitten is None or self._opening is None or self._opening.uncancel() > 0:
                raise  # the caller has left
            raise self._stalled() from None
        finally:
            self._opening = None
        self.report.status = self._upstream.status
        self._on_head(self._upstream.headers)
        return self._upstream

    async def _send(self) -> Upstream:
        if self._point is None:
            self._watchdog.feed(self._limits.first_token, "first_token")
            upstream, self.report.omitted = await self._endpoint.open(self._request, self._target.model)
        else:  # it is in the middle of its answer
            self._watchdog.feed(self._limits.gap, "gap")
            upstream, self._reader = await self._endpoint.resume(self._point, self._target.model)
        return upstream

    def _leave(self) -> None:
        """Nobody listens any more. A target that goes on speaking all the same is told to stop, unless it may be needed."""
        running = getattr(self._reader, "running", "") if self._reader else self._point.id if self._point else ""
        if running:
            self._endpoint.leave(running, LINGER_SECONDS if self.report.resume else 0.0)

    def _unblock(self) -> None:
        if self._upstream is not None:
            self._upstream.abort()
        elif self._opening is not None:
            self._opening.cancel()

    def _stalled(self) -> Stalled:
        clock = self._watchdog.bitten or "first_token"
        waited = self._rhythm.seconds
        return Stalled(
            f"{self._target} was silent for too long ({clock.replace('_', ' ')}, {waited:.1f} s)", reason=clock
        )

    async def _next(self, upstream: Upstream) -> bytes:
        """The bytes that have come since; b"" at the end. Raises a `Failure` when the exchange broke or a clock ran out."""
        try:
            chunk = await upstream.next_chunk()
        except Exception as error:
            if self._watchdog.bitten:
                raise self._stalled() from error
            failure = self._endpoint.failure_of_transport(error)
            if failure is None:
                raise
            raise failure from error
        if self._watchdog.bitten:
            raise self._stalled()
        return chunk

    async def _refusal(self, upstream: Upstream) -> Failure:
        self._watchdog.feed(ERROR_BODY_SECONDS, "error_body")
        body = b""
        with suppress(Failure):  # what came of the body is enough to judge by: the status has come already
            while len(body) < MAX_ERROR_BODY and (chunk := await self._next(upstream)):
                body += chunk
        failure = self._endpoint.failure(upstream.status, upstream.headers, body)
        if self._point is not None and isinstance(failure, ModelGone | ClientFault):
            return ServerFault(f"{self._target} has lost its answer: {failure.message}", reason=LOST_ANSWER)
        return failure

    # --- an answer in one piece

    async def _whole(self, upstream: Upstream) -> Batches:
        pieces = []
        size = 0
        while chunk := await self._next(upstream):
            pieces.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                raise ServerFault(f"{self._target} sent more than {MAX_BODY} bytes", reason="too_large")
        self._watchdog.rest()
        frames = [self._endpoint.read_answer(b"".join(pieces), self._request)]
        self._answer.see(frames)
        self._check()
        self._rhythm.first_word()
        yield frames

    # --- an answer in a stream

    async def _stream(self, upstream: Upstream) -> Batches:
        reader = self._reader = self._reader or self._endpoint.reader_for(self._request, self._target.model)
        held: list[Frame] = []
        while chunk := await self._next_of_stream(upstream):
            frames = reader.feed(chunk)
            self._answer.see(frames)
            held += frames
            if self._answer.failed is not None or self._answer.damage is not None:
                break  # what a lost piece has said is lost: another attempt goes on from the place before it
            if self._answer.closing or self._answer.ended or not self._answer.said:
                continue
            silent = self._rhythm.heard(frames)
            self._watchdog.rest()
            if held:
                self._passed_on = _point_of(reader)
                yield held
                held = []
            self._watchdog.feed(self._limits.gap, "gap")
            self._rhythm.passed_on(silent)
        point = _point_of(reader)
        tail = reader.close()
        self._answer.see(tail)
        if self.report.first_token is not None and self._is_broken() and (said := _before_the_end(held)):
            self._passed_on = None if self._answer.damage else point
            yield said
        self._check()
        self._rhythm.first_word()
        yield held + tail

    async def _next_of_stream(self, upstream: Upstream) -> bytes:
        """The next bytes; once its end marker has come, an upstream that keeps the connection, or breaks it, has ended."""
        if self._answer.ended and not self._closing:
            self._closing = True
            self._watchdog.feed(CLOSING_SECONDS, "closing")
        try:
            return await self._next(upstream)
        except Failure:
            if self._watchdog.bitten == "closing" or (self._answer.ended and not self._watchdog.bitten):
                return b""
            raise

    def _is_broken(self) -> bool:
        return self._answer.failed is not None or self._answer.flaw() is not None

    def _check(self) -> None:
        """Raise what is wrong with the answer now that it has ended."""
        if self._answer.failed is not None:
            raise self._endpoint.failure_in_stream(self._answer.failed)
        flaw = self._answer.flaw()
        if flaw is not None:
            raise ServerFault(f"the answer of {self._target} {flaw}", reason="incomplete")


def _point_of(reader: Reader) -> ResumePoint | None:
    """Where the answer could be taken up again; only the readers of one dialect know such a place."""
    point: ResumePoint | None = getattr(reader, "point", None)
    return point


def _before_the_end(frames: list[Frame]) -> list[Frame]:
    """What a broken answer said before it claimed to end, or lost a piece: that the caller may have, the rest he may not."""
    said = takewhile(
        lambda frame: not any(isinstance(event, Stopped | Ended | Failed | Damaged) for event in frame.events), frames
    )
    return list(said)
