"""Anthropic Messages as a dialect: the pieces of this package behind the common interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sanspanne.chat import ChatRequest, Event, Frame
from sanspanne.dialects.anthropic_messages.answer import read_answer, write_answer
from sanspanne.dialects.anthropic_messages.errors import read_error, write_error
from sanspanne.dialects.anthropic_messages.request_in import read_request
from sanspanne.dialects.anthropic_messages.request_out import write_request
from sanspanne.dialects.anthropic_messages.schema import NAME
from sanspanne.dialects.anthropic_messages.stream_in import StreamReader
from sanspanne.dialects.anthropic_messages.stream_out import StreamWriter
from sanspanne.dialects.base import Identity, Written
from sanspanne.dialects.surrogates import read_leniently
from sanspanne.errors import CallerError, WireError


class AnthropicMessages:
    """The wire format of `/v1/messages`."""

    name = NAME

    def read_request(self, body: bytes, headers: Mapping[str, str]) -> ChatRequest:
        """The caller's request. Raises `CallerError` (400) that names the field, what was expected, and an example."""
        return read_leniently(lambda body: read_request(body, headers), body)

    def write_request(self, request: ChatRequest, model: str) -> Written:
        """The request for a target's `model`; the caller's own fields if he speaks this dialect."""
        return write_request(request, model)

    def reader(self) -> StreamReader:
        """A reader for one streamed answer."""
        return StreamReader()

    def read_answer(self, body: bytes) -> Frame:
        """A whole JSON answer, as one frame that ends with `Ended`, or with `Failed` if the body is no answer."""
        return read_answer(body)

    def writer(self, request: ChatRequest, identity: Identity) -> StreamWriter:
        """A writer for one streamed answer."""
        del request  # nothing in it changes how this dialect streams
        return StreamWriter(identity)

    def write_answer(self, events: Iterable[Event], request: ChatRequest, identity: Identity) -> bytes:
        """The JSON body of a whole answer, made from its events."""
        del request
        return write_answer(events, identity)

    def read_error(self, status: int, body: bytes) -> WireError:
        """A provider's error body, whatever it is (JSON, a list, HTML, nothing)."""
        return read_error(status, body)

    def write_error(self, error: CallerError, request_id: str) -> bytes:
        """The JSON body that makes the official SDK raise the right class."""
        return write_error(error, request_id)

    def media_type(self) -> str:
        """The content type of a streamed answer."""
        return "text/event-stream; charset=utf-8"


def write_count(tokens: int) -> bytes:
    """The JSON body that answers `/v1/messages/count_tokens`."""
    return b'{"input_tokens":%d}' % tokens
