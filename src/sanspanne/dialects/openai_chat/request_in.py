"""A caller's request, read."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from sanspanne.chat import Capability, ChatRequest, Message, OutputFormat, Reasoning, Tool, ToolChoice
from sanspanne.dialects.openai_chat.bad_request import complaint, decode
from sanspanne.dialects.openai_chat.messages_in import MessagesIn
from sanspanne.dialects.openai_chat.schema import NAME, NULL, RequestBody, ResponseFormat, ToolBody, ToolChoiceBody

_FIELDS = msgspec.json.Decoder(dict[str, Raw])
_BODY = msgspec.json.Decoder(RequestBody)
_TOOL = msgspec.json.Decoder(ToolBody)
_TOOL_CHOICE = msgspec.json.Decoder(str | ToolChoiceBody | None)
_FORMAT = msgspec.json.Decoder(ResponseFormat | None)
_MODALITIES = msgspec.json.Decoder(list[str] | None)

# Fields that change what is answered in a way that only this dialect has words for.
_NATIVE = ("audio", "web_search_options", "functions", "function_call", "moderation")
# Fields about billing, storing and caching, or mere hints: an answer without them is the same answer.
_HINTS = (
    "metadata",
    "store",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "prediction",
    "verbosity",
)
_KNOWN = frozenset((*RequestBody.__struct_fields__, *_NATIVE, *_HINTS, "modalities"))
# Of the headers only these are for providers; the others are between the caller and us, his credential among them.
_PASSED_HEADERS = ("openai-beta",)


def read_request(body: bytes, headers: Mapping[str, str]) -> ChatRequest:
    """The request in neutral words. Raises `CallerError` (400) that names the field and shows an example."""
    fields = decode(body, _FIELDS)
    asked = decode(body, _BODY)
    _check_text(body)
    if not asked.model:
        raise complaint("model", "is empty; the name of a model was expected")
    reading = MessagesIn()
    request = _plain(asked, reading.read(asked.messages))
    request.tools = _tools(asked.tools, reading.needs)
    request.tool_choice = _tool_choice(asked.tool_choice, reading.needs)
    request.output = _output(asked.response_format, reading.needs)
    request.fields = fields
    request.headers = _passed(headers)
    request.unknown = tuple(field for field in fields if field not in _KNOWN)
    request.needs = {**reading.needs, **_needs(request), **_native_needs(fields)}
    request.size = len(body)
    return request


def _plain(asked: RequestBody, messages: tuple[Message, ...]) -> ChatRequest:
    """The fields that mean the same in neutral words."""
    usage = asked.stream_options.include_usage if asked.stream_options else False
    return ChatRequest(
        dialect=NAME,
        model=asked.model,
        messages=messages,
        stream=bool(asked.stream),
        include_usage=bool(asked.stream and usage),
        max_tokens=asked.max_completion_tokens or asked.max_tokens,
        temperature=asked.temperature,
        top_p=asked.top_p,
        stop=(asked.stop,) if isinstance(asked.stop, str) else tuple(asked.stop or ()),
        n=asked.n or 1,
        seed=asked.seed,
        frequency_penalty=asked.frequency_penalty,
        presence_penalty=asked.presence_penalty,
        logit_bias=asked.logit_bias or None,
        logprobs=bool(asked.logprobs),
        top_logprobs=asked.top_logprobs,
        parallel_tool_calls=asked.parallel_tool_calls,
        reasoning=_reasoning(asked.reasoning_effort),
        user=asked.user,
    )


def _check_text(body: bytes) -> None:
    """Fields that are passed on undecoded must be text too."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise complaint("", f"is not valid UTF-8 (byte {error.start})") from error


def _tools(raws: list[Raw] | None, needs: dict[str, str]) -> tuple[Tool, ...]:
    tools = []
    for position, raw in enumerate(raws or ()):
        where = f"tools[{position}]"
        body = decode(raw, _TOOL, where)
        if body.type != "function":
            needs.setdefault(Capability.NATIVE_OPENAI_CHAT, where)
            continue
        function = body.function
        if function is None:
            raise complaint(f"{where}.function", "is missing; the declaration of a function was expected")
        tools.append(Tool(function.name, function.description, function.parameters or {}, function.strict))
    return tuple(tools)


def _tool_choice(raw: Raw, needs: dict[str, str]) -> ToolChoice | None:
    choice = decode(raw, _TOOL_CHOICE, "tool_choice")
    if isinstance(choice, ToolChoiceBody):
        return _named_tool(choice, needs)
    match choice:
        case None:
            return None
        case "auto" | "none" | "required":
            return ToolChoice(choice)
        case _:
            raise complaint("tool_choice", f"is {choice[:40]!r}; auto, none, required or a function was expected")


def _named_tool(choice: ToolChoiceBody, needs: dict[str, str]) -> ToolChoice | None:
    if choice.type != "function":
        needs.setdefault(Capability.NATIVE_OPENAI_CHAT, "tool_choice")
        return None
    if choice.function is None:
        raise complaint("tool_choice.function", "is missing; the name of a function was expected")
    return ToolChoice("named", choice.function.name)


def _output(raw: Raw, needs: dict[str, str]) -> OutputFormat | None:
    body = decode(raw, _FORMAT, "response_format")
    if body is None or body.type == "text":
        return None
    if body.type == "json_object":
        return OutputFormat("json_object")
    if body.type != "json_schema":  # grammars and the like, which some servers of this dialect have
        needs.setdefault(Capability.NATIVE_OPENAI_CHAT, "response_format")
        return None
    wanted = body.json_schema
    if wanted is None:
        raise complaint("response_format.json_schema", "is missing; a name and a schema were expected")
    return OutputFormat("json_schema", wanted.name, wanted.schema, wanted.strict, wanted.description)


def _reasoning(effort: str | None) -> Reasoning | None:
    if not effort:
        return None
    return Reasoning(enabled=False) if effort == "none" else Reasoning(effort=effort)


def _needs(request: ChatRequest) -> dict[str, str]:
    """What the understood fields ask of a target; named after the caller's fields."""
    choice, output = request.tool_choice, request.output
    asked = {
        Capability.TOOLS: "tools" if request.tools else "",
        Capability.TOOL_CHOICE: "tool_choice" if choice and choice.mode in ("required", "named") else "",
        Capability.JSON_OBJECT: "response_format" if output and output.kind == "json_object" else "",
        Capability.JSON_SCHEMA: "response_format" if output and output.kind == "json_schema" else "",
        Capability.STOP: "stop" if request.stop else "",
        Capability.CHOICES: "n" if request.n > 1 else "",
        Capability.LOGPROBS: "logprobs" if request.logprobs else "",
        Capability.LOGIT_BIAS: "logit_bias" if request.logit_bias else "",
    }
    return {capability: field for capability, field in asked.items() if field}


def _native_needs(fields: dict[str, Raw]) -> dict[str, str]:
    """The field, if there is one, that only a target of this dialect can serve."""
    for field in _NATIVE:
        if field in fields and fields[field] != NULL:
            return {Capability.NATIVE_OPENAI_CHAT: field}
    if "modalities" in fields:
        modalities = decode(fields["modalities"], _MODALITIES, "modalities")
        if modalities and modalities != ["text"]:
            return {Capability.NATIVE_OPENAI_CHAT: "modalities"}
    return {}


def _passed(headers: Mapping[str, str]) -> dict[str, str]:
    lowered = {name.lower(): value for name, value in headers.items()}
    return {name: lowered[name] for name in _PASSED_HEADERS if name in lowered}
