"""Whether an answer is complete.

    complete = every choice has stopped for a reason that is an ending
               and the terminal marker came
               and nothing but white space came after it
               and no piece was lost on the way
               and something was said (a tool call or a refusal is something; so is running into the limit of tokens)

Everything else is a broken answer, however politely it ended: `[DONE]` after an error, an end of file, a STOP without a
word. An empty answer that stopped by itself is taken for whole only if the caller had set stop sequences, or if it goes on with
an answer that has begun (the rest of one that broke off, or of an unfinished message): nothing but the end may be missing.
"""

from __future__ import annotations

from collections.abc import Iterable

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Damaged,
    Ended,
    Event,
    Failed,
    Frame,
    RefusalDelta,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
    UsageSeen,
    says_something,
)
from sanspanne.errors import WireError

_MAY_BE_EMPTY = frozenset(
    {StopReason.LENGTH, StopReason.REFUSAL, StopReason.FILTERED, StopReason.CONTEXT_FULL, StopReason.PAUSE}
)

DENSE = "\u2e80"  # Chinese, Japanese and Korean begin here


class Completeness:
    """Follows the events of one answer and judges it at its end.

    `characters` counts what it has said; `dense` those of pieces that begin in a script with more tokens to the character.
    """

    def __init__(self, request: ChatRequest, *, is_rest: bool = False) -> None:
        self._choices = max(1, request.n)
        goes_on = bool(request.messages) and request.messages[-1].role == "assistant"
        self._empty_is_fine = bool(request.stop) or is_rest or goes_on
        self._stopped: dict[int, StopReason] = {}
        self._ended = False
        self.said = False
        self.characters = 0
        self.dense = 0
        self.failed: WireError | None = None
        self.damage: str | None = None
        self.usage: Usage | None = None
        self.model = ""

    @property
    def closing(self) -> bool:
        """Every choice has stopped: what follows is held back until the upstream's stream has ended."""
        return len(self._stopped) >= self._choices

    @property
    def declined(self) -> bool:
        """A choice has stopped by the provider's policy."""
        return any(reason in (StopReason.REFUSAL, StopReason.FILTERED) for reason in self._stopped.values())

    @property
    def ended(self) -> bool:
        """The terminal marker has come."""
        return self._ended

    def see(self, frames: Iterable[Frame]) -> None:
        """Take note of more frames."""
        for frame in frames:
            for event in frame.events:
                if type(event) is TextDelta and self.said:  # nearly every event of every answer: no call for it
                    text = event.text
                    self.characters += len(text)
                    if text >= DENSE:
                        self.dense += len(text)
                    continue
                self._see(event)

    def _see(self, event: Event) -> None:
        match event:
            case Stopped(stop=stop, choice=choice):
                self._stopped[choice] = stop.reason
            case Ended():
                self._ended = True
            case Failed(error=error):
                self.failed = self.failed or error
            case Damaged(detail=detail):
                self.damage = self.damage or detail
            case UsageSeen(usage=usage):
                self.usage = usage
            case Begun(model=model):
                self.model = model
            case _:
                self.said = self.said or says_something(event)
                self._count(event)

    def _count(self, event: Event) -> None:
        match event:
            case (
                TextDelta(text=text)
                | ThinkingDelta(text=text)
                | RefusalDelta(text=text)
                | ToolCallDelta(arguments=text)
            ):
                self.characters += len(text)
                if text >= DENSE:  # compares the first character: the same cost for any piece
                    self.dense += len(text)

    def flaw(self) -> str | None:
        """Why the answer is not complete, as the end of a sentence ("the answer ..."); None if it is."""
        if self.damage:
            return f"has a piece that could not be read ({self.damage})"
        if not self.closing:
            return "ended without a reason to stop" if self._ended else "broke off"
        if not self._ended:
            return "stopped, but its end marker never came"
        if not self.said and not self._may_be_empty():
            return "stopped without a word"
        return None

    def _may_be_empty(self) -> bool:
        return self._empty_is_fine or all(reason in _MAY_BE_EMPTY for reason in self._stopped.values())
