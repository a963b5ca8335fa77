"""A provider's whole answer, read.

A provider whose answers have fields of their own subclasses `AnswerReader`, as it does with the stream's `Reader`.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec.structs import replace

from sanspanne.chat import Ended, Event, Failed, Frame, UsageSeen
from sanspanne.dialects.openai_chat.errors import broken_answer, read_error, says_error
from sanspanne.dialects.openai_chat.events_in import ChoiceIn, begun, ending, read_usage
from sanspanne.dialects.openai_chat.schema import NAME, Answer, AnswerChoice
from sanspanne.errors import WireError


class AnswerReader:
    """Reads whole answers. An answer that failed has no raw bytes: nothing of it is passed on."""

    decoder: ClassVar[msgspec.json.Decoder[Answer]] = msgspec.json.Decoder(Answer)

    def read(self, body: bytes) -> Frame:
        """The answer as one frame that ends with `Ended`, or holds only `Failed`."""
        try:
            body.decode()
            answer = self.decoder.decode(body)
        except (ValueError, RecursionError):  # DecodeError and UnicodeDecodeError are both ValueErrors
            return _failure(read_error(200, body), "is no JSON object of an answer.")
        if answer.error or not answer.choices:
            return _failure(read_error(200, body), "has no choices.")
        events = self.events_of(answer)
        failed = next((event for event in events if isinstance(event, Failed)), None)
        return Frame(NAME, b"", (failed,)) if failed else Frame(NAME, body, (*events, Ended()))

    def events_of(self, answer: Answer) -> list[Event]:
        """What an answer says, up to its last `Stopped`. The hook for providers whose answers say more."""
        events: list[Event] = [begun(answer)]
        for choice in answer.choices or ():
            events += _said(choice, str(answer.id or ""))
        if answer.usage is not None:
            events.append(UsageSeen(read_usage(answer.usage)))
        for choice in answer.choices or ():
            if choice.error or choice.finish_reason:
                events.append(ending(choice.finish_reason, choice.error, choice.index))
        return events


def _said(choice: AnswerChoice, answer_id: str) -> list[Event]:
    if choice.message is None:
        return []
    return ChoiceIn(choice.index, answer_id).read(choice.message, choice.logprobs)


def _failure(error: WireError, detail: str) -> Frame:
    if says_error(error):
        return Frame(NAME, b"", (Failed(error),))
    broken = broken_answer(detail)
    return Frame(NAME, b"", (Failed(replace(broken, text=error.text)),))
