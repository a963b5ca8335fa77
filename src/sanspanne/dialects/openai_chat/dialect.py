"""The dialect itself: the parts of this package under the names of `dialects/base.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sanspanne.chat import ChatRequest, Event, Frame
from sanspanne.dialects.base import Dialect, Identity, StreamReader, StreamWriter, Written
from sanspanne.dialects.openai_chat.answer_in import AnswerReader
from sanspanne.dialects.openai_chat.answer_out import write_answer
from sanspanne.dialects.openai_chat.errors import read_error, write_error
from sanspanne.dialects.openai_chat.request_in import read_request
from sanspanne.dialects.openai_chat.request_out import write_request
from sanspanne.dialects.openai_chat.schema import NAME
from sanspanne.dialects.openai_chat.stream_in import Reader
from sanspanne.dialects.openai_chat.stream_out import Writer
from sanspanne.dialects.surrogates import read_leniently
from sanspanne.errors import CallerError, WireError


class OpenAIChat:
    """OpenAI Chat Completions."""

    name = NAME

    def read_request(self, body: bytes, headers: Mapping[str, str]) -> ChatRequest:
        """See `Dialect.read_request`."""
        return read_leniently(lambda body: read_request(body, headers), body)

    def write_request(self, request: ChatRequest, model: str) -> Written:
        """See `Dialect.write_request`."""
        return write_request(request, model)

    def reader(self) -> StreamReader:
        """See `Dialect.reader`."""
        return Reader()

    def read_answer(self, body: bytes) -> Frame:
        """See `Dialect.read_answer`."""
        return AnswerReader().read(body)

    def writer(self, request: ChatRequest, identity: Identity) -> StreamWriter:
        """See `Dialect.writer`."""
        return Writer(request, identity)

    def write_answer(self, events: Iterable[Event], request: ChatRequest, identity: Identity) -> bytes:
        """See `Dialect.write_answer`."""
        del request
        return write_answer(events, identity)

    def read_error(self, status: int, body: bytes) -> WireError:
        """See `Dialect.read_error`."""
        return read_error(status, body)

    def write_error(self, error: CallerError, request_id: str) -> bytes:
        """See `Dialect.write_error`."""
        return write_error(error, request_id)

    def media_type(self) -> str:
        """See `Dialect.media_type`."""
        return "text/event-stream"


OPENAI_CHAT: Final[Dialect] = OpenAIChat()
