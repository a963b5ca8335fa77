"""A caller's request, read from Anthropic Messages."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from msgspec import Raw

from sanspanne.chat import Capability, ChatRequest, Message, Text
from sanspanne.dialects.anthropic_messages.options_in import (
    note_needs,
    read_output,
    read_parallel,
    read_reasoning,
    read_tool_choice,
    read_tools,
)
from sanspanne.dialects.anthropic_messages.parts_in import PartReader
from sanspanne.dialects.anthropic_messages.schema import NAME, RequestIn
from sanspanne.errors import CallerError, invalid_request

_REQUEST = msgspec.json.Decoder(RequestIn)
_FIELDS = msgspec.json.Decoder(dict[str, Raw])
_PASSED_HEADERS = ("anthropic-version", "anthropic-beta")
_UNDERSTOOD = frozenset(RequestIn.__struct_fields__)
# They steer billing, caching or diagnosis at Anthropic; an answer from elsewhere is none the worse without them.
_HINTS = frozenset(
    {"service_tier", "cache_control", "diagnostics", "speed", "user_profile_id", "workspace_id", "billing_policy"}
)

_EXAMPLES = {
    "model": '"model": "auto"',
    "messages": '"messages": [{"role": "user", "content": "Bonjour"}]',
    "max_tokens": '"max_tokens": 1024',
    "system": '"system": "Answer in French."',
    "tools": '"tools": [{"name": "weather", "description": "...", "input_schema": {"type": "object"}}]',
    "tool_choice": '"tool_choice": {"type": "auto"}',
    "stop_sequences": '"stop_sequences": ["\\n\\n"]',
    "temperature": '"temperature": 0.7',
    "top_p": '"top_p": 0.9',
    "top_k": '"top_k": 40',
    "thinking": '"thinking": {"type": "enabled", "budget_tokens": 2048}',
    "output_config": '"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}',
    "output_format": '"output_format": {"type": "json_schema", "schema": {"type": "object"}}',
    "metadata": '"metadata": {"user_id": "u-17"}',
    "stream": '"stream": true',
}
_WHOLE = '{"model": "auto", "max_tokens": 1024, "messages": [{"role": "user", "content": "Bonjour"}]}'


def read_request(body: bytes, headers: Mapping[str, str]) -> ChatRequest:
    """The caller's request. Raises `CallerError` (400) that names the field, what was expected, and an example."""
    wire, fields = _decoded(body)
    if wire.max_tokens is None:
        raise invalid_request(f"max_tokens is missing. Example: {_EXAMPLES['max_tokens']}", "max_tokens")
    return _neutral(wire, fields, body, headers)


def read_count_request(body: bytes, headers: Mapping[str, str]) -> ChatRequest:
    """A request to count tokens: the same, but `max_tokens` may be absent."""
    wire, fields = _decoded(body)
    return _neutral(wire, fields, body, headers)


def _decoded(body: bytes) -> tuple[RequestIn, dict[str, Raw]]:
    try:
        body.decode()  # the decoder does not look into the fields that it skips
        return _REQUEST.decode(body), _FIELDS.decode(body)
    except UnicodeDecodeError as error:
        raise invalid_request(f"The body is not UTF-8 (byte {error.start}). Example: {_WHOLE}") from error
    except RecursionError as error:
        raise invalid_request(f"The body is nested too deeply. Example: {_WHOLE}") from error
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from error
    except msgspec.DecodeError as error:
        raise invalid_request(f"The body is not JSON: {error}. Example: {_WHOLE}") from error


def _invalid(message: str) -> CallerError:
    what, _, path = message.partition(" - at `$")
    param = path.strip("`").removeprefix(".")
    missing = re.match(r"Object missing required field `(\w+)`", what)
    if missing:
        param = f"{param}.{missing[1]}".removeprefix(".")
        what = "it is missing"
    field = re.split(r"[.\[]", param)[0]
    example = _EXAMPLES.get(field, _WHOLE)
    return invalid_request(f"{param or 'The body'}: {what[0].lower() + what[1:]}. Example: {example}", param or None)


def _neutral(wire: RequestIn, fields: dict[str, Raw], body: bytes, headers: Mapping[str, str]) -> ChatRequest:
    reader = PartReader()
    messages = _messages(wire, reader)
    note_needs(wire, fields, reader)
    return ChatRequest(
        dialect=NAME,
        model=wire.model,
        messages=messages,
        stream=bool(wire.stream),
        include_usage=True,
        max_tokens=wire.max_tokens,
        temperature=wire.temperature,
        top_p=wire.top_p,
        top_k=wire.top_k,
        stop=tuple(wire.stop_sequences or ()),
        user=wire.metadata.user_id if wire.metadata else None,
        fields=fields,
        headers={name: headers[name] for name in _PASSED_HEADERS if name in headers},
        unknown=tuple(name for name in fields if name not in _UNDERSTOOD and name not in _HINTS),
        needs=reader.needs,
        size=len(body),
        tools=read_tools(wire, reader),
        tool_choice=read_tool_choice(wire),
        parallel_tool_calls=read_parallel(wire),
        output=read_output(wire),
        reasoning=read_reasoning(wire),
    )


def _messages(wire: RequestIn, reader: PartReader) -> tuple[Message, ...]:
    turns = [reader.message(turn, f"messages[{i}]") for i, turn in enumerate(wire.messages)]
    if turns[-1].role == "assistant":
        reader.need(Capability.PREFILL, f"messages[{len(turns) - 1}]")
    system = reader.parts(wire.system, "system") if wire.system else ()
    if any(not isinstance(part, Text) for part in system):
        raise invalid_request(f"system may hold only text blocks. Example: {_EXAMPLES['system']}", "system")
    return (Message("system", system), *turns) if system else tuple(turns)
