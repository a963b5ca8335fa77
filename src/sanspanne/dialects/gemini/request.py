"""A request in Gemini's words."""

from __future__ import annotations

from typing import Any

from sanspanne.chat import ChatRequest, OutputFormat, Reasoning, Tool, ToolChoice
from sanspanne.dialects.base import Written
from sanspanne.dialects.gemini.contents import contents, system_instruction

_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "named": "ANY"}
_LEVELS = {"none": "minimal", "minimal": "minimal", "low": "low", "medium": "medium"}  # any other effort is "high"


def write_request(request: ChatRequest, model: str) -> Written:
    """The body of a generateContent call; fields that have no place in it are named in `omitted`."""
    if request.dialect == "gemini":
        return Written(dict(request.fields))
    fields: dict[str, Any] = {
        "contents": contents(request.messages, signed=_wants_signatures(model)),
        "systemInstruction": system_instruction(request.messages),
        "tools": _tools(request.tools),
        "toolConfig": _tool_config(request.tool_choice) if request.tools else None,
        "generationConfig": _generation(request, model),
    }
    return Written({name: value for name, value in fields.items() if value}, _omitted(request))


def _wants_signatures(model: str) -> bool:
    return not model.startswith(("gemini-1", "gemini-2"))


def _tools(tools: tuple[Tool, ...]) -> list[dict[str, Any]]:
    return [{"functionDeclarations": [_declaration(tool) for tool in tools]}] if tools else []


def _declaration(tool: Tool) -> dict[str, Any]:
    declaration: dict[str, Any] = {"name": tool.name, "description": tool.description or tool.name}
    return {**declaration, "parametersJsonSchema": tool.schema} if tool.schema else declaration


def _tool_config(choice: ToolChoice | None) -> dict[str, Any] | None:
    if choice is None:
        return None
    calling: dict[str, Any] = {"mode": _MODES[choice.mode]}
    if choice.mode == "named":
        calling["allowedFunctionNames"] = [choice.name]
    return {"functionCallingConfig": calling}


def _generation(request: ChatRequest, model: str) -> dict[str, Any]:
    config = {
        "maxOutputTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "topK": request.top_k,
        "stopSequences": list(request.stop) or None,
        "candidateCount": request.n if request.n > 1 else None,
        "seed": request.seed,
        "presencePenalty": request.presence_penalty,
        "frequencyPenalty": request.frequency_penalty,
        "responseLogprobs": request.logprobs or None,
        "logprobs": request.top_logprobs if request.logprobs else None,
        "thinkingConfig": _thinking(request.reasoning, model),
        **_output(request.output),
    }
    return {name: value for name, value in config.items() if value is not None}


def _output(output: OutputFormat | None) -> dict[str, Any]:
    if output is None:
        return {}
    return {"responseMimeType": "application/json", "responseJsonSchema": output.schema}


def _thinking(reasoning: Reasoning | None, model: str) -> dict[str, Any] | None:
    if reasoning is None:
        return None
    if not reasoning.enabled:
        return {"thinkingLevel": "low" if "pro" in model else "minimal"}  # no current model can be told not to think
    config: dict[str, Any] = {"includeThoughts": reasoning.summary or reasoning.budget is not None}
    if reasoning.budget is not None:
        config["thinkingBudget"] = reasoning.budget
    elif reasoning.effort is not None:
        config["thinkingLevel"] = _LEVELS.get(reasoning.effort, "high")
    return config


def _omitted(request: ChatRequest) -> tuple[str, ...]:
    lost = {
        "logit_bias": request.logit_bias is not None,
        "parallel_tool_calls": request.parallel_tool_calls is False,
        "user": request.user is not None,
    }
    return (*request.unknown, *(name for name, is_lost in lost.items() if is_lost))
