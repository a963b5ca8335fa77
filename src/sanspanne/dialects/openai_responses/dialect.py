"""The dialect itself, towards providers; callers do not speak it to us yet."""

from __future__ import annotations

from typing import Final

from sanspanne.chat import ChatRequest, Frame, ResumePoint
from sanspanne.dialects.base import Written
from sanspanne.dialects.openai_responses.answer_in import read_answer
from sanspanne.dialects.openai_responses.errors import read_error
from sanspanne.dialects.openai_responses.request_out import write_request
from sanspanne.dialects.openai_responses.schema import NAME
from sanspanne.dialects.openai_responses.stream_in import Reader
from sanspanne.errors import WireError


class OpenAIResponses:
    """The upstream half of the dialect."""

    name = NAME

    def write_request(self, request: ChatRequest, model: str) -> Written:
        """The body of `POST /v1/responses`."""
        return write_request(request, model)

    def reader(self, point: ResumePoint | None = None) -> Reader:
        """A reader for one streamed answer, or for the rest of one that was read up to `point`."""
        return Reader(point)

    def read_answer(self, body: bytes) -> Frame:
        """The body of an answer in one piece."""
        return read_answer(body)

    def read_error(self, status: int, body: bytes) -> WireError:
        """OpenAI's error object, in a body or in an event."""
        return read_error(status, body)


OPENAI_RESPONSES: Final = OpenAIResponses()
