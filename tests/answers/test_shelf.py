"""The shelf of answers that can be followed again."""

from sanspanne.answers.route import Caller
from sanspanne.answers.shelf import Shelf
from sanspanne.answers.state import State


class Question:
    idempotency_key = None


class Answer:
    """An answer that counts how often it is looked at."""

    def __init__(self, name, state):
        self.id, self.name, self.size = name, "", 10
        self.caller, self.question = Caller("alice"), Question()
        self._state, self.looks = state, 0

    @property
    def state(self):
        self.looks += 1
        return self._state


def test_a_new_answer_costs_the_same_however_many_are_kept():
    """To admit an answer, those that have ended are not looked through: thousands of them may be kept."""
    shelf = Shelf(600.0, 10_000, lambda: 0.0)
    kept, running = [Answer(f"ans_{number}", State.WHOLE) for number in range(100)], Answer("ans_r", State.RUNNING)
    for answer in (*kept, running):
        shelf.put(answer)
    for answer in kept:
        shelf.ended(answer)
        answer.looks = 0
    shelf.admit(5)
    assert shelf.running == [running]
    assert not any(answer.looks for answer in kept)
    shelf.ended(running)
    assert shelf.running == []
    assert shelf.find("alice", "ans_r") is running
