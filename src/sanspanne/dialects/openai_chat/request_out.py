"""A request, written towards a provider."""

from __future__ import annotations

from typing import Any

from sanspanne.chat import ChatRequest, OutputFormat, Tool, ToolChoice
from sanspanne.dialects.base import Written
from sanspanne.dialects.effort import effort_word
from sanspanne.dialects.openai_chat.messages_out import write_messages
from sanspanne.dialects.openai_chat.schema import NAME

Json = dict[str, Any]


def write_request(request: ChatRequest, model: str) -> Written:
    """The request for `model`: the caller's own fields if he speaks this dialect, else a translation."""
    if request.dialect == NAME and request.fields:
        return Written({**request.fields, "model": model})
    omitted: list[str] = []
    fields: Json = {"model": model, "messages": write_messages(request.messages, omitted)}
    if request.stream:
        fields |= {"stream": True, "stream_options": {"include_usage": True}}
    fields |= _sampling(request) | _tools(request)
    if request.output:
        fields["response_format"] = _format(request.output)
    effort = effort_word(request.reasoning) if request.reasoning else None
    if effort:
        fields["reasoning_effort"] = effort
    if request.top_k is not None:
        omitted.append("top_k")
    return Written(fields, (*omitted, *request.unknown))


def _sampling(request: ChatRequest) -> Json:
    fields: Json = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "n": request.n if request.n > 1 else None,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "logit_bias": request.logit_bias,
        "logprobs": request.logprobs or None,
        "top_logprobs": request.top_logprobs,
        "user": request.user,
    }
    return _present(fields)


def _tools(request: ChatRequest) -> Json:
    fields: Json = {
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request.tool_choice),
        "parallel_tool_calls": request.parallel_tool_calls,
    }
    return _present(fields)


def _tool(tool: Tool) -> Json:
    function: Json = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema or None,
        "strict": tool.strict,
    }
    return {"type": "function", "function": _present(function)}


def _choice(choice: ToolChoice | None) -> str | Json | None:
    if choice is None or choice.mode != "named":
        return choice.mode if choice else None
    return {"type": "function", "function": {"name": choice.name}}


def _format(output: OutputFormat) -> Json:
    if output.kind == "json_object":
        return {"type": "json_object"}
    schema: Json = {
        "name": output.name or "answer",
        "description": output.description,
        "schema": output.schema,
        "strict": output.strict,
    }
    return {"type": "json_schema", "json_schema": _present(schema)}


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
