"""A request, written for a target that speaks Anthropic Messages."""

from __future__ import annotations

from typing import Any

from sanspanne.chat import ChatRequest, OutputFormat, Reasoning, Tool
from sanspanne.dialects.anthropic_messages.marks import without_marks
from sanspanne.dialects.anthropic_messages.parts_out import system_text, turns
from sanspanne.dialects.anthropic_messages.schema import NAME
from sanspanne.dialects.base import Written

DEFAULT_MAX_TOKENS = 4096  # the field is required here and optional elsewhere
LEAST_BUDGET = 1024  # what Anthropic accepts as the smallest budget for thinking
_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}
_CHOICES = {"auto": "auto", "required": "any", "none": "none", "named": "tool"}


def write_request(request: ChatRequest, model: str) -> Written:
    """The request for `model`; the caller's own fields, less the marks that we made, if he speaks this dialect."""
    if request.dialect == NAME and request.fields:
        messages = without_marks(request.fields["messages"])
        return Written({**request.fields, "model": model, "messages": messages})
    return _Writer(request, model).written()


class _Writer:
    """Writes one request from its neutral form, and notes what it had to leave out."""

    def __init__(self, request: ChatRequest, model: str) -> None:
        self._request = request
        self._omitted = list(request.unknown)
        self._max_tokens = request.max_tokens or DEFAULT_MAX_TOKENS
        self._fields: dict[str, Any] = {"model": model, "max_tokens": self._max_tokens}

    def written(self) -> Written:
        """The fields, and the names of those that could not be carried."""
        self._messages()
        self._thinking(self._request.reasoning)
        self._sampling()
        self._tools()
        self._output(self._request.output)
        self._rest()
        return Written(self._fields, tuple(dict.fromkeys(self._omitted)))

    def _messages(self) -> None:
        system, messages = system_text(self._request.messages), turns(self._request.messages)
        if system and messages:
            self._fields["system"] = system
        elif system:  # a conversation must have a turn; elsewhere a system text alone is one
            messages = [{"role": "user", "content": [{"type": "text", "text": system}]}]
        self._fields["messages"] = messages

    def _thinking(self, reasoning: Reasoning | None) -> None:
        if reasoning is None:
            return
        if reasoning.enabled and self._must_not_think():
            self._omitted.append("reasoning")
            return
        if not reasoning.enabled or reasoning.effort == "none":
            self._fields["thinking"] = {"type": "disabled"}
        elif reasoning.budget is not None:
            self._budget(reasoning.budget)
        else:
            self._fields["thinking"] = {"type": "adaptive"}
        if reasoning.effort in _EFFORTS:
            self._fields["output_config"] = {"effort": _EFFORTS[reasoning.effort]}
        elif reasoning.effort not in (None, "none"):
            self._omitted.append("reasoning")

    def _must_not_think(self) -> bool:
        """Anthropic refuses to think where a tool call is forced or an answer is to be continued."""
        choice, turns_ = self._request.tool_choice, self._fields["messages"]
        forced = choice is not None and choice.mode in ("required", "named")
        return forced or (bool(turns_) and turns_[-1]["role"] == "assistant")

    def _budget(self, budget: int) -> None:
        """The budget is part of `max_tokens`: below the caller's own limit, on top of the default one."""
        budget = max(budget, LEAST_BUDGET)
        if self._request.max_tokens is None:
            self._fields["max_tokens"] = self._max_tokens + budget
        elif self._max_tokens <= LEAST_BUDGET:
            self._omitted.append("reasoning")
            return
        else:
            budget = min(budget, self._max_tokens - 1)
        self._fields["thinking"] = {"type": "enabled", "budget_tokens": budget}

    def _thinks(self) -> bool:
        return self._fields.get("thinking", {}).get("type") in ("enabled", "adaptive")

    def _sampling(self) -> None:
        """Anthropic's temperature ends at 1, and a thinking model takes neither temperature nor `top_k`."""
        request = self._request
        temperature = None if request.temperature is None else min(request.temperature, 1.0)
        top_k = request.top_k
        if self._thinks():
            temperature = top_k = None
        self._carry("temperature", request.temperature, temperature)
        self._carry("top_k", request.top_k, top_k)
        self._carry("top_p", request.top_p, request.top_p)

    def _carry(self, name: str, asked: Any, given: Any) -> None:
        if given is not None:
            self._fields[name] = given
        if asked != given:
            self._omitted.append(name)

    def _tools(self) -> None:
        request = self._request
        if not request.tools:
            return
        self._fields["tools"] = [_tool(tool) for tool in request.tools]
        choice = request.tool_choice
        if choice is None and request.parallel_tool_calls is not False:
            return
        written: dict[str, Any] = {"type": _CHOICES[choice.mode] if choice else "auto"}
        if choice and choice.mode == "named":
            written["name"] = choice.name
        if request.parallel_tool_calls is not None and written["type"] != "none":
            written["disable_parallel_tool_use"] = not request.parallel_tool_calls
        self._fields["tool_choice"] = written

    def _output(self, output: OutputFormat | None) -> None:
        if output is None:
            return
        if output.schema is None:
            self._omitted.append("response_format")
            return
        form = {"type": "json_schema", "schema": output.schema}
        self._fields["output_config"] = {**self._fields.get("output_config", {}), "format": form}

    def _rest(self) -> None:
        request = self._request
        stop = [sequence for sequence in request.stop if sequence.strip()]
        if stop:
            self._fields["stop_sequences"] = stop
        if len(stop) < len(request.stop):
            self._omitted.append("stop")  # Anthropic refuses sequences of white space
        if request.user:
            self._fields["metadata"] = {"user_id": request.user}
        if request.stream:
            self._fields["stream"] = True
        self._omitted.extend(_not_carried(request))


def _tool(tool: Tool) -> dict[str, Any]:
    written: dict[str, Any] = {"name": tool.name, "input_schema": {"type": "object", **tool.schema}}
    if tool.description is not None:
        written["description"] = tool.description
    if tool.strict is not None:
        written["strict"] = tool.strict
    return written


def _not_carried(request: ChatRequest) -> list[str]:
    asked = {
        "n": request.n != 1,
        "seed": request.seed is not None,
        "frequency_penalty": bool(request.frequency_penalty),
        "presence_penalty": bool(request.presence_penalty),
        "logit_bias": bool(request.logit_bias),
        "logprobs": request.logprobs,
        "top_logprobs": request.top_logprobs is not None,
    }
    return [name for name, is_asked in asked.items() if is_asked]
