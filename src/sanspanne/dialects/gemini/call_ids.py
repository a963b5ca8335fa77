"""Names for tool calls, which Gemini often leaves nameless, and its thought signatures inside them.

A Gemini 3 model wants the signature of a function call back with the call, word for word. A caller's dialect has no place for
it, but every dialect brings the id of a call back: so the signature travels in the id. Ids keep to `[A-Za-z0-9_-]`, which all
dialects accept.
"""

from __future__ import annotations

from hashlib import sha256

_MARK = "-ts-"
_TO_URL = str.maketrans("+/", "-_", "=")
_FROM_URL = str.maketrans("-_", "+/")


def call_id(answer: str, number: int, name: str, signature: str | None, given: str | None) -> str:
    """The id of call `number` of an answer: the one `given`, or the same one each time for the same call."""
    base = given or "call_" + sha256(f"{answer}\0{number}\0{name}".encode()).hexdigest()[:20]
    return base + _MARK + signature.translate(_TO_URL) if signature else base


def signature_of(call: str) -> str | None:
    """The thought signature that `call_id` put into an id, in standard base64."""
    _, mark, tail = call.partition(_MARK)
    if not mark or not tail:
        return None
    return tail.translate(_FROM_URL) + "=" * (-len(tail) % 4)


def plain_id(call: str) -> str:
    """The id without its signature."""
    return call.partition(_MARK)[0]
