"""Who is next in the fair queue."""

from collections import Counter
from math import inf

from hypothesis import given
from hypothesis import strategies as st
from replayed import Clock
from tickets import A, B, ticket

from sanspanne.admission.priority import Priority
from sanspanne.admission.queue.fair_queue import FairQueue
from sanspanne.admission.ticket import Ticket

TENANTS = ("one", "two", "three")


def anyone(ticket: Ticket) -> bool:
    return True


def picked(queue: FairQueue) -> Ticket | None:
    """Who goes where everybody fits."""
    found = queue.pick(anyone)
    return None if found is None else found[0]


def all_picked(queue: FairQueue) -> list[Ticket]:
    return [one for one in iter(lambda: picked(queue), None) if one is not None]


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("join"),
            st.sampled_from(TENANTS),
            st.sampled_from(Priority),
            st.floats(0, 8),
            st.one_of(st.floats(0, 20), st.just(inf)),
            st.sampled_from([(A,), (B,), (A, B), (B, A)]),
        ),
        st.tuples(st.just("pick"), st.sampled_from([(A,), (B,), (A, B), ()])),
        st.tuples(st.just("leave"), st.integers(0, 50)),
        st.tuples(st.just("pass"), st.floats(0, 6)),
        st.tuples(st.just("charge"), st.sampled_from(TENANTS), st.floats(0, 1000)),
    ),
    max_size=120,
)


@given(steps, st.integers(1, 20))
def test_everybody_who_joined_is_accounted_for(story, most):
    """Joined = picked + left + expired + pushed out + waiting still, nobody twice, and never more wait than may."""
    clock = Clock()
    queue = FairQueue(clock, most=most)
    joined: list[Ticket] = []
    gone: list[Ticket] = []
    for step in story:
        match step:
            case ("join", tenant, priority, fresh, deadline, targets):
                one = ticket(tenant, priority, targets=targets, arrived=clock.time, fresh=fresh, deadline=deadline)
                if queue.join(one):
                    joined.append(one)
            case ("pick", free):
                found = queue.pick(lambda one, free=free: next((each for each in one.targets if each in free), None))
                gone += [] if found is None else [found[0]]
            case ("leave", number) if joined:
                one = joined[number % len(joined)]
                before = len(queue)
                queue.leave(one)
                gone += [one] if len(queue) < before else []
            case ("pass", seconds):
                clock.time += seconds
                gone += queue.expired()
            case ("charge", tenant, tokens):
                queue.charge(tenant, tokens)
        while (one := queue.shed()) is not None:
            gone.append(one)
        assert len(queue) <= most
    gone += queue.expired()
    rest = all_picked(queue)
    assert Counter(joined) == Counter(gone + rest)
    assert max(Counter(gone + rest).values(), default=1) == 1
    assert len(queue) == 0


@given(st.lists(st.tuples(st.sampled_from(Priority), st.sampled_from(TENANTS), st.floats(0, 10)), max_size=60))
def test_the_earlier_class_goes_first(comers):
    """Nobody of a later class begins while somebody of an earlier class who fits waits, whatever their tenants and times."""
    clock = Clock(6.0)
    queue = FairQueue(clock)
    for priority, tenant, fresh in comers:
        queue.join(ticket(tenant, priority, fresh=fresh, deadline=12.0))
    order = [one.priority for one in all_picked(queue)]
    assert order == sorted(order)
    assert len(order) == len(comers)


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 1000)), min_size=1))
def test_two_who_always_wait_are_served_alike(requests):
    """Two tenants who wait all the time are never further apart than two typical requests and the largest one."""
    queue = FairQueue(Clock())
    largest = max(prompt + 2 * output for prompt, output in requests)
    outputs = {}
    for prompt, output in requests:
        for tenant in ("one", "two"):
            one = ticket(tenant, tokens=prompt)
            outputs[one] = output
            queue.join(one)
    given_to = {"one": 0.0, "two": 0.0}
    for _ in requests:  # one of them may well run dry after half of all
        one = picked(queue)
        assert one is not None
        queue.charge(one.tenant, outputs[one])
        given_to[one.tenant] += one.tokens + 2 * outputs[one]
        assert abs(given_to["one"] - given_to["two"]) <= 3 * largest


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_fresh_one_never_waits_for_two_others_in_a_row(fresh, late, urgent):
    """While fresh ones wait no late one begins, and at most every second start is for an urgent one."""
    clock = Clock()
    queue = FairQueue(clock)
    stages = {}
    for number, name, until, deadline in (
        (late, "late", 1.0, 100.0),
        (urgent, "urgent", 1.0, 21.0),
        (fresh, "fresh", 30.0, 100.0),
    ):
        for _ in range(number):
            one = ticket(fresh=until, deadline=deadline)
            stages[one] = name
            queue.join(one)
    clock.time = 20.0
    order = [stages[one] for one in all_picked(queue)]
    assert len(order) == fresh + late + urgent
    while_fresh = order[: len(order) - order[::-1].index("fresh")] if fresh else []
    assert "late" not in while_fresh
    assert "urgent, urgent" not in ", ".join(while_fresh)
    assert order[fresh + urgent :] == ["late"] * late


def test_the_oldest_fresh_one_goes_first():
    """Among those who are in time the order of coming is kept, over all tenants."""
    queue = FairQueue(Clock())
    comers = [ticket(tenant) for tenant in ("one", "two", "one", "three", "two")]
    assert all(map(queue.join, comers))
    assert all_picked(queue) == comers


def test_the_tenant_that_was_served_least_goes_first():
    """Where one was given far more than the other, the other's late ticket goes before the one's fresh ticket."""
    clock = Clock()
    queue = FairQueue(clock)
    for _ in range(10):
        queue.served("one", 100)
        queue.served("two", 100)
    queue.join(late := ticket("two", fresh=1.0))
    clock.time = 2.0
    queue.join(ticket("one", arrived=2.0))
    queue.charge("one", 500)
    assert picked(queue) is late


def test_being_away_saves_nothing_up():
    """Who comes after another was served for long goes first, but not for long: from then on they take turns."""
    queue = FairQueue(Clock())
    for _ in range(40):
        queue.join(ticket("one"))
    for _ in range(20):
        picked(queue)
    for _ in range(10):
        queue.join(ticket("two"))
    order = [one.tenant for one in all_picked(queue)][:16]
    assert order[0] == "two"
    assert 6 <= order.count("two") <= 10


def test_an_hour_of_plenty_is_no_debt():
    """What somebody was given while nobody had to wait is forgotten after some minutes."""
    clock = Clock()
    queue = FairQueue(clock)
    for _ in range(100):
        queue.served("one", 1000)
        queue.served("two", 10)
    clock.time = 1800.0
    comers = [ticket("one", arrived=1800.0), ticket("two", arrived=1800.0)]
    assert all(map(queue.join, comers))
    assert all_picked(queue) == comers


def test_a_target_with_room_is_not_kept_from_those_behind():
    """Who waits for a full target does not hold up others who wait for one with room."""
    queue = FairQueue(Clock())
    for _ in range(3):
        queue.join(ticket(targets=(A,)))
    queue.join(one := ticket("two", targets=(B,)))
    assert queue.pick(lambda each: "room" if B in each.targets else None) == (one, "room")


def test_each_kind_of_ticket_is_asked_for_once():
    """Where there is no room, two thousand who wait for the same cost one question."""
    queue = FairQueue(Clock())
    for number in range(2000):
        queue.join(ticket(f"tenant{number % 7}"))
    asked = []
    assert queue.pick(asked.append) is None
    assert len(asked) == 1
    assert len(queue) == 2000


def test_a_kept_question_goes_when_nobody_else_wants_the_room():
    """A question without a deadline never expires, and begins when all others have."""
    clock = Clock()
    queue = FairQueue(clock)
    queue.join(kept := ticket(priority=Priority.BATCH))
    queue.join(other := ticket("two", Priority.AGENT, deadline=5000.0))
    clock.time = 4000.0
    assert queue.expired() == []
    assert all_picked(queue) == [other, kept]


def test_whose_time_is_over_is_told_once():
    """A ticket whose deadline has passed is out of the queue, and is told exactly once."""
    clock = Clock()
    queue = FairQueue(clock)
    queue.join(one := ticket(deadline=3.0))
    clock.time = 3.5
    assert picked(queue) is None
    assert queue.expired() == [one]
    assert queue.expired() == []


def test_a_full_queue_makes_room_for_a_higher_class():
    """The newest ticket of the lowest class gives way, and is told; a lower class finds the queue full."""
    queue = FairQueue(Clock(), most=2)
    queue.join(first := ticket("one", Priority.BATCH))
    queue.join(second := ticket("one", Priority.BATCH))
    assert not queue.join(ticket("one", Priority.BATCH))
    assert queue.shed() is None
    assert queue.join(third := ticket("one", Priority.INTERACTIVE))
    assert queue.shed() is second
    assert queue.shed() is None
    assert all_picked(queue) == [third, first]


def test_one_tenant_cannot_fill_the_queue():
    """Who has the longest line gives way to the first ticket of another tenant of the same class."""
    queue = FairQueue(Clock(), most=10)
    mine = [ticket("one") for _ in range(10)]
    assert all(map(queue.join, mine))
    assert not queue.join(ticket("one"))
    assert queue.join(ticket("two"))
    assert queue.shed() is mine[-1]


@given(
    st.lists(st.tuples(st.sampled_from(TENANTS), st.sampled_from(Priority), st.floats(0, 10)), min_size=1, max_size=40)
)
def test_places_are_all_different(comers):
    """Those who wait have the places 1 to n, by class, and a newcomer is told one of 1 to n + 1."""
    clock = Clock(5.0)
    queue = FairQueue(clock)
    tickets = [ticket(tenant, priority, fresh=fresh, deadline=30.0) for tenant, priority, fresh in comers]
    for one in tickets:
        queue.join(one)
    clock.time = 5.5
    places = {one: queue.place(one) for one in tickets}
    assert sorted(place for place, _ in places.values()) == list(range(1, len(tickets) + 1))
    assert {of for _, of in places.values()} == {len(tickets)}
    assert [one.priority for one in sorted(tickets, key=lambda one: places[one])] == sorted(p for _, p, _ in comers)
    position, of = queue.place(ticket("new"))
    assert 1 <= position <= of == len(tickets) + 1


def test_the_place_of_one_tenant_is_the_order_of_service():
    """Where one tenant waits alone, everybody goes at the place that he was told."""
    clock = Clock()
    queue = FairQueue(clock)
    comers = [ticket(fresh=fresh, deadline=40.0) for fresh in (1.0, 50.0, 1.0, 50.0, 50.0)]
    for one in comers:
        queue.join(one)
    clock.time = 35.0
    told = {one: queue.place(one)[0] for one in comers}
    assert [told[one] for one in all_picked(queue)] == [1, 2, 3, 4, 5]


def test_a_light_tenant_stands_before_a_heavy_one():
    """The first ticket of a tenant that seldom asks is told a place near the front, however many another has waiting."""
    queue = FairQueue(Clock())
    for _ in range(200):
        queue.join(ticket("heavy"))
    for _ in range(50):
        picked(queue)
    place, of = queue.place(ticket("light"))
    assert (place, of) == (1, 151)
