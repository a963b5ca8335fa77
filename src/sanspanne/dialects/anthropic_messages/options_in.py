"""What a request says beside its messages: tools, the form of the answer, how much to think."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Raw

from sanspanne.chat import Capability, OutputFormat, Reasoning, Tool, ToolChoice
from sanspanne.dialects.anthropic_messages.parts_in import PartReader
from sanspanne.dialects.anthropic_messages.schema import RequestIn, ToolIn
from sanspanne.errors import invalid_request

_CHOICES: dict[str, Literal["auto", "none", "required", "named"]] = {
    "auto": "auto",
    "any": "required",
    "tool": "named",
    "none": "none",
}
_THINKING = ("enabled", "adaptive", "disabled", "between_tools")
_NATIVE_FIELDS = ("container", "mcp_servers", "fallback_credit_token")  # only Anthropic can serve them


def note_needs(wire: RequestIn, fields: Mapping[str, Raw], reader: PartReader) -> None:
    """The needs that do not come from the messages or the tools."""
    if wire.tool_choice and wire.tool_choice.type in ("any", "tool"):
        reader.need(Capability.TOOL_CHOICE, "tool_choice")
    if wire.stop_sequences:
        reader.need(Capability.STOP, "stop_sequences")
    if wire.output_format or (wire.output_config and wire.output_config.format):
        reader.need(Capability.JSON_SCHEMA, "output_format" if wire.output_format else "output_config.format")
    if wire.thinking and wire.thinking.type == "enabled":  # `adaptive` leaves it to the model whether to think
        reader.need(Capability.THINKING, "thinking")
    if wire.inference_geo and wire.inference_geo != "global":
        reader.need(Capability.NATIVE_ANTHROPIC, "inference_geo")  # nobody else promises where it is computed
    for name in _NATIVE_FIELDS:
        if bytes(fields.get(name, b"null")) not in (b"null", b"[]"):
            reader.need(Capability.NATIVE_ANTHROPIC, name)
    if wire.max_tokens == 0:
        reader.need(Capability.NATIVE_ANTHROPIC, "max_tokens")  # it warms Anthropic's own cache
    if _continues(fields.get("thread")):
        reader.need(Capability.NATIVE_ANTHROPIC, "thread")


def _continues(thread: Raw | None) -> bool:
    """Whether a part of the conversation lies with Anthropic. To begin a thread is only an offer to keep it there."""
    told = msgspec.json.decode(thread) if thread else None
    return told is not None and not (isinstance(told, dict) and told.get("type") == "create")


def read_tools(wire: RequestIn, reader: PartReader) -> tuple[Tool, ...]:
    """The caller's own tools; those that Anthropic defines leave a need."""
    tools = tuple(_tool(tool, f"tools[{i}]", reader) for i, tool in enumerate(wire.tools or ()))
    return tuple(tool for tool in tools if tool is not None)


def _tool(tool: ToolIn, where: str, reader: PartReader) -> Tool | None:
    if tool.type not in (None, "custom"):
        reader.need(Capability.NATIVE_ANTHROPIC, where)
        return None
    reader.need(Capability.TOOLS, "tools")
    if not tool.name or tool.input_schema is None:
        raise invalid_request(
            f"{where} needs a name and an input_schema. "
            'Example: {"name": "weather", "description": "...", "input_schema": {"type": "object"}}',
            where,
        )
    return Tool(tool.name, tool.description, tool.input_schema, tool.strict)


def read_tool_choice(wire: RequestIn) -> ToolChoice | None:
    """Which tool the model may or must call."""
    choice = wire.tool_choice
    if choice is None:
        return None
    mode = _CHOICES.get(choice.type)
    if mode is None or (mode == "named" and not choice.name):
        raise invalid_request(
            f"tool_choice.type is {choice.type!r}; expected auto, any, none, or tool with a name. "
            'Example: {"type": "tool", "name": "weather"}',
            "tool_choice",
        )
    return ToolChoice(mode, choice.name if mode == "named" else None)


def read_parallel(wire: RequestIn) -> bool | None:
    """Whether several tools may be called at once; None leaves it to the model."""
    choice = wire.tool_choice
    if choice is None or choice.disable_parallel_tool_use is None:
        return None
    return not choice.disable_parallel_tool_use


def read_output(wire: RequestIn) -> OutputFormat | None:
    """The structured output that is asked for, in the present field or in the one before it."""
    form = wire.output_format or (wire.output_config.format if wire.output_config else None)
    if form is None:
        return None
    if form.type != "json_schema" or form.schema is None:
        raise invalid_request(
            "output_config.format must be a json_schema with its schema. "
            'Example: {"type": "json_schema", "schema": {"type": "object"}}',
            "output_config.format",
        )
    return OutputFormat("json_schema", schema=form.schema)


def read_reasoning(wire: RequestIn) -> Reasoning | None:
    """How much the model shall think."""
    effort = wire.output_config.effort if wire.output_config else None
    if wire.thinking is None:
        return Reasoning(effort=effort) if effort else None
    if wire.thinking.type not in _THINKING or (wire.thinking.type == "enabled" and not wire.thinking.budget_tokens):
        raise invalid_request(
            f"thinking.type is {wire.thinking.type!r}; expected adaptive, disabled, or enabled with budget_tokens. "
            'Example: {"type": "enabled", "budget_tokens": 2048}',
            "thinking",
        )
    return Reasoning(wire.thinking.type != "disabled", effort, wire.thinking.budget_tokens)
