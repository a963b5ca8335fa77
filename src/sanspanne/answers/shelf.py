"""The answers that can be followed again: by id, by the id that their own bytes carry, by Idempotency-Key.

Running ones are never dropped. Those that have ended go when their time is over, or the oldest first when there is no room.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from sanspanne.answers.recorded import RecordedAnswer
from sanspanne.answers.state import State
from sanspanne.errors import CallerError


class Shelf:
    """Keeps answers for `seconds` after their end, and at most `size` bytes of them. `now` is monotonic."""

    def __init__(self, seconds: float, size: int, now: Callable[[], float]) -> None:
        self._seconds = seconds
        self._most = size
        self._now = now
        self._by_id: dict[str, RecordedAnswer] = {}
        # apart: each new one looks through them, and thousands may be kept
        self._running: dict[str, RecordedAnswer] = {}
        self._names: dict[tuple[str, str], str] = {}  # the caller's key and the answer's own id -> our id
        self._keys: dict[tuple[str, str], str] = {}  # the caller's key and his Idempotency-Key -> our id
        self._ended: OrderedDict[str, float] = OrderedDict()  # our id -> when it ended, oldest first
        self._size = 0  # of those that have ended

    @property
    def running(self) -> list[RecordedAnswer]:
        """Those that have not ended."""
        return [answer for answer in self._running.values() if answer.state is State.RUNNING]

    def admit(self, size: int) -> None:
        """Raise `CallerError` (503) when those that run leave no room for a question of that size."""
        self.sweep()
        if sum(answer.size for answer in self.running) + size > self._most:
            raise CallerError(
                503,
                "overloaded",
                "This server records as many answers as it has room for. Ask again in a moment, or without"
                " Idempotency-Key and x-sanspanne-detach.",
                retry_after=5.0,
                should_retry=True,
                reason="queue_full",
            )

    def put(self, answer: RecordedAnswer) -> None:
        """Keep an answer."""
        self._by_id[answer.id] = answer
        if answer.state is State.RUNNING:
            self._running[answer.id] = answer
        if answer.question.idempotency_key is not None:
            self._keys[answer.caller.key, answer.question.idempotency_key] = answer.id
        if answer.name:
            self.name(answer)

    def name(self, answer: RecordedAnswer) -> None:
        """The answer's own id is known: it can be found by it."""
        self._names[answer.caller.key, answer.name] = answer.id

    def ended(self, answer: RecordedAnswer, age: float = 0.0) -> None:
        """The answer ended `age` seconds ago."""
        self._running.pop(answer.id, None)
        if answer.id in self._by_id:
            self._ended[answer.id] = self._now() - age
            self._size += answer.size
            self.sweep()

    def find(self, caller: str, name: str) -> RecordedAnswer | None:
        """The answer of that id, ours or its own, whoever asked for it."""
        self.sweep()
        return self._by_id.get(self._names.get((caller, name), name))

    def find_key(self, caller: str, idempotency_key: str) -> RecordedAnswer | None:
        """The answer that this Idempotency-Key began."""
        self.sweep()
        return self._by_id.get(self._keys.get((caller, idempotency_key), ""))

    def holds(self, answer: RecordedAnswer) -> bool:
        """Whether it has not been forgotten."""
        return answer.id in self._by_id

    def remove(self, answer: RecordedAnswer) -> None:
        """Forget it."""
        if self._by_id.pop(answer.id, None) is None:
            return
        self._running.pop(answer.id, None)
        if self._ended.pop(answer.id, None) is not None:
            self._size -= answer.size
        _drop(self._names, (answer.caller.key, answer.name), answer.id)
        _drop(self._keys, (answer.caller.key, answer.question.idempotency_key or ""), answer.id)

    def sweep(self) -> None:
        """Drop what is too old, and the oldest while they are too many."""
        limit = self._now() - self._seconds
        while self._ended:
            oldest = next(iter(self._ended))
            if self._ended[oldest] >= limit and self._size <= self._most:
                break
            self.remove(self._by_id[oldest])


def _drop(names: dict[tuple[str, str], str], name: tuple[str, str], answer_id: str) -> None:
    """A name may meanwhile belong to a later answer."""
    if names.get(name) == answer_id:
        del names[name]
