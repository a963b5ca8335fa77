"""Facts and who is told them."""

from __future__ import annotations

import logging

import pytest

from sanspanne.hooks import KINDS, REQUESTS, AnswerBegun, AttemptBegun, Fact, Hooks, Notice

BEGUN = AnswerBegun("ans_1", "req_1", "app", "openai_chat", "gpt")
TRIED = AttemptBegun("ans_1", 1, "a/m", 10)
NOTICE = Notice("the key was refused")


class Ears:
    """Remembers what it was told; `deaf` ones fail."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.heard: list[Fact] = []
        self._deaf = deaf

    def observe(self, fact: Fact) -> None:
        if self._deaf:
            raise ValueError("cannot hear")
        self.heard.append(fact)


def tell(hooks: Hooks) -> None:
    for fact in (BEGUN, TRIED, NOTICE):
        hooks.tell(fact)


def test_who_names_no_kind_is_told_everything() -> None:
    """Observers that name no kinds hear all facts, in their order, be they there from the beginning or added."""
    first, later = Ears(), Ears()
    hooks = Hooks([first])
    hooks.add(later)
    tell(hooks)
    assert first.heard == later.heard == [BEGUN, TRIED, NOTICE]


def test_who_names_kinds_is_told_these_alone() -> None:
    """An observer that names its kinds hears facts of these, and no others."""
    hooks, ears, clerk = Hooks(), Ears(), Ears()
    hooks.add(ears, AttemptBegun, Notice)
    hooks.add(clerk, *REQUESTS)
    tell(hooks)
    assert ears.heard == [TRIED, NOTICE]
    assert clerk.heard == [BEGUN, TRIED]


def test_one_that_fails_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """An observer that raises is reported by the fact's kind, and those behind it are told all the same."""
    ears = Ears()
    with caplog.at_level(logging.ERROR):
        tell(Hooks([Ears(deaf=True), ears]))
    assert ears.heard == [BEGUN, TRIED, NOTICE]
    assert [record.getMessage() for record in caplog.records] == [
        f"an observer failed on {kind}" for kind in ("AnswerBegun", "AttemptBegun", "Notice")
    ]


def test_every_kind_of_a_request_is_a_kind() -> None:
    """What is told of every request are facts like all others."""
    assert set(REQUESTS) < set(KINDS)
