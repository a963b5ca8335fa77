"""What another attempt says, made the continuation of an answer that has begun.

    waiting    nothing passes: the place where it joins what was said is not found yet
    joined     first the seam, then what follows; one beginning, one list of sources, summed usage
    lost       `LostPlace`: it does not go on with this answer, and the caller has seen nothing of it

The frames have no raw bytes: ids, indexes and the first upstream's model stay those of the one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from sanspanne.chat import (
    Begun,
    Cited,
    Ended,
    Event,
    Frame,
    RefusalDelta,
    Seam,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Usage,
    UsageSeen,
)
from sanspanne.errors import ContentRefused
from sanspanne.stitch.joint import Joint
from sanspanne.stitch.lost import Declined, LostPlace
from sanspanne.tokens import estimated_tokens

DECLINED = frozenset({StopReason.REFUSAL, StopReason.FILTERED})


class Rules(Struct, frozen=True):
    """What passes besides text. `own`: the same generation goes on, so that its thoughts, refusals and counts are this answer's."""

    own: bool = False
    sources: bool = True  # its sources; False where the answer has named some already
    may_be_empty: bool = True  # the answer may have been at its end when it broke
    prompt: int = 0  # tokens of its prompt, estimated: they count if it never tells its usage


class Splice:
    """One takeover's frames. `seam` is completed at the join; `before` is the usage of what came before it."""

    def __init__(self, joint: Joint, seam: Seam, before: Usage, rules: Rules) -> None:
        self._joint = joint
        self._seam = seam
        self._before = before
        self._rules = rules
        self._usage: Usage | None = None
        self._text_said: list[str] = []
        self.seam: Seam | None = None

    @property
    def joined(self) -> bool:
        """Whether something of it has passed."""
        return self.seam is not None

    def frames(self, batch: Iterable[Frame]) -> list[Frame]:
        """What of these frames goes on to the caller. Raises `LostPlace` while nothing has, `ContentRefused` later."""
        passed = [(frame.dialect, tuple(self._events(frame.events))) for frame in batch]
        return [Frame(dialect, b"", events) for dialect, events in passed if events]

    def _events(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            match event:
                case TextDelta(text=text):
                    self._text_said.append(text)
                    yield from self._text(self._joint.feed(text))
                case Begun():
                    pass
                case UsageSeen(usage=usage):
                    self._usage = usage if self._rules.own else summed(self._before, usage)
                    if self.joined:
                        yield UsageSeen(self._usage)
                case ThinkingDelta() | RefusalDelta() if not self._rules.own:
                    self._heed(event)
                case Cited(citations=citations, choice=choice) if not self._rules.own:
                    if self._rules.sources:  # their places count from the beginning of another text
                        yield Cited(tuple(replace(one, start=None, end=None) for one in citations), choice)
                case _:
                    yield from self._close(event)
                    if isinstance(event, Ended):
                        yield from self._untold()
                    yield event

    def _text(self, text: str) -> Iterator[Event]:
        if text:
            yield from self._join()
            yield TextDelta(text)

    def _heed(self, event: Event) -> None:
        """Another's thoughts are passed over; another's refusal is not this answer's end."""
        if isinstance(event, RefusalDelta):
            raise self._declined()

    def _close(self, event: Event) -> Iterator[Event]:
        """Something other than text comes: if no text has joined yet, none will."""
        if self.joined:
            return
        if isinstance(event, Stopped) and event.stop.reason in DECLINED and not self._rules.own:
            raise self._declined()
        text = self._joint.close()
        if not text and isinstance(event, Stopped) and not self._rules.may_be_empty:
            raise LostPlace("the target had nothing to add to an unfinished sentence")
        yield from self._text(text)
        yield from self._join()

    def _join(self) -> Iterator[Event]:
        if self.seam is None:
            self.seam = replace(self._seam, exact=self._joint.exact)
            yield self.seam
            if self._usage is not None:
                yield UsageSeen(self._usage)

    def _untold(self) -> Iterator[Event]:
        """The sum with an estimate of this part, where the target has never told its usage: half a sum would be wrong."""
        if self._usage is None and not self._rules.own:
            part = Usage(self._rules.prompt, estimated_tokens("".join(self._text_said)))
            yield UsageSeen(summed(self._before, part))

    def _declined(self) -> Exception:
        if self.joined:
            return ContentRefused(f"{self._seam.after} declined to go on", target=self._seam.after, reason="declined")
        return Declined("the target declined to go on")


class Straight:
    """The same generation goes on: what comes is what follows."""

    joined = exact = True

    def feed(self, text: str) -> str:
        """All of it."""
        return text

    def close(self) -> str:
        """Nothing is held."""
        return ""


class Afresh:
    """The answer begins again, after a note that says so."""

    exact = False

    def __init__(self, note: str) -> None:
        self._note = note
        self.joined = False

    def feed(self, text: str) -> str:
        """The note before the first word, and all of the text."""
        if not text or self.joined:
            return text
        self.joined = True
        return self._note + text

    def close(self) -> str:
        """The note, if no word has come: an answer may begin with the call of a tool."""
        return "" if self.joined else self._note


def summed(one: Usage, other: Usage) -> Usage:
    """The tokens of both."""
    return Usage(
        one.input + other.input,
        one.output + other.output,
        one.cached + other.cached,
        one.cache_written + other.cache_written,
        one.reasoning + other.reasoning,
    )
