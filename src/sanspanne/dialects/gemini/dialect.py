"""Gemini's wire format towards providers; callers do not speak it to us yet.

The model and the wish to stream stand in the address of a call, not in its body: the provider file builds the address.
"""

from __future__ import annotations

from sanspanne.chat import ChatRequest, Frame
from sanspanne.dialects.base import StreamReader, Written
from sanspanne.dialects.gemini.answer import read_answer
from sanspanne.dialects.gemini.errors import read_error
from sanspanne.dialects.gemini.request import write_request
from sanspanne.dialects.gemini.stream import GeminiReader
from sanspanne.errors import WireError


class GeminiDialect:
    """The upstream half of the dialect."""

    name = "gemini"

    def write_request(self, request: ChatRequest, model: str) -> Written:
        """The body of a generateContent call."""
        return write_request(request, model)

    def reader(self) -> StreamReader:
        """A reader for `streamGenerateContent`, with or without `alt=sse`."""
        return GeminiReader()

    def read_answer(self, body: bytes) -> Frame:
        """The body of a `generateContent` answer."""
        return read_answer(body)

    def read_error(self, status: int, body: bytes) -> WireError:
        """Google's error object, alone or in a list."""
        return read_error(status, body)


GEMINI = GeminiDialect()
