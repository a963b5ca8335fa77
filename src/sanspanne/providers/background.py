"""OpenAI's Responses API in the background: the answer is made whether anybody listens or not, so a broken stream can be taken up.

    POST /responses  background, stream, store        the stream breaks after event N
    GET  /responses/{id}?stream=true&starting_after=N goes on with event N + 1
    POST /responses/{id}/cancel                       nobody wants the rest: else it is made to its end, and paid for

Only what this API can carry whole is asked through it; the rest goes where it always went.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from sanspanne.chat import Capability, ChatRequest, ResumePoint
from sanspanne.dialects.base import Written
from sanspanne.dialects.gemini.call_ids import plain_id
from sanspanne.dialects.openai_responses import OPENAI_RESPONSES
from sanspanne.dialects.openai_responses.request_out import lost_options

# What only chat completions serve: sound, and searches by models of their own.
_ELSEWHERE = re.compile(r"audio|search-(preview|api)|realtime|transcribe")
_NATIVE = frozenset({Capability.NATIVE_OPENAI_CHAT, Capability.NATIVE_ANTHROPIC, Capability.NATIVE_GEMINI})


def fits(request: ChatRequest, model: str) -> bool:
    """Whether all that is asked has a place in this API. A field that we do not know may mean something to the other one."""
    return (
        request.stream
        and not lost_options(request)
        and not (request.unknown and request.dialect == "openai_chat")
        and not request.needs.keys() & {*_NATIVE, Capability.AUDIO}
        and not any(message.name for message in request.messages)
        and _ELSEWHERE.search(model) is None
    )


def written(request: ChatRequest, model: str) -> Written:
    """The request, to be answered in the background and kept until the answer has been read."""
    plain = OPENAI_RESPONSES.write_request(request, model)
    items = [_with_plain_call_id(item) for item in plain.fields["input"]]
    return Written({**plain.fields, "input": items, "background": True, "store": True}, plain.omitted)


def path_after(point: ResumePoint) -> str:
    """Where the rest of an answer is."""
    after = f"&starting_after={point.after}" if point.after >= 0 else ""
    return f"/responses/{quote(point.id, safe='')}?stream=true{after}"


def path_to_cancel(answer: str) -> str:
    """Where the rest of the answer with that id is called off."""
    return f"/responses/{quote(answer, safe='')}/cancel"


def _with_plain_call_id(item: dict[str, Any]) -> dict[str, Any]:
    """A call whose id carries a thought signature of Gemini's, under the short id: 64 characters are allowed."""
    return {**item, "call_id": plain_id(item["call_id"])} if "call_id" in item else item
