"""What an attempt tells of itself, while it runs and when it is over."""

from __future__ import annotations

from msgspec import Struct

from sanspanne.chat import Frame, ResumePoint, Usage


class Report(Struct):
    """What an attempt has seen so far; whole when it has ended. Times in seconds."""

    first_token: float | None = None
    longest_gap: float = 0.0
    status: int | None = None
    usage: Usage | None = None
    omitted: tuple[str, ...] = ()  # fields that the target's dialect cannot carry
    left_out: tuple[str, ...] = ()  # what was left out before, to make the request fit
    given_up: str = ""  # why we stopped listening, if it was not the caller who left
    resume: ResumePoint | None = None  # where the same target can go on with an answer that broke after its first word
    held: list[Frame] = []  # what others had held back of it by then
