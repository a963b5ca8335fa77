"""What a scripted provider is asked, and what it says to it, in no wire format.

Asked   the question, read from any provider's request
Said    one complete answer to it: every piece of text, tool call and number is settled; a wire only writes it down
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, TypeAlias

from msgspec import Struct

Ending: TypeAlias = Literal["end", "length", "stop_sequence", "tool_calls", "refusal", "filtered"]


class Asked(Struct, frozen=True, kw_only=True):
    """A question as it was put. `tools` maps a tool's name to the JSON Schema of its arguments; `tool` is the one that must
    be called; `schema` is the JSON Schema that the answer must fit."""

    model: str
    question: str = ""
    prompt_tokens: int = 1
    stream: bool = False
    include_usage: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    logprobs: bool = False
    tools: dict[str, dict[str, Any]] = {}
    tool: str | None = None
    schema: dict[str, Any] | None = None


class ToolUse(Struct, frozen=True):
    """A call of a tool: its name and its arguments, given as JSON text or as the object itself."""

    name: str
    arguments: dict[str, Any] | str = {}

    def json(self) -> str:
        """The arguments as JSON text."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments, ensure_ascii=False)


class Source(Struct, frozen=True):
    """A page that an answer cites."""

    url: str
    title: str = ""
    date: str | None = None


class Said(Struct, frozen=True, kw_only=True):
    """One settled answer. `ending` None leaves the stop reason out, `ends` False the terminal marker (both are faults).

    `tokens` is what the text is counted for; None counts one for each piece.
    """

    asked: Asked
    id: str
    created: int
    pieces: tuple[str, ...] = ()
    thinking: tuple[str, ...] = ()
    refusal: str = ""
    tool_calls: tuple[ToolUse, ...] = ()
    sources: tuple[Source, ...] = ()
    ending: Ending | None = "end"
    sequence: str | None = None
    ends: bool = True
    tokens: int | None = None

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(self.pieces)

    @property
    def output_tokens(self) -> int:
        """A count of tokens: one per piece of text or thought, four per tool call."""
        text = len(self.pieces) if self.tokens is None else self.tokens
        return text + len(self.thinking) + 4 * len(self.tool_calls) + len(words(self.refusal))


def words(text: str) -> tuple[str, ...]:
    """Text cut into pieces as tokens cut it: a word takes the space before it along. Joined they are the text again."""
    return tuple(re.findall(r"\s*\S{1,12}|\s+$", text))


def shortened(pieces: tuple[str, ...], asked: Asked) -> tuple[tuple[str, ...], Ending | None, str | None]:
    """The pieces up to the first stop sequence or the limit of tokens; what ended them, and the sequence that was met."""
    text = "".join(pieces)
    found = [(at, sequence) for sequence in asked.stop if sequence and (at := text.find(sequence)) >= 0]
    ending: Ending | None = None
    met = None
    if found:
        at, met = min(found)
        pieces, ending = words(text[:at]), "stop_sequence"
    if asked.max_tokens is not None and len(pieces) > asked.max_tokens:
        return pieces[: asked.max_tokens], "length", None
    return pieces, ending, met


def sketch(schema: dict[str, Any], question: str) -> Any:
    """A value that fits a JSON Schema, with the question's own numbers and words where it asks for such.

    A schema that contains itself through `$ref` must let the reference be empty, or there is no such value.
    """
    return _value(schema, question, {**schema.get("definitions", {}), **schema.get("$defs", {})})


def _value(schema: dict[str, Any], question: str, named: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(named[str(schema["$ref"]).rpartition("/")[2]], question, named)
    if either := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return _value(either[0], question, named)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    match str(kind[0] if isinstance(kind, list) else kind).lower():
        case "object":
            return {name: _value(part, question, named) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [_value(schema.get("items", {}), question, named)]
        case "integer" | "number":
            number = re.search(r"-?\d+", question)
            return int(number[0]) if number else 1
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return question or "text"
