"""`/v1/messages/count_tokens`: asked of the first target of the chain that can count, else estimated.

An estimate takes 3.5 bytes of UTF-8 for a token, 1,500 tokens for a picture, and 4 for the frame of a message: within about a
fifth of what the providers count for prose in English and French; code and other scripts may differ more.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import msgspec

from sanspanne.answers.route import Caller
from sanspanne.chat import ChatRequest, Document, Image, Part, Refusal, Target, Text, Thinking, ToolCall, ToolResult
from sanspanne.errors import Failure
from sanspanne.providers.endpoint import Endpoint
from sanspanne.routing.chains import ONBOARD
from sanspanne.tokens import BYTES_PER_TOKEN
from sanspanne.wiring import Wiring

PICTURE = 1500
FRAME = 4
PATIENCE = 5.0  # seconds
MAX_BODY = 64 * 1024


class Counted(msgspec.Struct):
    """What a provider that counts gives back."""

    input_tokens: int


async def count_tokens(
    request: ChatRequest, caller: Caller, wiring: Wiring, obstacle: Callable[[Target], object | None]
) -> int:
    """The tokens of the request's prompt. Raises `CallerError` (404) for a model that is not known.

    The prompt goes only to providers that the caller allows, and to none that stands out just now.
    """
    for target in wiring.chains.find(request.model).targets:
        if target == ONBOARD or not caller.allows(target.provider) or obstacle(target) is not None:
            continue
        counted = await _ask(request, target, wiring.endpoint(target))
        if counted is not None:
            return counted
    return estimate(request)


async def _ask(request: ChatRequest, target: Target, endpoint: Endpoint) -> int | None:
    """What the target counts; None if it cannot count, or not now: an estimate is better than an error."""
    try:
        async with asyncio.timeout(PATIENCE):
            body = await endpoint.count(request, target.model, MAX_BODY)
        return None if body is None else msgspec.json.decode(body, type=Counted).input_tokens
    except (Failure, TimeoutError, msgspec.MsgspecError):
        return None


def estimate(request: ChatRequest) -> int:
    """About how many tokens the prompt has."""
    parts = sum(_tokens(part) for message in request.messages for part in message.parts)
    tools = sum(len(tool.name) + len(tool.description or "") + len(str(tool.schema)) for tool in request.tools)
    return max(1, math.ceil(parts + tools / BYTES_PER_TOKEN + FRAME * len(request.messages)))


def _tokens(part: Part) -> float:
    match part:
        case Text(text=text) | Refusal(text=text) | Thinking(text=text):
            return len(text.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN
        case ToolCall(name=name, arguments=arguments):
            return (len(name) + len(arguments)) / BYTES_PER_TOKEN
        case ToolResult(parts=parts):
            return sum(_tokens(inner) for inner in parts)
        case Image():
            return PICTURE
        case Document(data=data):
            return len(data or "") / BYTES_PER_TOKEN / 4
