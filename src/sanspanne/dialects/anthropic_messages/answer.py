"""A whole answer in one JSON body, read and written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from sanspanne.chat import (
    Begun,
    Earlier,
    Ended,
    Event,
    Failed,
    Frame,
    UsageSeen,
)
from sanspanne.dialects.anthropic_messages.blocks_in import BlockReader
from sanspanne.dialects.anthropic_messages.errors import read_error
from sanspanne.dialects.anthropic_messages.parts_out import tool_input
from sanspanne.dialects.anthropic_messages.schema import NAME, MessageOut
from sanspanne.dialects.anthropic_messages.stop import read_stop, read_usage
from sanspanne.dialects.anthropic_messages.translation import Translation
from sanspanne.dialects.base import Identity
from sanspanne.dialects.seams import earlier_object
from sanspanne.errors import WireError

_MESSAGE = msgspec.json.Decoder(MessageOut)


def read_answer(body: bytes) -> Frame:
    """A whole answer, as one frame that ends with `Ended`, or with `Failed` if the body is no answer."""
    try:
        message = _MESSAGE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _no_answer(body, str(error))
    if message.type != "message" or message.stop_reason is None:
        return _no_answer(body, "it has no stop_reason" if message.type == "message" else "it is no message")
    reader = BlockReader()
    events: list[Event] = [Begun(message.id, message.model)]
    for block in message.content:
        events += reader.events(block)
    stop = read_stop(message.stop_reason, message.stop_sequence)
    events += [UsageSeen(read_usage(message.usage)), stop]
    if not isinstance(stop, Failed):
        events.append(Ended())
    return Frame(NAME, body, tuple(events))


def _no_answer(body: bytes, why: str) -> Frame:
    error = read_error(200, body)
    if error.type in (None, "message"):
        text = error.text or body[:8000].decode("utf-8", "replace")[:2000]
        error = WireError(200, type="not_an_answer", message=error.message or f"No answer: {why}.", text=text)
    return Frame(NAME, body, (Failed(error),))


def write_answer(events: Iterable[Event], identity: Identity) -> bytes:
    """The JSON body of a whole answer, made from its events (up to `Ended`): what a client gathers from their stream."""
    translation = Translation(identity)
    message: dict[str, Any] = {}
    pieces: list[str] = []
    for event in events:
        if isinstance(event, Earlier):
            message["sanspanne"] = earlier_object(event)
        for wire in translation.events(event):
            _gather(message, pieces, wire)
    return msgspec.json.encode(message)


def _gather(message: dict[str, Any], pieces: list[str], wire: dict[str, Any]) -> None:
    match wire["type"]:
        case "message_start":
            message.update(wire["message"])
        case "content_block_start":
            message["content"].append(wire["content_block"])
        case "content_block_delta":
            _extend(message["content"][-1], pieces, wire["delta"])
        case "content_block_stop" if pieces:
            _fill(message["content"][-1], "".join(pieces))
            pieces.clear()
        case "message_delta":
            message.update(wire["delta"])
            message["usage"].update(wire["usage"])


def _extend(block: dict[str, Any], pieces: list[str], delta: dict[str, Any]) -> None:
    match delta["type"]:
        case "citations_delta":
            block["citations"].append(delta["citation"])
        case "signature_delta":
            block["signature"] = delta["signature"]
        case _:
            pieces.append(delta.get("text") or delta.get("thinking") or delta.get("partial_json") or "")


def _fill(block: dict[str, Any], text: str) -> None:
    if block["type"] == "tool_use":
        block["input"] = tool_input(text)
    else:
        block[block["type"]] = text  # `text` or `thinking`, each named as its block is
