"""OpenAI Responses: one answer, written down as the events of a stream and as one JSON body.

Every event has a `sequence_number`, from 0. An answer is a row of items (reasoning, a message, function calls); each of them is
added, said piece by piece, and repeated whole when it is done.
"""

from __future__ import annotations

from collections.abc import Iterator

from sanspanne.testing.asked import Said, ToolUse, words
from sanspanne.testing.wires.base import Json, Piece, encode

STATUS = {"length": "incomplete", "filtered": "incomplete"}
REASONS = {"length": "max_output_tokens", "filtered": "content_filter"}


class ResponseWriter:
    """Writes one answer. `background` says that it is made whether anybody listens or not."""

    def __init__(self, said: Said, *, background: bool) -> None:
        self.said = said
        self.id = f"resp_{said.id}"
        self._background = background
        self._number = 0

    # --- as a whole

    def response(self, status: str) -> Json:
        """The response object; with its output once it is over."""
        is_over = status in ("completed", "incomplete")
        reason = REASONS.get(self.said.ending or "")
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.said.created,
            "status": status,
            "background": self._background,
            "error": None,
            "incomplete_details": {"reason": reason} if is_over and reason else None,
            "instructions": None,
            "max_output_tokens": self.said.asked.max_tokens,
            "model": self.said.asked.model,
            "output": [item for item, _ in self._items()] if is_over else [],
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "store": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "usage": self._usage() if is_over else None,
            "metadata": {},
        }

    @property
    def status(self) -> str:
        """How it ends."""
        return STATUS.get(self.said.ending or "", "completed")

    def _usage(self) -> Json:
        prompt, output = self.said.asked.prompt_tokens, self.said.output_tokens
        return {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": len(self.said.thinking)},
            "total_tokens": prompt + output,
        }

    # --- as a stream

    def pieces(self) -> list[Piece]:
        """The events of the stream."""
        self._number = 0
        start = ["created", "queued", "in_progress"] if self._background else ["created", "in_progress"]
        pieces = [self._response(name, "queued" if self._background else "in_progress") for name in start]
        items = self._items()
        for place, (item, said) in enumerate(items):
            pieces += self._item(place, item, said, is_last=place == len(items) - 1)
        if self.said.ending is not None and self.said.ends:
            pieces.append(self._response(self.status, self.status, role="end"))
        return pieces

    def _response(self, name: str, status: str, role: str = "begin") -> Piece:
        return self._event(role, f"response.{name}", response=self.response(status))

    def _event(self, role: str, type_: str, **rest: object) -> Piece:
        event = {"type": type_, "sequence_number": self._number, **rest}
        self._number += 1
        return Piece(role, written(event))  # type: ignore[arg-type]

    # --- its items

    def _items(self) -> list[tuple[Json, tuple[str, ...]]]:
        """The items of the output, each with the pieces in which it is said."""
        said = self.said
        items: list[tuple[Json, tuple[str, ...]]] = []
        if said.thinking:
            summary = [{"type": "summary_text", "text": "".join(said.thinking)}]
            items.append(({"id": f"rs_{said.id}", "type": "reasoning", "summary": summary}, said.thinking))
        if said.pieces or not (said.refusal or said.tool_calls):
            items.append((self._message(self._text(said.text)), said.pieces))
        if said.refusal:
            items.append((self._message({"type": "refusal", "refusal": said.refusal}), words(said.refusal)))
        return items + [self._call(number, call) for number, call in enumerate(said.tool_calls)]

    def _message(self, part: Json) -> Json:
        return {
            "id": f"msg_{self.said.id}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [part],
        }

    def _text(self, text: str) -> Json:
        notes = [
            {"type": "url_citation", "url": source.url, "title": source.title, "start_index": 0, "end_index": len(text)}
            for source in self.said.sources
        ]
        return {"type": "output_text", "text": text, "annotations": notes, "logprobs": []}

    def _call(self, number: int, call: ToolUse) -> tuple[Json, tuple[str, ...]]:
        text = call.json()
        item = {
            "id": f"fc_{self.said.id}{number}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{self.said.id[:20]}{number}",
            "name": call.name,
            "arguments": text,
        }
        return item, tuple(text[start : start + 8] for start in range(0, len(text), 8))

    def _item(self, place: int, item: Json, said: tuple[str, ...], *, is_last: bool) -> Iterator[Piece]:
        """An item is added, said and done. What is done stands at the end only behind the last one."""
        done = "stop" if is_last else "begin"
        empty = {"summary": [], "content": [], "arguments": ""}
        added = {name: empty.get(name, value) for name, value in item.items()}
        if "status" in added:
            added["status"] = "in_progress"
        yield self._event("begin", "response.output_item.added", output_index=place, item=added)
        where: Json = {"item_id": item["id"], "output_index": place}
        match item["type"]:
            case "reasoning":
                yield from self._thought(where, item, said, done)
            case "function_call":
                for piece in said:
                    yield self._event("say", "response.function_call_arguments.delta", **where, delta=piece)
                whole = {"name": item["name"], "arguments": item["arguments"]}
                yield self._event(done, "response.function_call_arguments.done", **where, **whole)
            case _:
                yield from self._part(where, item["content"][0], said, done)
        yield self._event(done, "response.output_item.done", output_index=place, item=item)

    def _thought(self, where: Json, item: Json, said: tuple[str, ...], done: str) -> Iterator[Piece]:
        part, where = item["summary"][0], {**where, "summary_index": 0}
        name = "response.reasoning_summary"
        yield self._event("begin", f"{name}_part.added", **where, part={"type": "summary_text", "text": ""})
        for piece in said:
            yield self._event("say", f"{name}_text.delta", **where, delta=piece)
        yield self._event(done, f"{name}_text.done", **where, text=part["text"])
        yield self._event(done, f"{name}_part.done", **where, part=part)

    def _part(self, where: Json, part: Json, said: tuple[str, ...], done: str) -> Iterator[Piece]:
        where = {**where, "content_index": 0}
        field = "refusal" if part["type"] == "refusal" else "text"
        name = "response.refusal" if field == "refusal" else "response.output_text"
        rest: Json = {} if field == "refusal" else {"logprobs": []}
        hollow = {**part, field: "", **({} if field == "refusal" else {"annotations": []})}
        yield self._event("begin", "response.content_part.added", **where, part=hollow)
        for number, piece in enumerate(said):
            padding = "aZ09"[: 1 + number % 4]
            yield self._event("say", f"{name}.delta", **where, delta=piece, **rest, obfuscation=padding)
        for number, note in enumerate(part.get("annotations", ())):
            yield self._event("say", f"{name}.annotation.added", **where, annotation_index=number, annotation=note)
        yield self._event(done, f"{name}.done", **where, **{field: part[field]}, **rest)
        yield self._event(done, "response.content_part.done", **where, part=part)


def written(event: Json) -> bytes:
    """An event as it goes over the wire: its type is also its name."""
    return b"event: %b\ndata: %b\n\n" % (str(event["type"]).encode(), encode(event))
