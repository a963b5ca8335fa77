"""What an answer has said so far: the state from which another target can go on.

It sees every batch that goes to the caller, so it does as little as it can: pieces of text are kept as they came and joined
when somebody asks. What can never be continued is noted with the word for it:

    n, logprobs, schema         by the request: other choices, other numbers, half a JSON document
    tool_call, refusal          by what was said: a call or a refusal is one model's own, whole or not at all
"""

from __future__ import annotations

from collections.abc import Iterable

from sanspanne.chat import (
    ChatRequest,
    Cited,
    Event,
    Frame,
    RefusalDelta,
    Seam,
    Stopped,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)

MANY = 1024  # pieces that are joined at once, so that a long answer is not kept as a great many small strings


class Said:
    """Follows one answer to `request` as its caller gets it. `bar` names why it cannot be continued, None while it can."""

    def __init__(self, request: ChatRequest) -> None:
        self._pieces: list[str] = []
        self._other = False
        self.bar: str | None = _bar(request)
        self.cited = False
        self.stopped = False
        self.usage: Usage | None = None
        self.seams: list[Seam] = []

    def see(self, batch: Iterable[Frame]) -> None:
        """Take note of frames that go to the caller."""
        pieces = self._pieces
        for frame in batch:
            for event in frame.events:
                if type(event) is TextDelta:  # nearly every event of every answer
                    pieces.append(event.text)
                else:
                    self._note(event)
        if len(pieces) > MANY:
            self._pieces = ["".join(pieces)]

    @property
    def text(self) -> str:
        """The text, as delivered."""
        if len(self._pieces) != 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    @property
    def begun(self) -> bool:
        """Whether anything was said: until then nothing has been promised."""
        return self._other or any(self._pieces)

    def _note(self, event: Event) -> None:
        match event:
            case ThinkingDelta():
                self._other = True
            case ToolCallBegun() | ToolCallDelta():
                self._other, self.bar = True, self.bar or "tool_call"
            case RefusalDelta():
                self._other, self.bar = True, self.bar or "refusal"
            case Cited():
                self.cited = True
            case UsageSeen(usage=usage):
                self.usage = usage
            case Stopped():
                self.stopped = True
            case Seam():
                self.seams.append(event)


def _bar(request: ChatRequest) -> str | None:
    if request.n > 1:
        return "n"
    if request.logprobs:
        return "logprobs"
    return "schema" if request.output is not None else None
