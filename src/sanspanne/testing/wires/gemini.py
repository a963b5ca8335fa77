"""Gemini's own API as generativelanguage.googleapis.com puts it on the wire. A stream has no terminal marker: its last
chunk is the one with a finish reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec

from sanspanne.testing.asked import Asked, Ending, Said
from sanspanne.testing.wires.base import Json, Piece, Reason, Reply, Told, Wire, encode, json_reply, text_of, tokens

FINISH: dict[Ending, str] = {
    "end": "STOP",
    "length": "MAX_TOKENS",
    "stop_sequence": "STOP",
    "tool_calls": "STOP",
    "refusal": "SAFETY",
    "filtered": "SAFETY",
}
PATH = re.compile(r"^(?:/v1(?:alpha|beta)?)?/models/(?P<model>[^:]+):(?P<verb>\w+)$")
LIST = re.compile(r"^(?:/v1(?:alpha|beta)?)?/models(?:/(?P<model>[^:/]+))?$")
QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}

ERRORS: dict[Reason, Told] = {
    Reason.OVERLOADED: Told(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    Reason.RATE_LIMITED: Told(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota. Please retry in 37s.",
        details=[{"@type": QUOTA, "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]}, RETRY],
    ),
    Reason.QUOTA: Told(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        details=[{"@type": QUOTA, "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}],
    ),
    Reason.BILLING: Told(402, "FAILED_PRECONDITION", "Prepaid credits are exhausted for this project."),
    Reason.AUTH: Told(
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        details=[{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
    ),
    Reason.PERMISSION: Told(403, "PERMISSION_DENIED", "The caller does not have permission"),
    Reason.MODEL_GONE: Told(
        404, "NOT_FOUND", "models/{model} is not found for API version v1beta, or is not supported for generateContent."
    ),
    Reason.INVALID: Told(400, "INVALID_ARGUMENT", "Invalid value at 'generation_config.temperature' (TYPE_FLOAT)"),
    Reason.TOO_LONG: Told(
        400,
        "INVALID_ARGUMENT",
        "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
    ),
    Reason.SERVER_ERROR: Told(500, "INTERNAL", "An internal error has occurred. Please retry."),
    Reason.TIMEOUT: Told(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}


class GeminiWire(Wire):
    """generativelanguage.googleapis.com, with the version in the path or without."""

    kind: ClassVar[str] = "gemini"
    title: ClassVar[str] = "Gemini"
    mount: ClassVar[str] = ""
    models: ClassVar[tuple[str, ...]] = ("gemini-2.5-flash", "gemini-2.5-pro")
    errors: ClassVar[dict[Reason, Told]] = ERRORS

    # --- the question

    def asked(self, method: str, path: str, body: Json) -> Asked | None:
        matched = PATH.match(path)
        if method != "POST" or not matched or matched["verb"] not in ("generateContent", "streamGenerateContent"):
            return None
        settings = body.get("generationConfig") or {}
        declared = [d for tool in body.get("tools") or () for d in tool.get("functionDeclarations") or ()]
        tools = {d["name"]: d.get("parametersJsonSchema") or d.get("parameters") or {} for d in declared}
        return Asked(
            model=matched["model"],
            question=_question(body),
            prompt_tokens=_prompt_tokens(body),
            stream=matched["verb"] == "streamGenerateContent",
            include_usage=True,
            max_tokens=settings.get("maxOutputTokens"),
            stop=tuple(settings.get("stopSequences") or ()),
            n=settings.get("candidateCount") or 1,
            tools=tools,
            tool=_forced_tool(body, tools),
            schema=settings.get("responseJsonSchema") or settings.get("responseSchema"),
        )

    # --- the answer

    def headers(self, said: Said) -> dict[str, str]:
        return {"server": "scaffolding on HTTPServer2", "x-gemini-service-tier": "standard", "vary": "Origin"}

    def stream(self, said: Said) -> list[Piece]:
        if _blocked(said):
            return [Piece("stop", _event(_feedback(said)))]
        pieces = [Piece("say", _event(_answer(said, [{**_candidate([part]), "index": 0}], 0))) for part in _parts(said)]
        if said.ending is not None:
            pieces.append(Piece("stop", _event(_answer(said, [_last(said, [{"text": ""}])], said.output_tokens))))
        return pieces

    def whole(self, said: Said) -> bytes:
        if _blocked(said):
            return encode(_feedback(said))
        parts = list(_joined(said))
        candidates = [{**_last(said, parts), "index": choice} for choice in range(said.asked.n)]
        return encode(_answer(said, candidates, said.output_tokens))

    # --- the failures

    def failure(self, reason: Reason, model: str) -> Reply:
        told = self.told(reason)
        error: Json = {"code": told.status, "message": told.message.format(model=model), "status": told.type}
        return json_reply({"error": error | ({"details": told.details} if told.details else {})}, told.status)

    def failure_event(self, reason: Reason, model: str) -> bytes:
        return b"data: " + self.failure(reason, model).body + b"\r\n\r\n"

    # --- the rest

    def page(self, method: str, path: str, body: Json, models: tuple[str, ...]) -> Reply | None:
        if method == "POST" and (counted := PATH.match(path)) and counted["verb"] == "countTokens":
            return json_reply({"totalTokens": _prompt_tokens(body.get("generateContentRequest") or body)})
        listed = LIST.match(path)
        if method != "GET" or not listed:
            return None
        if listed["model"] is None:
            return json_reply({"models": [_model(m) for m in models]})
        known = listed["model"] in models
        return json_reply(_model(listed["model"])) if known else self.failure(Reason.MODEL_GONE, listed["model"])


def _blocked(said: Said) -> bool:
    return said.ending == "filtered" and not (said.pieces or said.thinking or said.tool_calls)


def _feedback(said: Said) -> Json:
    blocked = _answer(said, [], 0)
    del blocked["candidates"]
    return {"promptFeedback": {"blockReason": "SAFETY"}, **blocked}


def _parts(said: Said) -> Iterator[Json]:
    yield from ({"text": text, "thought": True} for text in said.thinking)
    yield from ({"text": text} for text in said.pieces or ((said.refusal,) if said.refusal else ()))
    for index, call in enumerate(said.tool_calls):
        signed = {"thoughtSignature": "c2lnbmVk"} if index == 0 else {}
        yield {"functionCall": {"name": call.name, "args": msgspec.json.decode(call.json())}, **signed}


def _joined(said: Said) -> Iterator[Json]:
    whole = msgspec.structs.replace(
        said,
        thinking=("".join(said.thinking),) if said.thinking else (),
        pieces=(said.text,) if said.pieces else (),
    )
    return _parts(whole)


def _candidate(parts: list[Json]) -> Json:
    return {"content": {"parts": parts, "role": "model"}}


def _last(said: Said, parts: list[Json]) -> Json:
    finish = {"finishReason": FINISH[said.ending]} if said.ending else {}
    chunks = [{"web": {"uri": s.url, "title": s.title}} for s in said.sources]
    grounding = {"groundingMetadata": {"groundingChunks": chunks, "webSearchQueries": [said.asked.question]}}
    return {**_candidate(parts), **finish, "index": 0, **(grounding if chunks else {})}


def _answer(said: Said, candidates: list[Json], output: int) -> Json:
    prompt = said.asked.prompt_tokens
    thoughts = {"thoughtsTokenCount": len(said.thinking)} if said.thinking else {}
    usage: Json = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": max(0, output - len(said.thinking)),
        "totalTokenCount": prompt + output,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
    }
    version = {"modelVersion": said.asked.model, "responseId": said.id}
    return {"candidates": candidates, "usageMetadata": usage | thoughts, **version}


def _event(chunk: Json) -> bytes:
    return b"data: " + encode(chunk) + b"\r\n\r\n"


def _question(body: Json) -> str:
    spoken = [text_of(c.get("parts")) for c in body.get("contents", []) if c.get("role", "user") == "user"]
    return spoken[-1] if spoken else ""


def _prompt_tokens(body: Json) -> int:
    contents: list[Any] = [body.get("systemInstruction") or {}, *body.get("contents", [])]
    return tokens("".join(text_of(content.get("parts")) for content in contents))


def _forced_tool(body: Json, tools: dict[str, Json]) -> str | None:
    config = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    allowed = config.get("allowedFunctionNames") or list(tools)
    return str(allowed[0]) if config.get("mode") == "ANY" and allowed else None


def _model(model: str) -> Json:
    methods = ["generateContent", "countTokens"]
    return {"name": f"models/{model}", "displayName": model, "supportedGenerationMethods": methods}
