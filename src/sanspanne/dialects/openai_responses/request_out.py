"""A request, written towards a provider."""

from __future__ import annotations

from typing import Any

from sanspanne.chat import ChatRequest, OutputFormat, Reasoning, Tool, ToolChoice
from sanspanne.dialects.base import Written
from sanspanne.dialects.effort import effort_word
from sanspanne.dialects.openai_responses.items_out import instructions, write_items
from sanspanne.dialects.openai_responses.schema import NAME

Json = dict[str, Any]

FEWEST_TOKENS = 16  # the API refuses a smaller `max_output_tokens`


def write_request(request: ChatRequest, model: str) -> Written:
    """The body of `POST /v1/responses`; what has no place in it is named in `omitted`."""
    if request.dialect == NAME and request.fields:
        return Written({**request.fields, "model": model})
    omitted: list[str] = []
    fields: Json = {
        "model": model,
        "instructions": instructions(request.messages),
        "input": write_items(request.messages, omitted),
        "stream": request.stream or None,
        "max_output_tokens": request.max_tokens and max(request.max_tokens, FEWEST_TOKENS),
        "temperature": request.temperature,
        "top_p": request.top_p,
        "user": request.user,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request.tool_choice),
        "parallel_tool_calls": request.parallel_tool_calls,
        "text": {"format": _format(request.output)} if request.output else None,
        "reasoning": _reasoning(request.reasoning),
    }
    return Written(_present(fields), (*omitted, *lost_options(request), *request.unknown))


def lost_options(request: ChatRequest) -> tuple[str, ...]:
    """The options that are asked for and that this API does not have, or not with this value."""
    lost = {
        "max_tokens": request.max_tokens is not None and request.max_tokens < FEWEST_TOKENS,
        "top_k": request.top_k is not None,
        "stop": bool(request.stop),
        "n": request.n > 1,
        "seed": request.seed is not None,
        "frequency_penalty": bool(request.frequency_penalty),
        "presence_penalty": bool(request.presence_penalty),
        "logit_bias": bool(request.logit_bias),
        "logprobs": request.logprobs,
    }
    return tuple(name for name, is_lost in lost.items() if is_lost)


def _tool(tool: Tool) -> Json:
    """Here a tool is strict unless it says that it is not; in the other dialects it is the other way round."""
    declaration: Json = {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.schema or {"type": "object", "properties": {}},
        "strict": bool(tool.strict),
    }
    return _present(declaration)


def _choice(choice: ToolChoice | None) -> str | Json | None:
    if choice is None or choice.mode != "named":
        return choice.mode if choice else None
    return {"type": "function", "name": choice.name}


def _format(output: OutputFormat) -> Json:
    if output.kind == "json_object":
        return {"type": "json_object"}
    schema: Json = {
        "type": "json_schema",
        "name": output.name or "answer",
        "description": output.description,
        "schema": output.schema or {},
        "strict": output.strict,
    }
    return _present(schema)


def _reasoning(reasoning: Reasoning | None) -> Json | None:
    if reasoning is None:
        return None
    fields: Json = {"effort": effort_word(reasoning), "summary": "auto" if reasoning.summary else None}
    return _present(fields) or None


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
