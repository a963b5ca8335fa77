"""Makes of a caller's request what the small model gets: short enough, with limits, and honest about what was left out.

The system text and the last question are kept whole, or refused with a sentence; in between the oldest turns go first. Of an
answer that has begun, and is to be gone on with, the end is kept: its beginning goes when there is no more room.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from sanspanne.chat import ChatRequest, Message, Part, Refusal, Text, Thinking
from sanspanne.errors import ClientFault
from sanspanne.onboard.language import Language, language_of
from sanspanne.onboard.tokens import Count, Turns

REPLY = 256  # tokens, for who does not say
TEMPERATURE = 0.3
SPARE = 16  # tokens: the template's own marks at the end of the context
LEAST_BEGUN = 400  # bytes at the end of an answer that has begun: with fewer its thread is lost

# Those of the catalogue's slots that are warm know these two by heart.
SYSTEM: dict[Language, str] = {
    "en": "You are a helpful, honest assistant. Answer in the language of the question, in few words.",
    "fr": "Tu es un assistant utile et honnête. Réponds en français, en peu de mots.",
}


class Room(Struct, frozen=True):
    """In tokens: the context of a slot, the longest prompt that is read in time, the longest answer that is allowed now."""

    context: int
    prompt: int
    reply: int


class Notes(Struct, frozen=True):
    """What was done to the request. `dropped` counts messages; `prompt_tokens` is an upper bound or exact.

    `begun` says that the beginning of an unfinished answer was left out.
    """

    prompt_tokens: int
    max_tokens: int
    dropped: int = 0
    shortened: bool = False  # the caller asked for more than `max_tokens`
    begun: bool = False


async def prepare(request: ChatRequest, room: Room, count: Count) -> tuple[ChatRequest, Notes]:
    """The request for the model on board, and what was done to it. Raises `ClientFault` when it cannot be made to fit."""
    messages = tuple(plain(message) for message in request.messages)
    messages = _system_first(messages, SYSTEM[language_of(_last_words(messages))])
    reply = min(request.max_tokens or REPLY, room.reply, room.context // 2)
    budget = min(room.prompt, room.context - reply - SPARE)
    kept, tokens = await fit(messages, budget, count)
    dropped = len(messages) - len(kept)
    begun = kept[-1] != messages[-1]
    notes = Notes(tokens, reply, dropped, shortened=reply < (request.max_tokens or 0), begun=begun)
    return _rewritten(request, kept, reply), notes


def _system_first(messages: tuple[Message, ...], default: str) -> tuple[Message, ...]:
    """All system text as one first message, where every model's template takes it."""
    texts = [_text(message) for message in messages if message.role == "system"] or [default]
    turns = tuple(message for message in messages if message.role != "system")
    return (Message("system", (Text("\n\n".join(texts)),)), *turns)


def _rewritten(request: ChatRequest, messages: tuple[Message, ...], reply: int) -> ChatRequest:
    """A copy in neutral words: without the caller's own fields it is translated, and not passed on as it came."""
    return msgspec.structs.replace(
        request,
        messages=messages,
        max_tokens=reply,
        temperature=TEMPERATURE if request.temperature is None else request.temperature,
        reasoning=None,
        fields={},
        headers={},
        unknown=(),
    )


def plain(message: Message) -> Message:
    """The message with its words alone. Raises `ClientFault` if it holds more than words."""
    words = tuple(text for part in message.parts if (text := _words(part)) is not None)
    return Message(message.role, (Text("\n".join(words)),))


def _words(part: Part) -> str | None:
    match part:
        case Text(text=text) | Refusal(text=text):
            return text
        case Thinking():
            return None
        case _:
            kind = type(part).__name__.lower()
            raise ClientFault(f"the model on board reads text only, and the request holds: {kind}", target="onboard")


async def fit(messages: tuple[Message, ...], budget: int, count: Count) -> tuple[tuple[Message, ...], int]:
    """What fits in `budget` tokens of a system message and the turns after it, and its count.

    Raises `ClientFault` if not even the system text and the last question fit, with the end of an answer that has begun.
    """
    kept = messages
    if (most := _at_most(kept)) <= budget:
        return kept, most
    while (tokens := await count(_turns(kept))) > budget:
        shorter = _without_oldest(kept, size=_size(kept) * budget // tokens)
        if shorter == kept:
            raise _too_long(_size(kept), tokens, budget)
        kept = shorter
    return kept, tokens


def _without_oldest(messages: tuple[Message, ...], size: int) -> tuple[Message, ...]:
    """Drop at least one old message, and more until about `size` bytes are left; begin with a question, not an answer."""
    system, *turns = messages
    size -= _size((system,))
    last = 2 if [turn.role for turn in turns[-2:]] == ["user", "assistant"] else 1  # a question with its begun answer
    dropped = False
    while len(turns) > last and (not dropped or _size(tuple(turns)) > size or turns[0].role == "assistant"):
        del turns[0]
        dropped = True
    if not dropped and turns[-1].role == "assistant":
        turns[-1] = _end_of(turns[-1], size - _size(tuple(turns[:-1])))
    return (system, *turns)


def _end_of(begun: Message, size: int) -> Message:
    """The end of an answer that has begun: less than all of it, about `size` bytes, from the beginning of a word on."""
    data = _text(begun).encode("utf-8", "surrogatepass")
    size = max(LEAST_BEGUN, min(size, len(data) * 9 // 10))
    if size >= len(data):
        return begun
    end = data[-size:].decode("utf-8", "ignore")
    word = end.find(" ", 0, len(end) // 2)
    return Message("assistant", (Text(end[word + 1 :]),))


def _too_long(size: int, tokens: int, budget: int) -> ClientFault:
    characters = size * budget // tokens // 50 * 50
    return ClientFault(
        f"this is too long for the model on board, which is the only one that answers now: it can read about {characters} "
        f"characters ({budget} tokens), and the last message with the system text has {tokens} tokens",
        target="onboard",
        status=400,
        reason="too_long",
    )


def _at_most(messages: tuple[Message, ...]) -> int:
    """A bound that needs no counting: a token is at least one byte, and the template adds a few to each message."""
    return _size(messages) + 10 * len(messages)


def _size(messages: tuple[Message, ...]) -> int:
    return sum(len(turn["content"].encode("utf-8", "surrogatepass")) for turn in _turns(messages))


def _turns(messages: tuple[Message, ...]) -> Turns:
    return [{"role": message.role, "content": _text(message)} for message in messages]


def _text(message: Message) -> str:
    return "\n".join(part.text for part in message.parts if isinstance(part, Text))


def _last_words(messages: tuple[Message, ...]) -> str:
    return next((_text(message) for message in reversed(messages) if message.role == "user"), "")
