"""Asks one target for one word and says what came of it: reachable, key valid, model known, how fast.

What is not known stays None: a server that cannot be reached says nothing about the key, a key that is refused says nothing
about the model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from msgspec import Struct

from sanspanne.chat import Damaged, Ended, Event, Failed, Frame, Stopped, Target, says_something
from sanspanne.dialects.base import StreamReader
from sanspanne.errors import CredentialFailure, Failure, ModelGone
from sanspanne.providers.base import Provider
from sanspanne.providers.transport import Transport, TransportError, Upstream

LIMIT = 60.0  # seconds; a model that reasons may be silent for that long
MAX_BODY = 1024 * 1024


class Verdict(Struct, frozen=True):
    """What is known of a target. `first_token` is in seconds; `sentence` says what is wrong, and is empty if nothing is."""

    target: str
    reachable: bool | None = None
    key_valid: bool | None = None
    model_known: bool | None = None
    first_token: float | None = None
    sentence: str = ""

    @property
    def well(self) -> bool:
        """Whether the target answered."""
        return not self.sentence


async def check_target(
    provider: Provider, transport: Transport, model: str, clock: Callable[[], float], limit: float = LIMIT
) -> Verdict:
    """Ask `model` for one word, for at most `limit` seconds. `clock` counts seconds. Never raises for the target's faults."""
    target = str(Target(provider.name, model))
    call, reader = provider.probe(model)
    upstream: Upstream | None = None
    begun = clock()
    try:
        async with asyncio.timeout(limit):
            upstream = await transport.open(call)
            if upstream.status >= 300:
                return _refused(target, provider.failure(upstream.status, upstream.headers, await _body(upstream)))
            return await _first_word(target, provider, upstream, reader, lambda: clock() - begun)
    except TransportError as error:
        # once a head has come the server is there, whatever became of the rest
        return Verdict(target, reachable=upstream is not None, sentence=_sentence(f"The connection failed: {error}"))
    except TimeoutError:
        return Verdict(target, reachable=upstream is not None, sentence=f"No word came within {limit:g} seconds.")
    finally:
        if upstream is not None:
            upstream.abort()


async def _first_word(
    target: str, provider: Provider, upstream: Upstream, reader: StreamReader, elapsed: Callable[[], float]
) -> Verdict:
    while True:
        chunk = await upstream.next_chunk()
        for event in _events(reader.feed(chunk) if chunk else reader.close()):
            if isinstance(event, Failed):
                return _refused(target, provider.failure_in_stream(event.error))
            if isinstance(event, Damaged):
                return Verdict(target, reachable=True, sentence=_sentence(f"The answer cannot be read: {event.detail}"))
            # one token may be spent on a thought that is not shown: then the stop is the first that is heard
            if says_something(event) or isinstance(event, Stopped | Ended):
                return Verdict(target, reachable=True, key_valid=True, model_known=True, first_token=elapsed())
        if not chunk:
            return Verdict(target, reachable=True, sentence="The answer ended before its first word.")


def _refused(target: str, failure: Failure) -> Verdict:
    key_refused = isinstance(failure, CredentialFailure)
    model_gone = isinstance(failure, ModelGone)
    return Verdict(
        target,
        reachable=True,
        key_valid=False if key_refused else True if model_gone else None,
        model_known=False if model_gone else None,
        sentence=_sentence(failure.message),
    )


async def _body(upstream: Upstream) -> bytes:
    body = b""
    while len(body) < MAX_BODY and (chunk := await upstream.next_chunk()):
        body += chunk
    return body


def _events(frames: Iterable[Frame]) -> list[Event]:
    return [event for frame in frames for event in frame.events]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
