"""How an answer stands."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """`broken` began and did not end, `refused` never began, `left` was given up by its callers.

    `expired`: nobody could answer as long as the question was kept.
    """

    RUNNING = "running"
    WHOLE = "whole"
    BROKEN = "broken"
    REFUSED = "refused"
    LEFT = "left"
    EXPIRED = "expired"
