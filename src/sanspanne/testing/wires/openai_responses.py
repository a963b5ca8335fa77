"""OpenAI Responses as api.openai.com puts it on the wire, beside chat completions.

    POST /v1/responses                                      an answer; with `background` it is kept, and made to its end
    GET  /v1/responses/{id}?stream=true&starting_after=N    the events behind number N of one that was made in the background
    GET  /v1/responses/{id}                                 such an answer as a whole
    POST /v1/responses/{id}/cancel                          nobody wants it any more

A GET with `stream` plays a script of its own, the next one: it may break, stall and fail like any answer, but what it says is
what was kept. Without `background` nothing is kept, and the GET is a 404.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

from sanspanne.testing.asked import Asked, Said
from sanspanne.testing.wires.base import Json, Piece, Reason, Reply, Told, Wire, encode, json_reply, text_of, tokens
from sanspanne.testing.wires.openai import OpenAIWire
from sanspanne.testing.wires.openai_errors import ERRORS, INVALID, LIMITS
from sanspanne.testing.wires.openai_responses_events import ResponseWriter, written

PATH = "/v1/responses"


class Kept(Struct):
    """An answer that was made in the background."""

    writer: ResponseWriter
    is_cancelled: bool = False


class OpenAIPlatformWire(OpenAIWire):
    """api.openai.com with both of its formats. `kept` has the answers in the background by their ids.

    `replays` (a fault): an answer that is taken up again comes from its first event on, whatever was asked.
    """

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.replays = False

    def asked(self, method: str, path: str, body: Json) -> Asked | None:
        if (method, path) == ("POST", PATH):
            return question(body)
        kept = self.kept.get(path.removeprefix(f"{PATH}/"))
        if method == "GET" and kept is not None and body.get("stream") == "true":
            return kept.writer.said.asked
        return super().asked(method, path, body)

    def serving(self, method: str, path: str, body: Json) -> Wire:
        if path == PATH:
            return ResponsesWire(self, background=body.get("background") is True)
        if path.startswith(f"{PATH}/"):
            after = -1 if self.replays else int(body.get("starting_after", -1))
            return ResponsesWire(self, self.kept.get(path.removeprefix(f"{PATH}/")), after=after)
        return self

    def page(self, method: str, path: str, body: Json, models: tuple[str, ...]) -> Reply | None:
        if not path.startswith(f"{PATH}/"):
            return super().page(method, path, body, models)
        id_, _, verb = path.removeprefix(f"{PATH}/").partition("/")
        kept = self.kept.get(id_)
        if kept is None or (method, verb) not in (("GET", ""), ("POST", "cancel")):
            message = f"Response with id '{id_}' not found."
            return json_reply({"error": {"message": message, "type": INVALID, "param": None, "code": None}}, 404)
        kept.is_cancelled = kept.is_cancelled or verb == "cancel"
        return json_reply(kept.writer.response("cancelled" if kept.is_cancelled else kept.writer.status))


class ResponsesWire(Wire):
    """One request of this format: a new answer, or the rest of one that was `kept`, behind event number `after`."""

    kind: ClassVar[str] = "openai"
    title: ClassVar[str] = "OpenAI"
    errors: ClassVar[dict[Reason, Told]] = ERRORS

    def __init__(
        self, platform: OpenAIPlatformWire, kept: Kept | None = None, *, after: int = -1, background: bool = False
    ) -> None:
        self._platform, self._kept, self._after, self._background = platform, kept, after, background

    def headers(self, said: Said) -> dict[str, str]:
        return {"x-request-id": f"req_{said.id}", "openai-version": "2020-10-01", **LIMITS}

    def stream(self, said: Said) -> list[Piece]:
        return self._writer(said).pieces()[self._after + 1 :]

    def whole(self, said: Said) -> bytes:
        writer = self._writer(said)
        return encode(writer.response("queued" if self._background else writer.status))

    def failure(self, reason: Reason, model: str) -> Reply:
        return self._platform.failure(reason, model)

    def failure_event(self, reason: Reason, model: str) -> bytes:
        """An error in the stream, nested as it is seen on the wire; the API reference has it flat (see `flat_error`)."""
        error = self._platform.error_body(self.told(reason), model)["error"]
        return written({"type": "error", "error": error, "sequence_number": 0})

    def page(self, method: str, path: str, body: Json, models: tuple[str, ...]) -> Reply | None:
        return self._platform.page(method, path, body, models)

    def _writer(self, said: Said) -> ResponseWriter:
        if self._kept is not None:
            return self._kept.writer
        writer = ResponseWriter(said, background=self._background)
        if self._background:
            self._platform.kept[writer.id] = Kept(writer)
        return writer


def question(body: Json) -> Asked:
    """The question in the body of a request."""
    given = body.get("input") or ""
    turns = given if isinstance(given, list) else [{"role": "user", "content": given}]
    by_user = [text_of(turn.get("content")) for turn in turns if turn.get("role") == "user"]
    tools = {str(tool["name"]): tool.get("parameters") or {} for tool in body.get("tools") or ()}
    return Asked(
        model=str(body.get("model", "")),
        question=by_user[-1] if by_user else "",
        prompt_tokens=tokens("".join(text_of(turn.get("content")) for turn in turns)),
        stream=bool(body.get("stream")),
        max_tokens=body.get("max_output_tokens"),
        tools=tools,
        tool=_forced_tool(body.get("tool_choice"), tools),
        schema=_schema((body.get("text") or {}).get("format")),
    )


def _forced_tool(choice: Any, tools: Json) -> str | None:
    if isinstance(choice, dict):
        return str(choice.get("name")) or None
    return next(iter(tools), None) if choice == "required" else None


def _schema(form: Any) -> Json | None:
    match form:
        case {"type": "json_schema", "schema": dict(schema)}:
            return schema
        case {"type": "json_object"}:
            return {"type": "object", "properties": {"answer": {"type": "string"}}}
        case _:
            return None
