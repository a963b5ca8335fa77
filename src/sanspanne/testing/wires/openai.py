"""OpenAI Chat Completions as api.openai.com puts them on the wire; the base of all who follow that format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from sanspanne.testing.asked import Asked, Ending, Said, ToolUse, words
from sanspanne.testing.wires.base import Json, Piece, Reason, Reply, Told, Wire, encode, json_reply, text_of, tokens
from sanspanne.testing.wires.openai_errors import ERRORS, LIMITS

FINISH: dict[Ending, str] = {
    "end": "stop",
    "length": "length",
    "stop_sequence": "stop",
    "tool_calls": "tool_calls",
    "refusal": "stop",
    "filtered": "content_filter",
}


class OpenAIWire(Wire):
    """api.openai.com. Others who speak its format override what they do otherwise."""

    kind: ClassVar[str] = "openai"
    title: ClassVar[str] = "OpenAI"
    models: ClassVar[tuple[str, ...]] = ("gpt-4o", "gpt-4o-mini", "gpt-5")
    paths: ClassVar[tuple[str, ...]] = ("/v1/chat/completions",)
    owner: ClassVar[str] = "openai"
    id_prefix: ClassVar[str] = "chatcmpl-"
    newline: ClassVar[bytes] = b"\n"
    padded: ClassVar[bool] = True  # chunks carry random letters, so that their length tells nothing
    whole_calls: ClassVar[bool] = False  # a tool call comes in one chunk
    usage_on_demand: ClassVar[bool] = True  # `stream_options.include_usage` is understood
    errors: ClassVar[dict[Reason, Told]] = ERRORS

    # --- the question

    def asked(self, method: str, path: str, body: Json) -> Asked | None:
        if method != "POST" or path not in self.paths:
            return None
        messages = [m for m in body.get("messages", []) if isinstance(m, dict)]
        asked_by_user = [text_of(m.get("content")) for m in messages if m.get("role") == "user"]
        stop = body.get("stop") or ()
        return Asked(
            model=str(body.get("model", "")),
            question=asked_by_user[-1] if asked_by_user else "",
            prompt_tokens=tokens("".join(text_of(m.get("content")) for m in messages)),
            stream=bool(body.get("stream")),
            include_usage=bool((body.get("stream_options") or {}).get("include_usage")),
            max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
            stop=(stop,) if isinstance(stop, str) else tuple(stop),
            n=body.get("n") or 1,
            logprobs=bool(body.get("logprobs")),
            tools={t["function"]["name"]: t["function"].get("parameters", {}) for t in body.get("tools") or ()},
            tool=_forced_tool(body),
            schema=_schema(body.get("response_format")),
        )

    # --- the answer

    def headers(self, said: Said) -> dict[str, str]:
        ids = {"x-request-id": f"req_{said.id}", "openai-processing-ms": "212", "openai-version": "2020-10-01"}
        return {**ids, **LIMITS}

    def stream(self, said: Said) -> list[Piece]:
        pieces = [piece for choice in range(said.asked.n) for piece in self._choice(said, choice)]
        if said.asked.include_usage and self.usage_on_demand:
            pieces.append(Piece("end", self.event(self.chunk(said, [], usage=self.usage(said)))))
        if said.ends:
            pieces.append(Piece("end", self.done()))
        return pieces

    def whole(self, said: Said) -> bytes:
        choices = [self._whole_choice(said, choice) for choice in range(said.asked.n)]
        return encode(
            {
                **self._envelope(said, "chat.completion"),
                "choices": choices,
                "usage": self.usage(said),
                **self.extras(said),
            }
        )

    # --- what the followers of this format change

    def extras(self, said: Said) -> Json:
        """Fields at the top of the answer and of each of its chunks."""
        return {"service_tier": "default", "system_fingerprint": "fp_50cad350e4"}

    def thought(self, text: str) -> Json:
        """How a piece of reasoning looks in a message or a delta; OpenAI keeps it to itself."""
        return {}

    def usage(self, said: Said) -> Json:
        """The count of tokens."""
        output = said.output_tokens * said.asked.n
        return {
            "prompt_tokens": said.asked.prompt_tokens,
            "completion_tokens": output,
            "total_tokens": said.asked.prompt_tokens + output,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": len(said.thinking),
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def finished(self, said: Said, choice: int) -> Iterator[Piece]:
        """The chunk that says why a choice has ended."""
        if said.ending is not None:
            yield Piece("stop", self.event(self.chunk(said, [self.delta(choice, {}, finish=FINISH[said.ending])])))

    def chunk(self, said: Said, choices: list[Json], usage: Json | None = None) -> Json:
        """One chunk of a stream, as an object."""
        counted = {"usage": usage} if said.asked.include_usage and self.usage_on_demand else {}
        padding = {"obfuscation": "aZ09"[: 1 + len(encode(choices)) % 4]} if self.padded else {}
        return {
            **self._envelope(said, "chat.completion.chunk"),
            **self.extras(said),
            "choices": choices,
            **counted,
            **padding,
        }

    def delta(self, choice: int, delta: Json, finish: str | None = None, logprobs: Json | None = None) -> Json:
        """One choice of a chunk."""
        return {"index": choice, "delta": delta, "logprobs": logprobs, "finish_reason": finish}

    def event(self, chunk: Json) -> bytes:
        """A chunk as a server-sent event."""
        return b"data: " + encode(chunk) + 2 * self.newline

    def done(self) -> bytes:
        """The terminal marker."""
        return b"data: [DONE]" + 2 * self.newline

    # --- the failures

    def failure(self, reason: Reason, model: str) -> Reply:
        told = self.told(reason)
        return json_reply(self.error_body(told, model), told.status, {"x-request-id": "req_scripted", **told.headers})

    def error_body(self, told: Told, model: str) -> Json:
        """An error as JSON."""
        message = told.message.format(model=model)
        return {"error": {"message": message, "type": told.type, "param": told.param, "code": told.code}}

    def failure_event(self, reason: Reason, model: str) -> bytes:
        return b"data: " + self.failure(reason, model).body + 2 * self.newline

    # --- the rest

    def page(self, method: str, path: str, body: Json, models: tuple[str, ...]) -> Reply | None:
        described = [{"id": m, "object": "model", "created": 1715367049, "owned_by": self.owner} for m in models]
        if method != "GET" or not path.startswith(f"{self.mount}/models"):
            return None
        if path == f"{self.mount}/models":
            return json_reply({"object": "list", "data": described})
        model = path.removeprefix(f"{self.mount}/models/")
        return next((json_reply(d) for d in described if d["id"] == model), self.failure(Reason.MODEL_GONE, model))

    # --- one choice

    def _choice(self, said: Said, choice: int) -> Iterator[Piece]:
        def say(delta: Json, logprobs: Json | None = None) -> Piece:
            return Piece("say", self.event(self.chunk(said, [self.delta(choice, delta, logprobs=logprobs)])))

        content = None if said.tool_calls and not said.pieces else ""
        role = {"role": "assistant", "content": content, "refusal": None}
        yield Piece("begin", self.event(self.chunk(said, [self.delta(choice, role)])))
        yield from (say(self.thought(text)) for text in said.thinking if self.thought(text))
        yield from (say({"content": text}, self.logprobs(said, (text,))) for text in said.pieces)
        yield from (say({"refusal": word}) for word in words(said.refusal))
        for index, call in enumerate(said.tool_calls):
            yield from (say({"tool_calls": [part]}) for part in self._call_parts(said, index, call))
        yield from self.finished(said, choice)

    def _whole_choice(self, said: Said, choice: int) -> Json:
        message: Json = {"role": "assistant", "content": said.text or None, "refusal": said.refusal or None}
        if not (said.tool_calls or said.refusal):
            message["content"] = said.text
        if said.thinking:
            message |= self.thought("".join(said.thinking))
        if said.tool_calls:
            message["tool_calls"] = [self._whole_call(said, index, call) for index, call in enumerate(said.tool_calls)]
        finish = FINISH[said.ending] if said.ending else None
        return {
            "index": choice,
            "message": {**message, "annotations": []},
            "logprobs": self.logprobs(said, said.pieces),
            "finish_reason": finish,
        }

    def call_id(self, said: Said, index: int) -> str:
        """The id of an answer's tool call."""
        return f"call_{said.id[:20]}{index}"

    def _whole_call(self, said: Said, index: int, call: ToolUse) -> Json:
        function = {"name": call.name, "arguments": call.json()}
        return {"id": self.call_id(said, index), "type": "function", "function": function}

    def _call_parts(self, said: Said, index: int, call: ToolUse) -> Iterator[Json]:
        whole = {"index": index, **self._whole_call(said, index, call)}
        if self.whole_calls:
            yield whole
            return
        yield {**whole, "function": {"name": call.name, "arguments": ""}}
        text = call.json()
        for start in range(0, len(text), 8):
            yield {"index": index, "function": {"arguments": text[start : start + 8]}}

    def logprobs(self, said: Said, pieces: tuple[str, ...]) -> Json | None:
        """The log-probabilities of pieces of text, if they were asked for."""
        if not said.asked.logprobs:
            return None
        entries = [{"token": p, "logprob": -0.25, "bytes": list(p.encode()), "top_logprobs": []} for p in pieces]
        return {"content": entries, "refusal": None}

    def _envelope(self, said: Said, kind: str) -> Json:
        return {"id": self.id_prefix + said.id, "object": kind, "created": said.created, "model": said.asked.model}


def _forced_tool(body: Json) -> str | None:
    choice, tools = body.get("tool_choice"), body.get("tools") or ()
    if isinstance(choice, dict):
        return str(choice.get("function", {}).get("name")) or None
    return str(tools[0]["function"]["name"]) if choice in ("required", "any") and tools else None


def _schema(response_format: Any) -> Json | None:
    match response_format:
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return schema
        case {"type": "json_object"}:
            return {"type": "object", "properties": {"answer": {"type": "string"}}}
        case _:
            return None
