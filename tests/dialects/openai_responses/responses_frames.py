"""Streams of OpenAI Responses, put down as its reference documents them."""

from __future__ import annotations

from typing import Any

import msgspec

from sanspanne.chat import Event, ResumePoint, TextDelta
from sanspanne.dialects.openai_responses import OPENAI_RESPONSES

# A plain answer, byte for byte.
HELLO = (
    b'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_67c9","object":'
    b'"response","created_at":1741290958,"status":"in_progress","background":false,"error":null,"incomplete_details":null,'
    b'"instructions":"You are a helpful assistant.","max_output_tokens":null,"model":"gpt-4.1-2025-04-14","output":[],'
    b'"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":true,'
    b'"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":'
    b'"disabled","usage":null,"user":null,"metadata":{}}}\n\n'
    b'event: response.in_progress\ndata: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_67c9",'
    b'"object":"response","created_at":1741290958,"status":"in_progress","model":"gpt-4.1-2025-04-14","output":[],'
    b'"parallel_tool_calls":true,"tool_choice":"auto","tools":[]}}\n\n'
    b'event: response.output_item.added\ndata: {"type":"response.output_item.added","sequence_number":2,"output_index":0,'
    b'"item":{"id":"msg_67c9","type":"message","status":"in_progress","role":"assistant","content":[]}}\n\n'
    b'event: response.content_part.added\ndata: {"type":"response.content_part.added","sequence_number":3,"item_id":'
    b'"msg_67c9","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}\n\n'
    b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":4,"item_id":'
    b'"msg_67c9","output_index":0,"content_index":0,"delta":"Hi","logprobs":[],"obfuscation":"x7Kq"}\n\n'
    b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":5,"item_id":'
    b'"msg_67c9","output_index":0,"content_index":0,"delta":" there!","logprobs":[],"obfuscation":"9"}\n\n'
    b'event: response.output_text.done\ndata: {"type":"response.output_text.done","sequence_number":6,"item_id":"msg_67c9",'
    b'"output_index":0,"content_index":0,"text":"Hi there!","logprobs":[]}\n\n'
    b'event: response.content_part.done\ndata: {"type":"response.content_part.done","sequence_number":7,"item_id":'
    b'"msg_67c9","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Hi there!","annotations":[]}}\n\n'
    b'event: response.output_item.done\ndata: {"type":"response.output_item.done","sequence_number":8,"output_index":0,'
    b'"item":{"id":"msg_67c9","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text",'
    b'"text":"Hi there!","annotations":[]}]}}\n\n'
    b'event: response.completed\ndata: {"type":"response.completed","sequence_number":9,"response":{"id":"resp_67c9",'
    b'"object":"response","created_at":1741290958,"status":"completed","error":null,"incomplete_details":null,"model":'
    b'"gpt-4.1-2025-04-14","output":[{"id":"msg_67c9","type":"message","status":"completed","role":"assistant","content":'
    b'[{"type":"output_text","text":"Hi there!","annotations":[]}]}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],'
    b'"usage":{"input_tokens":37,"input_tokens_details":'
    b'{"cached_tokens":8,"cache_write_tokens":0},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":48}}}\n\n'
)

USAGE = {"input_tokens": 3, "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 8}


def response(status: str = "completed", **rest: Any) -> dict[str, Any]:
    """A response object."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 7.0,
        "status": status,
        "model": "gpt-5",
        "output": [],
        **rest,
    }


def event(number: int, type_: str, **rest: Any) -> bytes:
    """One event on the wire."""
    data = msgspec.json.encode({"type": type_, "sequence_number": number, **rest})
    return b"event: %b\ndata: %b\n\n" % (type_.encode(), data)


def stream(*events: dict[str, Any]) -> list[bytes]:
    """Events with their numbers, each as bytes."""
    return [event(number, **said) for number, said in enumerate(events)]


def said(type_: str, delta: str, place: int = 0) -> dict[str, Any]:
    """A delta."""
    return {"type_": f"response.{type_}.delta", "delta": delta, "output_index": place, "item_id": f"i{place}"}


def call(place: int, name: str) -> dict[str, Any]:
    """The beginning of a function call."""
    item = {"type": "function_call", "id": f"fc_{place}", "call_id": f"call_{place}", "name": name, "arguments": ""}
    return {"type_": "response.output_item.added", "output_index": place, "item": item}


# An answer with everything in it that callers are told of.
EVERYTHING = stream(
    {"type_": "response.created", "response": response("queued")},
    {"type_": "response.queued", "response": response("queued")},
    {"type_": "response.in_progress", "response": response("in_progress")},
    {"type_": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "r", "summary": []}},
    {"type_": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 0},
    said("reasoning_summary_text", "Voyons."),
    {"type_": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 1},
    said("reasoning_summary_text", "Bon."),
    {"type_": "response.output_item.added", "output_index": 1, "item": {"type": "message", "id": "m", "content": []}},
    said("output_text", "Ça va \u2028 ", 1),
    said("output_text", "🙂", 1),
    {
        "type_": "response.output_text.annotation.added",
        "annotation": {
            "type": "url_citation",
            "url": "https://a.example",
            "title": "A",
            "start_index": 0,
            "end_index": 2,
        },
    },
    {"type_": "response.output_text.done", "text": "Ça va \u2028 🙂"},
    call(2, "f"),
    said("function_call_arguments", '{"a":', 2),
    said("function_call_arguments", '"é"}', 2),
    {"type_": "response.function_call_arguments.done", "arguments": '{"a":"é"}', "output_index": 2},
    call(3, "g"),
    said("function_call_arguments", "{}", 3),
    {"type_": "response.completed", "response": response(usage=USAGE)},
)


def read(data: bytes, size: int = 1 << 20, point: ResumePoint | None = None) -> list[Event]:
    """All that a stream says, fed in pieces of `size` bytes."""
    reader = OPENAI_RESPONSES.reader(point)
    frames = [frame for start in range(0, len(data), size) for frame in reader.feed(data[start : start + size])]
    return [event for frame in [*frames, *reader.close()] for event in frame.events]


def text_of(events: list[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))
