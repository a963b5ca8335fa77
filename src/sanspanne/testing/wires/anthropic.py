"""Anthropic Messages as api.anthropic.com puts them on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from sanspanne.testing.asked import Asked, Ending, Said, words
from sanspanne.testing.wires.anthropic_errors import ERRORS, LIMITS
from sanspanne.testing.wires.base import Json, Piece, Reason, Reply, Told, Wire, encode, json_reply, text_of, tokens

STOP: dict[Ending, str] = {
    "end": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_calls": "tool_use",
    "refusal": "refusal",
    "filtered": "refusal",
}


class AnthropicWire(Wire):
    """api.anthropic.com: named events, blocks with indices, cumulative usage."""

    kind: ClassVar[str] = "anthropic"
    title: ClassVar[str] = "Anthropic"
    mount: ClassVar[str] = ""
    models: ClassVar[tuple[str, ...]] = ("claude-sonnet-5", "claude-haiku-4-5", "claude-opus-5")
    errors: ClassVar[dict[Reason, Told]] = ERRORS

    # --- the question

    def asked(self, method: str, path: str, body: Json) -> Asked | None:
        if method != "POST" or path != "/v1/messages":
            return None
        return Asked(
            model=str(body.get("model", "")),
            question=_question(body),
            prompt_tokens=_prompt_tokens(body),
            stream=bool(body.get("stream")),
            include_usage=True,
            max_tokens=body.get("max_tokens"),
            stop=tuple(body.get("stop_sequences") or ()),
            tools={t["name"]: t.get("input_schema", {}) for t in body.get("tools") or () if "name" in t},
            tool=_forced_tool(body),
            schema=_schema(body),
        )

    # --- the answer

    def headers(self, said: Said) -> dict[str, str]:
        return {"request-id": f"req_{said.id}", "anthropic-organization-id": "org-scripted", **LIMITS}

    def stream(self, said: Said) -> list[Piece]:
        started = {
            **_envelope(said),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _usage(said, 1),
        }
        pieces = [Piece("begin", event("message_start", {"message": started}))]
        for index, (block, deltas) in enumerate(_blocks(said)):
            pieces.append(Piece("begin", event("content_block_start", {"index": index, "content_block": block})))
            if index == 0:
                pieces.append(Piece("begin", event("ping", {})))
            pieces += [Piece("say", event("content_block_delta", {"index": index, "delta": delta})) for delta in deltas]
            pieces.append(Piece("begin", event("content_block_stop", {"index": index})))
        return pieces + list(_closing(said))

    def whole(self, said: Said) -> bytes:
        stop = _stop(said)
        content = [_filled(block, deltas) for block, deltas in _blocks(said)]
        return encode({**_envelope(said), "content": content, **stop, "usage": _usage(said, said.output_tokens)})

    # --- the failures

    def failure(self, reason: Reason, model: str) -> Reply:
        told = self.told(reason)
        body = {**_error(told, model), "request_id": "req_scripted"}
        return json_reply(body, told.status, {"request-id": "req_scripted", **told.headers})

    def failure_event(self, reason: Reason, model: str) -> bytes:
        return b"event: error\ndata: " + encode(_error(self.told(reason), model)) + b"\n\n"

    # --- the rest

    def page(self, method: str, path: str, body: Json, models: tuple[str, ...]) -> Reply | None:
        if (method, path) == ("POST", "/v1/messages/count_tokens"):
            return json_reply({"input_tokens": _prompt_tokens(body)})
        if (method, path) == ("GET", "/v1/models"):
            ends = {"first_id": models[0] if models else None, "last_id": models[-1] if models else None}
            return json_reply({"data": [_model(m) for m in models], "has_more": False, **ends})
        model = path.removeprefix("/v1/models/")
        if method != "GET" or model == path:
            return None
        return json_reply(_model(model)) if model in models else self.failure(Reason.MODEL_GONE, model)


def _error(told: Told, model: str) -> Json:
    error: Json = {"type": told.type, "message": told.message.format(model=model)}
    return {"type": "error", "error": error | ({"details": told.details} if told.details else {})}


def event(name: str, fields: Json) -> bytes:
    """A named event; its data repeats the name as `type`."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encode({"type": name, **fields}))


def _closing(said: Said) -> Iterator[Piece]:
    if said.ending is not None:
        counted = {"delta": _stop(said), "usage": _usage(said, said.output_tokens)}
        yield Piece("stop", event("message_delta", counted))
    if said.ends:
        yield Piece("end", event("message_stop", {}))


def _stop(said: Said) -> Json:
    refused = {"type": "refusal", "category": None, "explanation": said.refusal or None}
    return {
        "stop_reason": STOP[said.ending] if said.ending else None,
        "stop_sequence": said.sequence,
        "stop_details": refused if said.ending in ("refusal", "filtered") else None,
    }


def _blocks(said: Said) -> Iterator[tuple[Json, list[Json]]]:
    """Each block of the answer as it starts, and the deltas that fill it."""
    if said.thinking:
        thoughts = [{"type": "thinking_delta", "thinking": text} for text in said.thinking]
        signed = {"type": "signature_delta", "signature": f"c2lnbmVk{said.id}"}
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, signed]
    text = said.pieces or words(said.refusal)
    if text or not said.tool_calls:
        cited = [{"type": "citations_delta", "citation": _citation(s.url, s.title)} for s in said.sources]
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in text] + cited
    for index, call in enumerate(said.tool_calls):
        arguments = call.json()
        parts = ["", *(arguments[at : at + 8] for at in range(0, len(arguments), 8))]
        block = {"type": "tool_use", "id": f"toolu_{said.id[:20]}{index}", "name": call.name, "input": {}}
        yield block, [{"type": "input_json_delta", "partial_json": part} for part in parts]


def _filled(block: Json, deltas: list[Json]) -> Json:
    def joined(field: str) -> str:
        return "".join(d.get(field, "") for d in deltas)

    match block["type"]:
        case "thinking":
            return {**block, "thinking": joined("thinking"), "signature": joined("signature")}
        case "tool_use":
            return {**block, "input": msgspec.json.decode(joined("partial_json"))}
        case _:
            citations = [d["citation"] for d in deltas if d["type"] == "citations_delta"]
            return {**block, "text": joined("text"), **({"citations": citations} if citations else {})}


def _citation(url: str, title: str) -> Json:
    index = {"encrypted_index": "aW5kZXg="}
    return {"type": "web_search_result_location", "url": url, "title": title, "cited_text": title, **index}


def _envelope(said: Said) -> Json:
    return {"id": f"msg_{said.id}", "type": "message", "role": "assistant", "model": said.asked.model}


def _usage(said: Said, output: int) -> Json:
    return {
        "input_tokens": said.asked.prompt_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
        "service_tier": "standard",
    }


def _question(body: Json) -> str:
    spoken = [text_of(m.get("content")) for m in body.get("messages", []) if m.get("role") == "user"]
    return spoken[-1] if spoken else ""


def _prompt_tokens(body: Json) -> int:
    contents: list[Any] = [body.get("system"), *(m.get("content") for m in body.get("messages", []))]
    return tokens("".join(text_of(content) for content in contents))


def _forced_tool(body: Json) -> str | None:
    match body.get("tool_choice"):
        case {"type": "tool", "name": str(name)}:
            return name
        case {"type": "any"} if body.get("tools"):
            return str(body["tools"][0]["name"])
        case _:
            return None


def _schema(body: Json) -> Json | None:
    match body:
        case {"output_config": {"format": {"schema": dict(schema)}}} | {"output_format": {"schema": dict(schema)}}:
            return schema
        case _:
            return None


def _model(model: str) -> Json:
    return {"type": "model", "id": model, "display_name": model, "created_at": "2026-01-01T00:00:00Z"}
