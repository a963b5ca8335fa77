"""Refusing early what could not be served in time anyway."""

from hypothesis import given
from hypothesis import strategies as st
from replayed import Clock
from tickets import A, B, ticket

from sanspanne.admission.priority import Priority
from sanspanne.admission.queue.shedding import Shedding
from sanspanne.admission.ticket import Ticket
from sanspanne.chat import Target


def served(shedding: Shedding, clock: Clock, wait: float, windows: int) -> None:
    """In each of so many windows somebody begins at A who waited so long."""
    for _ in range(windows):
        shedding.let_in(ticket(arrived=clock.time - wait, deadline=40.0), A)
        clock.time += 1.0
        shedding.level(A)


def asker(number: int, priority: Priority, targets: tuple[Target, ...] = (A,)) -> Ticket:
    return ticket(f"tenant{number}", priority, targets=targets, deadline=40.0)


def admitted(shedding: Shedding, priority: Priority) -> int:
    """Of a hundred tenants."""
    return sum(shedding.admits(asker(number, priority)) for number in range(100))


def test_everybody_may_wait_while_waits_are_short():
    """Nobody is refused where those who are let in have waited for less than a second."""
    clock = Clock()
    shedding = Shedding(clock)
    served(shedding, clock, 0.9, 50)
    assert [admitted(shedding, priority) for priority in Priority] == [100] * 4


def test_the_lowest_class_is_refused_first():
    """While waits stay long the level falls by 5 % a second: batch goes, then agents, interactive tenants never."""
    clock = Clock()
    shedding = Shedding(clock)
    served(shedding, clock, 2.0, 4)
    assert abs(shedding.level(A) - 0.8) < 1e-9
    assert 40 <= admitted(shedding, Priority.BATCH) <= 80
    assert admitted(shedding, Priority.AGENT) == 100
    served(shedding, clock, 2.0, 12)
    assert admitted(shedding, Priority.BATCH) == 0
    assert 0 < admitted(shedding, Priority.AGENT) < 80
    served(shedding, clock, 2.0, 30)
    assert [admitted(shedding, priority) for priority in Priority] == [100, 100, 0, 0]


def test_the_level_comes_back_by_time():
    """Once waits are short, or nobody is let in at all, it rises by 1 % a second and no higher than 1."""
    clock = Clock()
    shedding = Shedding(clock)
    served(shedding, clock, 2.0, 10)
    assert abs(shedding.level(A) - 0.5) < 1e-9
    served(shedding, clock, 0.0, 10)
    assert abs(shedding.level(A) - 0.6) < 1e-9
    clock.time += 1000.0
    assert shedding.level(A) == 1.0


def test_the_other_target_is_not_concerned():
    """Who could be served by a target with short waits too is let in."""
    clock = Clock()
    shedding = Shedding(clock)
    served(shedding, clock, 3.0, 40)
    assert shedding.level(B) == 1.0
    assert not shedding.admits(asker(1, Priority.BATCH))
    assert shedding.admits(asker(1, Priority.BATCH, (A, B)))


@given(st.integers(0, 1000), st.integers(0, 30))
def test_a_tenant_is_refused_as_a_whole(number, windows):
    """At one time all requests of a tenant in one class meet the same answer, and who may come at a level may at each higher."""
    clock = Clock()
    shedding = Shedding(clock)
    may = []
    for _ in range(windows):
        served(shedding, clock, 2.0, 1)
        may.append(shedding.admits(asker(number, Priority.BATCH)))
        assert shedding.admits(asker(number, Priority.BATCH)) is may[-1]
    assert may == sorted(may, reverse=True)


def test_a_kept_question_is_never_refused_and_tells_nothing():
    """Who wants to wait for hours does, and that he waited is no sign of overload."""
    clock = Clock(10_000.0)
    shedding = Shedding(clock)
    for _ in range(30):
        shedding.let_in(ticket(priority=Priority.BATCH), A)
        clock.time += 1.0
    assert shedding.level(A) == 1.0
    served(shedding, clock, 3.0, 40)
    assert shedding.admits(ticket("kept", Priority.BATCH))


def test_other_tenants_are_refused_in_the_next_hour():
    """The hash changes from hour to hour, so that it is not always the same who are refused."""
    clock = Clock()
    shedding = Shedding(clock)
    refused = []
    for hour in range(2):
        clock.time = 3600.0 * hour + 100
        served(shedding, clock, 2.0, 5)
        refused.append({number for number in range(100) if not shedding.admits(asker(number, Priority.BATCH))})
    assert refused[0] - refused[1]
    assert refused[1] - refused[0]


def test_targets_are_forgotten_once_they_carry_all():
    """However many targets are named, only so many are remembered."""
    clock = Clock()
    shedding = Shedding(clock)
    for number in range(3000):
        shedding.let_in(ticket(deadline=40.0), Target("a", str(number)))
    assert len(shedding._levels) <= 1001
