"""Counts the tokens of a conversation, with the engine's own template and vocabulary."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from sanspanne.errors import ServerFault
from sanspanne.onboard.supervisor import Engine

Turns = list[dict[str, str]]
Count = Callable[[Turns], Awaitable[int]]

TIMEOUT = aiohttp.ClientTimeout(total=5.0)


def counter(engine: Engine) -> Count:
    """A function that asks `engine`. It raises `ServerFault` when the engine does not answer."""

    async def count(turns: Turns) -> int:
        base = engine.base_url.removesuffix("/v1")
        # A connection for each question: the engine closes idle ones without a word, and loopback costs nothing.
        headers = {"authorization": f"Bearer {engine.key}", "connection": "close"}
        try:
            async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT, raise_for_status=True) as session:
                prompt = await _ask(session, f"{base}/apply-template", _question(turns))
                tokens = await _ask(session, f"{base}/tokenize", {"content": prompt["prompt"], "parse_special": True})
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ServerFault(f"the model on board did not count the tokens: {error}", target="onboard") from None
        return len(tokens["tokens"])

    return count


def _question(turns: Turns) -> dict[str, Any]:
    """As the question itself will be put: an answer that has begun is left open (see providers/prefill.py)."""
    if turns[-1]["role"] != "assistant":
        return {"messages": turns}
    template = {"enable_thinking": False}
    fields = {"continue_final_message": True, "add_generation_prompt": False, "chat_template_kwargs": template}
    return {"messages": turns, **fields}


async def _ask(session: aiohttp.ClientSession, url: str, question: dict[str, Any]) -> dict[str, Any]:
    async with session.post(url, json=question) as response:
        answer: dict[str, Any] = await response.json()
        return answer
