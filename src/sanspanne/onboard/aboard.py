"""The model on board as the service sees it: it comes by itself, says how far it is, and never keeps the service waiting."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from sanspanne.chat import ChatRequest
from sanspanne.config import OnboardConfig
from sanspanne.errors import ConfigError, Overloaded
from sanspanne.onboard.catalogue import Entry
from sanspanne.onboard.choose import candidates, own_file, present
from sanspanne.onboard.desk import Desk
from sanspanne.onboard.label import label
from sanspanne.onboard.language import Language
from sanspanne.onboard.prepare import SYSTEM, Notes, Room, prepare
from sanspanne.onboard.process import Load, cores
from sanspanne.onboard.pull import Progress, PullBusy, PullFailed, Ways, pull
from sanspanne.onboard.status import State, Status
from sanspanne.onboard.supervisor import NOT_INSTALLED, Engine, EngineState, installed
from sanspanne.onboard.tokens import counter

log = logging.getLogger(__name__)

AGAIN = 600.0  # seconds until the sources are tried again after all have failed
BUSY = 2.0  # seconds between two looks at a file that another process is fetching


class Onboard:
    """The model on board: its file, its engine, and the queue before it.

    `folder` is where models are kept. `notice` is told sentences for the operator, `changed` that `status()` has something
    new; neither may block. `program` and `ways` replace the engine's process and the ways to the sources (tests do).
    """

    def __init__(
        self,
        config: OnboardConfig,
        folder: Path,
        *,
        notice: Callable[[str], None] = lambda _: None,
        changed: Callable[[], None] = lambda: None,
        program: Sequence[str] | None = None,
        ways: Ways | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if config.path is None:
            candidates(config)  # a name that the catalogue lacks is said at the start, and not in the background
        self.config = config
        self.folder = folder
        self.entry: Entry | None = None
        self.engine: Engine | None = None
        self.desk = Desk(config.slots, clock=clock)
        self._notice = notice
        self._changed = changed
        self._program = program
        self._ways = ways
        self._clock = clock
        self._sleep = sleep
        self._status = Status(state=State.LOADING if config.enabled else State.OFF, retry_after=5.0)
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._begun = (0.0, 0)  # when the fetch began, and with how many bytes

    # --- what it is doing

    @property
    def ready(self) -> bool:
        """Whether a question would be answered now."""
        return self.engine is not None and self.engine.state is EngineState.READY

    @property
    def base_url(self) -> str:
        """Where the engine speaks OpenAI's dialect; "" unless ready. It changes when the engine restarts."""
        return self.engine.base_url if self.engine else ""

    @property
    def key(self) -> str:
        """The engine's key: it lets this process in and nobody else."""
        return self.engine.key if self.engine else ""

    def status(self) -> Status:
        """What it is doing."""
        return self._status

    # --- its life

    async def start(self) -> None:
        """Begin to bring the model on board; returns at once."""
        if self.config.enabled and self._task is None:
            self._task = asyncio.create_task(self._come_aboard())

    async def stop(self) -> None:
        """End the engine and any fetching; what was fetched stays for the next time."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        if self.engine:
            await self.engine.stop()

    async def until(self, *states: State) -> None:
        """Wait until it is in one of `states`."""
        while self._status.state not in states:
            await self.moved()

    async def moved(self) -> None:
        """Wait until `status()` has something new."""
        await self._moved.wait()

    async def _come_aboard(self) -> None:
        try:
            if self._program is None and not installed():
                return self._unavailable(NOT_INSTALLED)
            while (path := await self._file()) is None:
                await self._sleep(AGAIN)
            await self._run_engine(path)
        except (ConfigError, OSError) as error:
            self._unavailable(str(error))
        except Exception as error:
            log.exception("the model on board could not come aboard")
            self._unavailable(f"{type(error).__name__}: {error}")

    # --- its file

    async def _file(self) -> Path | None:
        """The model's file, fetched if need be and allowed; None, with the reason told, if it cannot be had now."""
        if self.config.path is not None:
            self.entry, path = await asyncio.to_thread(own_file, self.config.path)
            return path
        self.entry = await present(self.config, self.folder)
        if self.entry:
            return self.folder / self.entry.file
        return await self._fetch()

    async def _fetch(self) -> Path | None:
        sentences = []
        for entry in candidates(self.config):
            if not self.config.fetch:
                sentences.append(f"{entry.id} is not there; fetch it with: sanspanne models pull {entry.id}")
            elif entry.accept:
                sentences.append(f"{entry.id} has a licence to accept first, with: sanspanne models pull {entry.id}")
            else:
                try:
                    return await self._pull(entry)
                except PullFailed as failure:
                    self._notice(str(failure))
                    sentences.append(str(failure))
        self._unavailable(" ".join(sentences))
        return None

    async def _pull(self, entry: Entry) -> Path:
        self._begun = (0.0, 0)
        self._become(Status(state=State.FETCHING, model=entry.id, total=entry.bytes, retry_after=30.0))
        while True:
            try:
                path = await pull(entry, self.folder, progress=self._told, mirror=self.config.mirror, ways=self._ways)
            except PullBusy:
                await self._sleep(BUSY)
            else:
                self.entry = entry
                return path

    def _told(self, progress: Progress) -> None:
        now = self._clock()
        if not self._begun[0]:
            self._begun = (now, progress.done)
        seconds, came = now - self._begun[0], progress.done - self._begun[1]
        left = (progress.total - progress.done) * seconds / came if came > 0 else 30.0
        self._become(
            Status(
                state=State.FETCHING,
                model=self._status.model,
                done=progress.done,
                total=progress.total,
                source=progress.source,
                retry_after=min(max(left, 1.0), 60.0),
            )
        )

    # --- its engine

    async def _run_engine(self, path: Path) -> None:
        assert self.entry
        # Two large answers side by side already fill two cores.
        slots = min(self.config.slots, 2) if self.entry.params >= 1.5e9 and cores() <= 2 else self.config.slots
        self.desk = Desk(slots, clock=self._clock)
        load = Load(
            path=str(path),
            alias=self.entry.alias,
            slots=slots,
            context=self.config.context,
            threads=self.config.threads,
            warm=(SYSTEM["fr"], SYSTEM["en"]),
            template=self.entry.template,
        )
        self.engine = Engine(
            load, program=self._program, clock=self._clock, sleep=self._sleep, changed=self._engine_moved
        )
        await self.engine.start()

    def _engine_moved(self) -> None:
        assert self.engine
        assert self.entry
        state, reason = self.engine.state, self.engine.reason
        if state is EngineState.UNAVAILABLE:
            return self._unavailable(reason)
        if state is EngineState.RESTARTING:
            self._notice(f"The model on board is starting again: {reason}.")
        if state is not EngineState.STOPPED:
            self._become(Status(state=State(state.value), model=self.entry.id, reason=reason, retry_after=3.0))
        return None

    def _unavailable(self, reason: str) -> None:
        self._become(Status(state=State.UNAVAILABLE, model=self.entry.id if self.entry else "", reason=reason))
        self._notice(self._status.sentence())

    def _become(self, status: Status) -> None:
        self._status = status
        self._moved.set()
        self._moved = asyncio.Event()
        self._changed()

    # --- a question

    async def prepare(self, request: ChatRequest) -> tuple[ChatRequest, Notes]:
        """The request as the small model can serve it, and what was done to it.

        Raises `CallerError` (503 with the progress) while there is no model, `ClientFault` for what cannot be made to fit.
        """
        if not self.ready or self.engine is None:
            raise self._status.refusal()
        room = Room(self.config.context, self.desk.longest_prompt, self.desk.longest_answer)
        return await prepare(request, room, counter(self.engine))

    def seat(self, notes: Notes) -> AbstractAsyncContextManager[None]:
        """Hold one of the engine's slots while the request goes out. Raises `Overloaded` when it cannot be had in time."""
        if not self.ready:
            raise Overloaded(self._status.sentence(), target="onboard", retry_after=self._status.retry_after)
        return self.desk.seat(notes.prompt_tokens, notes.max_tokens)

    def label(self, language: Language) -> str:
        """The sentence that stands beside the model's answers."""
        assert self.entry
        return label(self.entry, language)
