"""What is asked and what is answered: the name of the model chooses the scenario, so every server passes it on unseen."""

from __future__ import annotations

import json

from msgspec import Struct

IDLE_SECONDS = 3.0


class Stream(Struct, frozen=True):
    """A streamed answer of `count` texts, `burst` of them every `pause` seconds; 0: as fast as the connection takes them."""

    count: int
    pause: float
    burst: int = 1


JSON = "json"
FLOOD = "flood"
PACED = "paced"
IDLE = "idle"
PROBE = "probe"  # what a gateway gets that asks, in a stream of its own, whether the model answers
STREAMS = {
    PROBE: Stream(1, 0.0),
    FLOOD: Stream(400, 0.0),
    PACED: Stream(100, 0.02),
    IDLE: Stream(20, IDLE_SECONDS),
}
MODELS = (JSON, FLOOD, PACED, IDLE)
KEY = "sk-5e0b1c9a7d3f42868f1e6a0c2b9d4e7f"  # LiteLLM refuses to start with a weak one; a secret it is not
DONE = b"data: [DONE]\n\n"
MARK = b'"content":" word '  # stands once in each chunk that carries text


def json_answer() -> bytes:
    """A whole answer of about 1 kB."""
    text = " ".join(f"word {number}" for number in range(70))
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, "refusal": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    usage = {"prompt_tokens": 180, "completion_tokens": 140, "total_tokens": 320}
    return _compact({**_head("chat.completion"), "choices": [choice], "usage": usage})


def chunks(count: int) -> list[bytes]:
    """The events of a streamed answer, no two texts alike: role, texts, stop."""
    deltas: list[dict[str, object]] = [{"role": "assistant", "content": "", "refusal": None}]
    deltas += [{"content": f" word {number}"} for number in range(count)]
    return [*(_chunk(delta, None) for delta in deltas), _chunk({}, "stop")]


def request(model: str, host: str, headers: str = "") -> bytes:
    """One HTTP request of about 1 kB of JSON; `headers` are further lines of its head, each with its end."""
    prompt = "Tell me, in a few words, what the weather will be. " * 16
    messages = [{"role": "system", "content": "You are brief."}, {"role": "user", "content": prompt}]
    body = _compact({"model": model, "messages": messages, "temperature": 0.5, "stream": model != JSON})
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {KEY}\r\n"
        f"content-type: application/json\r\n{headers}content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _chunk(delta: dict[str, object], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return b"data: " + _compact({**_head("chat.completion.chunk"), "choices": [choice]}) + b"\n\n"


def _head(kind: str) -> dict[str, object]:
    return {"id": "chatcmpl-bench", "object": kind, "created": 1_700_000_000, "model": "bench-1"}


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
