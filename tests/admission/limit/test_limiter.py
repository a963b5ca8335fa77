"""The limit of one target: its permits, whatever happens to them."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sanspanne.admission.limit.limiter import Limiter, Permit
from sanspanne.admission.limit.limiters import MAX_TARGETS, Limiters
from sanspanne.chat import Target
from sanspanne.errors import Overloaded, RampLimited, RateLimited, ServerFault, Stalled
from sanspanne.providers.limits import LimitState

FAILURES = [
    None,
    Overloaded("full"),
    Overloaded("full", retry_after=3.0),
    RateLimited("too many"),
    RateLimited("too many", retry_after=20.0),
    RampLimited("too fast"),
    ServerFault("broke"),
    Stalled("silent", reason="first_token"),
]


class AnyStory(RuleBasedStateMachine):
    """Own and spilled attempts come and go, are refused, speak, fail; time passes; headers arrive."""

    @initialize(own_engine=st.booleans(), streams=st.none() | st.integers(1, 20))
    def begin(self, own_engine: bool, streams: int | None) -> None:
        self.time = 0.0
        self.streams = streams
        self.limiter = Limiter(lambda: self.time, own_engine=own_engine, streams=streams, rng=Random(1))
        self.own: list[Permit] = []
        self.spilled: list[Permit] = []

    @rule(spill=st.booleans(), resume=st.booleans(), tokens=st.integers(0, 1000), times=st.integers(1, 30))
    def acquire(self, spill: bool, resume: bool, tokens: int, times: int) -> None:
        for _ in range(times):
            limit = self.limiter.limit
            before = self.limiter.snapshot()
            permit = self.limiter.try_acquire(spill=spill, resume=resume, tokens=tokens)
            if permit is None:
                return
            assert self.limiter.in_flight <= limit
            if spill and not resume:
                assert before.spill + 1 <= limit - max(before.own, before.reserved)
                assert self.limiter.in_flight <= limit - limit // 10
            (self.spilled if spill else self.own).append(permit)

    @rule(which=st.integers(0), failure=st.sampled_from(FAILURES), answered=st.booleans(), twice=st.booleans())
    def release(self, which: int, failure, answered: bool, twice: bool) -> None:
        held = self.own + self.spilled
        if not held:
            return
        permit = held[which % len(held)]
        (self.spilled if permit in self.spilled else self.own).remove(permit)
        permit.release(failure, answered=answered and failure is None)
        if twice:
            permit.release(Overloaded("once is enough"))

    @rule(seconds=st.floats(0.0, 30.0), times=st.integers(1, 40))
    def speak(self, seconds: float, times: int) -> None:
        for _ in range(times if self.own or self.spilled else 0):
            self.limiter.spoke(seconds)

    @rule(seconds=st.sampled_from([0.001, 0.01, 0.2, 1.0, 15.0, 100.0]))
    def wait(self, seconds: float) -> None:
        self.time += seconds

    @rule(left=st.integers(0, 100), reset=st.none() | st.floats(0, 100))
    def learn(self, left: int, reset: float | None) -> None:
        self.limiter.learn(LimitState(requests_left=left, requests_limit=100, requests_reset=reset))

    @rule()
    def recover(self) -> None:
        self.limiter.recovered()

    @invariant()
    def counters_agree(self) -> None:
        """What the limiter counts is what is out; nothing is negative; the operator's ceiling holds."""
        if not hasattr(self, "limiter"):
            return
        state = self.limiter.snapshot()
        assert (state.own, state.spill) == (len(self.own), len(self.spilled))
        assert state.in_flight == state.own + state.spill
        assert state.limit >= 1
        assert state.spill_limit >= 0
        assert self.streams is None or state.limit <= self.streams
        opens_in = self.limiter.opens_in()
        assert opens_in is None or opens_in >= 0


TestAnyStory = AnyStory.TestCase


class At:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def test_a_slot_rests_for_a_moment():
    """A slot that came free is not used again at once: the provider still counts it; `opens_in` says when."""
    now = At()
    limiter = Limiter(now, streams=1)
    limiter.try_acquire(spill=False).release(answered=True)
    assert limiter.try_acquire(spill=False) is None
    now.time += limiter.opens_in()
    assert limiter.try_acquire(spill=False) is not None


def test_a_refusal_tells_what_it_carries():
    """Of forty calls at once the sixth and all after it are refused: five is the limit from then on."""
    now = At()
    limiter = Limiter(now, rng=Random(1))
    permits = [limiter.try_acquire(spill=False) for _ in range(40)]
    now.time = 0.05
    for permit in permits[5:]:
        permit.release(Overloaded("full"))
    assert limiter.limit == 5
    assert limiter.in_flight == 5
    assert limiter.try_acquire(spill=False) is None


@given(st.integers(0, 2**32))
def test_who_refuses_although_it_carries_nothing_is_left_alone(seed):
    """0.5, 1, 2, 4, 8, 8 s, a quarter more or less, and after each only one single try."""
    now = At()
    limiter = Limiter(now, rng=Random(seed))
    for hold in (0.5, 1.0, 2.0, 4.0, 8.0, 8.0):
        limiter.try_acquire(spill=False).release(Overloaded("full"))
        assert limiter.try_acquire(spill=False) is None
        assert 0.75 * hold <= limiter.opens_in() <= 1.25 * hold
        now.time += limiter.opens_in()
        assert limiter.limit == 1


def test_who_returns_begins_small_and_grows_with_its_answers():
    """After an outage four streams, and one more for every first word: twice as many per wave."""
    now = At()
    limiter = Limiter(now)
    limiter.recovered()
    assert limiter.limit == 4
    now.time = 1.0
    for expected in (8, 16):
        permits = [limiter.try_acquire(spill=False) for _ in range(limiter.limit)]
        assert limiter.try_acquire(spill=False) is None
        now.time += 0.3
        for _ in permits:
            limiter.spoke(0.3)
        assert limiter.limit == expected
        for permit in permits:
            permit.release(answered=True)
        now.time += 1.0


def test_a_refusal_of_our_growth_halves_the_spill_alone():
    """`RampLimited` of spilled calls halves their share and leaves the window as it is; own calls alone give up 15 %."""
    limiter = Limiter(At())
    permit = limiter.try_acquire(spill=True)
    before = limiter.snapshot()
    permit.release(RampLimited("too fast"))
    assert limiter.snapshot().spill_limit == before.spill_limit // 2
    assert limiter.limit == before.limit
    now = At()
    limiter = Limiter(now)
    limiter.try_acquire(spill=False).release(RampLimited("too fast"))
    assert limiter.limit == 85


def test_a_long_wait_that_we_are_told_is_kept():
    """`RateLimited` with a wait of 20 s: nobody enters for 20 s, and then few at first, and not all who have waited."""
    now = At()
    limiter = Limiter(now)
    limiter.try_acquire(spill=False).release(RateLimited("too many", retry_after=20.0))
    assert limiter.limit == 4
    now.time = 19.9
    assert limiter.try_acquire(spill=False) is None
    assert abs(limiter.opens_in() - 0.1) < 1e-6
    now.time = 20.0
    assert limiter.try_acquire(spill=False) is not None


def test_who_finishes_a_broken_answer_ignores_ramp_and_reserve():
    """Spill has used up its share: the rest of a broken answer still enters, as long as the window has room."""
    limiter = Limiter(At(), streams=8)
    while limiter.try_acquire(spill=True):
        pass
    assert limiter.in_flight < 8
    while limiter.try_acquire(spill=True, resume=True):
        pass
    assert limiter.in_flight == 8


def test_own_traffic_has_its_reserve():
    """After ten minutes with twenty own answers at once, a flood of spill leaves room for 24 of them, and never comes nearer."""
    now = At()
    limiter = Limiter(now)
    own = [limiter.try_acquire(spill=False) for _ in range(20)]
    now.time = 600.0
    for permit in own:
        permit.release(answered=True)
    now.time = 601.0
    for _ in range(30):
        while limiter.try_acquire(spill=True):
            pass
        now.time += 0.3
        for _ in range(limiter.in_flight):
            limiter.spoke(0.3)
    state = limiter.snapshot()
    assert state.reserved in (24, 25)
    assert state.spill >= 50
    assert all(limiter.try_acquire(spill=False) for _ in range(24))


def test_one_limiter_per_target_and_room_is_told_by_name():
    """Each target has its own limiter, made once; whoever listens hears which target may have room."""
    now = At()
    limiters = Limiters(now, lambda target: Limiter(now))
    heard = []
    limiters.on_room = heard.append
    first, second = Target("a", "x"), Target("b", "x")
    assert limiters.of(first) is limiters.of(first)
    assert limiters.of(first) is not limiters.of(second)
    limiters.of(second).try_acquire(spill=False).release()
    assert heard == [second]
    assert [target for target, _ in limiters.items()] == [first, second]


def test_names_from_callers_do_not_pile_up():
    """Ten thousand names of models: at most 4096 limiters are kept, and those in use among them."""
    now = At()
    limiters = Limiters(now, lambda target: Limiter(now))
    used = limiters.of(Target("a", "used"))
    used.try_acquire(spill=False)
    for number in range(10_000):
        limiters.of(Target("a", str(number)))
    assert len(tuple(limiters.items())) <= MAX_TARGETS
    assert limiters.of(Target("a", "used")) is used


def test_answers_in_one_piece_widen_the_window_again():
    """Callers that do not stream: after a refusal at ten the window grows past it, by their answers alone."""
    now = At()
    limiter = Limiter(now)
    permits = [limiter.try_acquire(spill=False) for _ in range(11)]
    now.time = 0.1
    permits.pop().release(Overloaded("full"))
    assert limiter.limit == 10
    for _ in range(30):
        now.time += 2.0
        for permit in permits:
            permit.release(answered=True)
        now.time += 0.02
        permits = [permit for _ in range(100) if (permit := limiter.try_acquire(spill=False))]
    assert limiter.limit > 20
