"""A script that behaves as a model does: it calls the tools that a question is about, and speaks when it has their results."""

from __future__ import annotations

import re
from typing import Any

from sanspanne.testing import Answer, Asked, Script, Stage, ToolUse
from sanspanne.testing.asked import sketch


class Model(Script):
    """Calls every tool of which the question speaks; answers to results, schemas and everything else in text."""

    async def play(self, stage: Stage) -> None:
        await self._answer(stage.asked, stage.call.body).play(stage)

    def _answer(self, asked: Asked, body: dict[str, Any]) -> Answer:
        if results := results_in(body):
            return Answer(f"The tools say: {', '.join(results)}")
        if _wants_any_json(body):
            return Answer(_object_with_keys(asked.question))
        if asked.tool is None and (called := [name for name in asked.tools if _speaks_of(asked.question, name)]):
            return Answer(tool_calls=[ToolUse(name, sketch(asked.tools[name], asked.question)) for name in called])
        return Answer()


def results_in(body: dict[str, Any]) -> list[str]:
    """What the tools gave back, if the conversation ends with that."""
    last = (body.get("messages") or body.get("contents"))[-1]
    if last.get("role") == "tool":
        behind = body["messages"][::-1]
        end = next(i for i, message in enumerate(behind) if message["role"] != "tool")
        return [_text(message["content"]) for message in behind[:end][::-1]]
    parts = last.get("parts") or last.get("content")
    results = [p for p in parts if "functionResponse" in p or p.get("type") == "tool_result"] if _is_list(parts) else []
    return [_text(p["functionResponse"]["response"] if "functionResponse" in p else p.get("content")) for p in results]


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _text(content: Any) -> str:
    if isinstance(content, dict):
        return str(content.get("output", content.get("result", content)))
    if isinstance(content, list):
        return " ".join(part.get("text", part.get("type", "")) for part in content)
    return str(content)


def _speaks_of(question: str, tool: str) -> bool:
    return any(word in question.lower() for word in tool.lower().split("_") if len(word) > 3)


def _wants_any_json(body: dict[str, Any]) -> bool:
    settings = body.get("generationConfig") or {}
    json_type = settings.get("responseMimeType") == "application/json"
    any_json = json_type and not (settings.get("responseJsonSchema") or settings.get("responseSchema"))
    return any_json or (body.get("response_format") or {}).get("type") == "json_object"


def _object_with_keys(question: str) -> str:
    return "{" + ", ".join(f'"{key}": "text"' for key in re.findall(r"'(\w+)'", question) or ["answer"]) + "}"
