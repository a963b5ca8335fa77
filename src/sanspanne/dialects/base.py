"""What a dialect is: one wire format, read and written in both directions, to and from `chat` only.

    caller --body--> read_request --> ChatRequest --> write_request --fields--> provider
    caller <--bytes-- StreamWriter <-- Frame, Event <-- StreamReader <--bytes-- provider
    caller <--body--- write_answer <-- events  <------- read_answer  <--body--- provider
    caller <--body--- write_error  <-- CallerError       WireError <-- read_error <--body--- provider

No dialect knows another. Where caller and target speak the same dialect, `write_request` gives back the caller's own fields
and a `StreamWriter` passes the raw bytes of the frames on, so that fields which we do not know survive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from sanspanne.chat import ChatRequest, Event, Frame
from sanspanne.errors import CallerError, WireError


class Written(Struct, frozen=True):
    """A request in a dialect: JSON-able `fields`, and the caller's fields that could not be carried (`omitted`)."""

    fields: dict[str, Any]
    omitted: tuple[str, ...] = ()


class Identity(Struct, frozen=True):
    """What an answer is called towards the caller when the upstream's own bytes are not passed on."""

    id: str
    model: str
    created: int


class StreamReader(Protocol):
    """Reads one upstream's streamed answer, in pieces of any size."""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes. Never raises: what cannot be read is a `Failed` or `Damaged` event."""
        ...

    def close(self) -> list[Frame]:
        """The upstream's stream has ended cleanly: the frames that only the end could complete."""
        ...


class StreamWriter(Protocol):
    """Writes one streamed answer towards one caller."""

    def pieces(self, frames: Iterable[Frame]) -> list[bytes]:
        """What `write` joins: one event each, with the blank line that ends it and no `id` line in it, or one comment."""
        ...

    def write(self, frames: Iterable[Frame]) -> bytes:
        """The bytes for these frames, raw where the dialects agree; may be empty."""
        ...

    def fail(self, error: CallerError) -> bytes:
        """An honest end of an answer that broke: an error in the stream, never the terminal marker of success."""
        ...

    def comment(self, text: str) -> bytes:
        """A line that strict clients ignore: it keeps the connection alive and says what we do.

        No blank line follows it: once they have seen an id, some clients (OpenAI's) take every blank line for the end of an
        event, and fail on one that has no data.
        """
        ...


class UpstreamDialect(Protocol):
    """One wire format as providers speak it: what we write to them and read from them."""

    name: str

    def write_request(self, request: ChatRequest, model: str) -> Written:
        """The request for a target's `model`; the caller's own fields if he speaks this dialect."""
        ...

    def reader(self) -> StreamReader:
        """A reader for one streamed answer."""
        ...

    def read_answer(self, body: bytes) -> Frame:
        """A whole JSON answer, as one frame that ends with `Ended`, or with `Failed` if the body is no answer."""
        ...

    def read_error(self, status: int, body: bytes) -> WireError:
        """A provider's error body, whatever it is (JSON, a list, HTML, nothing)."""
        ...


class Dialect(UpstreamDialect, Protocol):
    """One wire format, both ways. `name` is its name in configuration, logs and `Frame.dialect`."""

    def read_request(self, body: bytes, headers: Mapping[str, str]) -> ChatRequest:
        """The caller's request. Raises `CallerError` (400) that names the field, what was expected, and an example."""
        ...

    def writer(self, request: ChatRequest, identity: Identity) -> StreamWriter:
        """A writer for one streamed answer to `request`."""
        ...

    def write_answer(self, events: Iterable[Event], request: ChatRequest, identity: Identity) -> bytes:
        """The JSON body of a whole answer, made from its events."""
        ...

    def write_error(self, error: CallerError, request_id: str) -> bytes:
        """The JSON body that makes the official SDK of this dialect raise the right class."""
        ...

    def media_type(self) -> str:
        """The content type of a streamed answer."""
        ...
