"""What a drill has seen: the facts that its verdict, its progress and its reports are made from.

All times are in seconds since the drill's first request.
"""

from __future__ import annotations

from msgspec import Struct


class Asked(Struct):
    """One user's request, from his side, all of his tries together.

    `first` and `ended` are the times of the first word and of the end, None if there was none. `state` is `whole`, `broken`
    (began, did not end whole), `refused` (an error before the first word), `kept` (202: to be answered later), `left` (the
    user's patience ended). `wrong` says that the text was not the one that was to come. `truncated`: it was only the beginning
    of that, and was called whole; its state is `broken`.
    """

    number: int
    at: float
    tenant: str
    state: str = "left"
    first: float | None = None
    ended: float | None = None
    calls: int = 1  # requests that the user's client sent, its retries included
    status: int = 0
    reason: str = ""  # the error's code or type, as the client reads it
    target: str = ""
    rung: str = ""
    seams: int = 0
    wrong: bool = False
    work: float = 0.0  # seconds that an unhurried provider needs for this answer
    told: tuple[float, float] | None = None  # the range for the wait that the user was told when he began to wait
    kept_until: float | None = None  # when a kept question was answered
    told_at: float | None = None  # when he was told the range
    truncated: bool = False
    answer: str = ""  # what the answer is called, for who follows it again


class ProviderTick(Struct):
    """One provider at one moment. Counts are since the beginning."""

    at: float
    provider: str
    up: bool
    capacity: int  # questions at once that it carries now; 0 while it is down
    active: int
    waiting: int
    calls: int
    rejected: int
    crashes: int = 0


class QueueTick(Struct):
    """The gateway at one moment: who waits, and the questions that are kept."""

    at: float
    waiting: int
    kept: int = 0


class Run(Struct):
    """What one contender made of the load: `sanspanne`, `no gateway`, `litellm`. `own` are the survivor's own users, if any."""

    contender: str
    asked: list[Asked]
    own: list[Asked] = []
    providers: list[ProviderTick] = []
    queue: list[QueueTick] = []
    calls: dict[str, int] = {}  # calls that each provider got, by provider, probes included
    continuations: int = 0  # calls among them that finished broken answers
    notes: list[str] = []


class Ceiling(Struct):
    """What a scheduler with perfect knowledge of all capacities would reach. `begun` has the times of its first words.

    The figures are reached by a schedule; the limits cannot be exceeded by any. The figures `in_turn` are reached by one that
    takes questions as they come: whoever does not know how long an answer will be can hardly do better.
    """

    quick: int  # whole and begun within `quick_seconds`
    whole: int  # whole within `patience` seconds
    asked: int
    begun: list[float] = []
    quick_limit: int | None = None
    whole_limit: int | None = None
    quick_in_turn: int | None = None
    whole_in_turn: int | None = None


class Promise(Struct):
    """One promise and whether it was kept. `value` and `limit` are in `unit`; `sentence` by language."""

    name: str
    sentence: dict[str, str]
    value: float | None
    limit: float
    at_least: bool  # the value must be at least the limit, else at most
    unit: str
    kept: bool


class Report(Struct):
    """A whole drill. `compressed` says in words what was made to run faster than it was, empty if nothing was."""

    scenario: str
    title: dict[str, str]
    seconds: float
    quick_seconds: float
    patience: float
    runs: list[Run]
    ceiling: Ceiling | None
    promises: list[Promise]
    events: list[tuple[float, str, str]] = []  # when, provider, what happened (down, up, slow, cut ...)
    compressed: str = ""
    seed: int = 0
    began: str = ""  # UTC, RFC 3339
    version: str = ""
    machine: str = ""

    @property
    def passed(self) -> bool:
        """Whether every promise was kept."""
        return all(promise.kept for promise in self.promises)
