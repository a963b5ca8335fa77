"""A scenario: what happens to the providers, who asks them meanwhile, and what is promised of it. Read from TOML.

    seconds of the drill   0 ........ at ............ until ................ seconds
    [[load.phase]]         so many requests per second, from `at` on, arriving at random (Poisson)
    [[load.burst]]         so many at once
    [providers.NAME]       how much it carries, and what it does when it is asked for more
    [[...fault]]           what goes wrong with it from `at` to `until`
    [[kill]]               the gateway is killed (`kill -9`) and started again

A question is as long as its `work`: the seconds that it takes to say its answer at the load's own pace. A provider takes
`first_word` seconds before it and `pace` times the work to say it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Shape = Literal["down-refuse", "down-503", "down-529", "silent", "slow", "rate-limit", "cut", "capacity"]
SHAPES: tuple[Shape, ...] = (
    "down-refuse",  # nobody is there: running answers are reset, new connections too
    "down-503",  # running answers are reset, new questions get an error with this status
    "down-529",
    "silent",  # it takes questions and says nothing, not even headers
    "slow",  # a stall of `seconds` before each answer
    "rate-limit",  # `rate` questions per second, 429 with headers and `retry_after` for those above
    "cut",  # a `share` of the streams breaks off at a random place
    "capacity",  # it carries `capacity` questions at once
)
DOWN = frozenset({"down-refuse", "down-503", "down-529", "silent", "slow"})  # nobody gets an answer in time


def _text(expected: str, example: str) -> Meta:
    return Meta(description=expected, examples=[example])


def _switch(example: bool) -> Meta:
    return Meta(description="true or false", examples=[example])


def _number(low: float, high: float, example: Any, unit: str = "") -> Meta:
    kind = "a whole number" if isinstance(example, int) else "a number"
    return Meta(ge=low, le=high, description=f"{kind} from {low} to {high}{unit}", examples=[example])


def _choice(names: tuple[str, ...]) -> Meta:
    return Meta(description=f"one of {', '.join(names)}", examples=[names[0]])


_SECONDS = _number(0, 3600, 10.0, " (seconds)")
_SHARE = _number(0, 1, 0.3)
_RATE = _number(0, 200, 6.0, " (per second)")

Seconds = Annotated[float, _SECONDS]
Share = Annotated[float, _SHARE]
Rate = Annotated[float, _RATE]
Maybe = Annotated[float | None, Meta(description="a number from 0 to 1000000", examples=[0.95])]
WhenFull = Literal["reject", "queue", "slow", "crash"]


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """The same in both languages."""

    en: Annotated[str, _text("a text in English", "A stampede")] = ""
    fr: Annotated[str, _text("a text in French", "Une ruée")] = ""


class Phase(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[load.phase]]`: from `at` on, so many requests per second; of one tenant if it is named, else of all by their shares.

    It replaces the phase before it, of the same tenant.
    """

    at: Seconds
    rate: Rate
    tenant: Annotated[str, _text("the name of a tenant", "app")] = ""


class Burst(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[load.burst]]`: so many requests at once."""

    at: Seconds
    count: Annotated[int, _number(1, 1000, 40)]
    tenant: Annotated[str, _text("the name of a tenant", "app")] = ""


class LoadPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """`[load]`: who asks, how often, for what, and what they do when they are refused."""

    phase: tuple[Phase, ...] = ()
    burst: tuple[Burst, ...] = ()
    # by name: the share of the requests that no phase gives to one of them
    tenants: Annotated[dict[str, float], Meta(description="names with shares", examples=[{"app": 1.0}])] = field(
        default_factory=lambda: {"app": 1.0}
    )
    streams: Share = 0.8  # the others want one JSON body
    detached: Share = 0.0  # of the requests: asked so that they can be followed again, and they are
    kept: Share = 0.0  # of the requests: `Prefer: respond-async`
    words: Annotated[float, _number(1, 2000, 60.0)] = 60.0  # of an answer, on average
    spread: Annotated[float, _number(0, 2, 0.5)] = 0.5  # sigma of its log-normal length
    pace: Annotated[float, _number(0.002, 2, 0.03, " (seconds per word)")] = 0.03
    retries: Annotated[int, _number(0, 10, 2)] = 2  # as the official SDKs retry
    max_tokens: Annotated[int, _number(0, 100_000, 400)] = 0  # that an answer may have; 0 leaves it to the provider


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[providers.NAME.fault]]`: what goes wrong with a provider from `at` to `until`."""

    at: Seconds
    until: Seconds
    shape: Annotated[Shape, _choice(SHAPES)]
    share: Share = 0.3
    capacity: Annotated[int, _number(1, 1000, 5)] = 1
    seconds: Annotated[float, _number(0, 600, 30.0, " (seconds)")] = 30.0
    rate: Rate = 1.0
    retry_after: Annotated[float, _number(0, 60, 2.0, " (seconds)")] = 2.0

    @property
    def is_outage(self) -> bool:
        """Whether nobody gets an answer in time while it lasts."""
        return self.shape in DOWN


class ProviderPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """`[providers.NAME]`: one scripted provider. Its `own` users ask it directly, so many per second."""

    kind: Annotated[str, _text("a kind of scripted provider", "openai")]
    limit: Annotated[int, _number(1, 1000, 20)] = 20
    when_full: Annotated[WhenFull, _choice(("reject", "queue", "slow", "crash"))] = "reject"
    queue: Annotated[int, _number(0, 100_000, 50)] = 100_000  # how many wait at most, if it lets them
    works_on: Annotated[bool, _switch(True)] = False  # also for users who have left
    crash_at: Annotated[float, _number(0, 100, 1.6)] = 0.0  # times its limit; 0: never
    crash_after: Annotated[float, _number(0, 600, 5.0, " (seconds)")] = 5.0
    recovery: Annotated[float, _number(0, 600, 20.0, " (seconds)")] = 20.0
    reason: Annotated[str, _text("the reason that it gives when it is full", "overloaded")] = "overloaded"
    first_word: Annotated[float, _number(0, 60, 0.4, " (seconds)")] = 0.4
    pace: Annotated[float, _number(0.05, 50, 1.0)] = 1.0  # times the load's own
    own: Rate = 0.0
    fault: tuple[Fault, ...] = ()

    def takes(self, work: float) -> float:
        """The seconds from question to end that it needs for `work` when nobody hurries it."""
        return self.first_word + self.pace * work

    def capacity_at(self, at: float) -> int:
        """How many questions at once it carries at that second; 0 while it is out."""
        out = any(fault.at <= at < fault.until for fault in self.fault if fault.is_outage)
        return 0 if out else self.limit_at(at)

    def limit_at(self, at: float) -> int:
        """The same, were it never out."""
        narrow = (fault for fault in self.fault if fault.shape == "capacity" and fault.at <= at < fault.until)
        return next((fault.capacity for fault in narrow), self.limit)

    def outages(self) -> list[tuple[float, float]]:
        """From when to when it is out, in order; faults that meet are one outage."""
        joined: list[tuple[float, float]] = []
        for fault in sorted((fault for fault in self.fault if fault.is_outage), key=lambda fault: fault.at):
            if joined and fault.at <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], fault.until)
            else:
                joined.append((fault.at, fault.until))
        return joined


class Kill(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[kill]]`: the gateway is killed at this second, and started again at once."""

    at: Seconds


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """`[[promise]]`: one entry of the table in `promises.py`, with its limit and what else the judge needs."""

    name: Annotated[str, _text("the name of a promise", "served")]
    at_least: Maybe = None
    at_most: Maybe = None
    of: Annotated[str, _text("the name of a provider or a tenant", "openai")] = ""
    at: Seconds = 0.0
    until: Seconds = 3600.0
    factor: Annotated[float, _number(0, 100, 1.5)] = 1.5

    @property
    def limit(self) -> float:
        """The limit, whichever direction it has."""
        return next((limit for limit in (self.at_least, self.at_most) if limit is not None), 0.0)


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    name: Annotated[str, _text("a name of letters, digits and hyphens", "stampede")]
    title: Words
    seconds: Annotated[float, _number(1, 3600, 60.0, " (seconds)")]
    chain: Annotated[tuple[str, ...], Meta(description="a list of providers", examples=[["openai", "claude"]])]
    load: LoadPlan
    providers: dict[str, ProviderPlan]
    promise: tuple[Expected, ...] = ()
    kill: tuple[Kill, ...] = ()
    about: Words = Words()  # what happened, in two or three sentences
    compressed: Words = Words()  # what is made to run faster than it was; empty if nothing is
    seed: Annotated[int, _number(0, 2_000_000_000, 4)] = 1
    quick_seconds: Annotated[float, _number(0.1, 600, 5.0, " (seconds)")] = 5.0
    patience: Annotated[float, _number(1, 600, 40.0, " (seconds)")] = 40.0
    onboard: Annotated[bool, _switch(False)] = False
