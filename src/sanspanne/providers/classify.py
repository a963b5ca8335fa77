"""Which of the ten classes a failure belongs to.

The body is judged first, by the tables of rules (the provider's own, then those for all); its status only when the body says
nothing that we know. What nobody can read is the provider's fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from sanspanne.dialects.openai_chat.errors import read_error, says_error
from sanspanne.errors import ClientFault, Failure, LocalNetworkFault, ServerFault, Stalled, WireError
from sanspanne.providers.rules import BY_STATUS, IN_STREAM, RULES, Rule
from sanspanne.providers.transport import TransportError
from sanspanne.providers.waiting import retry_after
from sanspanne.providers.wording import LONGEST_KEPT, is_html, sentence, without_secrets

_WORD_KEYS = ("type", "code", "status", "reason", "error_code", "quotaId", "error_type")
_DEPTH = 5
_ERROR_STATUS = re.compile(r"[45]\d\d")
_FIELD = re.compile(r"^\s*(data|error)\s*:\s*")


def classify(
    wire: WireError, headers: Mapping[str, str], rules: tuple[Rule, ...] = (), *, secret: str | None = None
) -> Failure:
    """The failure that an error stands for. `rules` come before the common ones; `secret` is masked in its message."""
    headers = {name.lower(): value for name, value in headers.items()}
    wire = _reread(wire)
    kind, reason = _judge(wire, (*rules, *RULES))
    return kind(
        sentence(wire, secret),
        status=wire.status,
        retry_after=retry_after(headers, wire),
        wire=without_secrets(wire, secret),
        reason=reason,
    )


def from_transport(error: TransportError) -> Failure:
    """The failure that a broken exchange stands for: ours if the cause is near us, else the provider's."""
    if error.reason == "connect_timeout":
        return Stalled(str(error), reason="connect")
    kind = LocalNetworkFault if error.local else ServerFault
    return kind(str(error), reason=error.reason)


def _judge(wire: WireError, rules: tuple[Rule, ...]) -> tuple[type[Failure], str]:
    if is_html(wire.text) or is_html(wire.message):
        return ServerFault, "html"
    names = {word.lower() for word in _words(wire)}
    status = _status(wire)
    text = " ".join([(wire.message or wire.text)[:LONGEST_KEPT], *sorted(names)]).lower()
    for rule in rules:
        if _fits(rule, names, text, status):
            return rule.failure, rule.reason
    return _by_status(status, readable=says_error(wire))


def _fits(rule: Rule, names: set[str], text: str, status: int) -> bool:
    return (
        (not rule.statuses or status in rule.statuses)
        and (not rule.words or not rule.words.isdisjoint(names))
        and (rule.phrase is None or rule.phrase.search(text) is not None)
    )


def _by_status(status: int, *, readable: bool) -> tuple[type[Failure], str]:
    if status in BY_STATUS:
        return BY_STATUS[status]
    if 400 <= status < 500:
        return ClientFault, "invalid"
    return ServerFault, "internal" if readable or status >= 500 else "unreadable"


def _status(wire: WireError) -> int:
    """The HTTP status, or that which an error inside an answer claims for itself."""
    if wire.status >= 400:
        return wire.status
    details = wire.details if isinstance(wire.details, dict) else {}
    claims = (wire.code or "", str(details.get("raw_status_code")), str(details.get("status")))
    return next((int(claim) for claim in claims if _ERROR_STATUS.fullmatch(claim)), IN_STREAM)


def _words(wire: WireError) -> Iterator[str]:
    yield from (word for word in (wire.type, wire.code) if word)
    yield from _words_in(wire.details, _DEPTH)


def _words_in(details: Any, depth: int) -> Iterator[str]:
    """The short words for a cause that stand anywhere in the details of an error."""
    if depth == 0:
        return
    if isinstance(details, dict):
        yield from (str(details[key]) for key in _WORD_KEYS if isinstance(details.get(key), str))
    for inner in details.values() if isinstance(details, dict) else details if isinstance(details, list) else ():
        if isinstance(inner, dict | list):
            yield from _words_in(inner, depth - 1)


def _reread(wire: WireError) -> WireError:
    """A text that is no JSON, but of which a line is: NDJSON, an event stream with an error status, llama.cpp's `error:`."""
    if says_error(wire) or not wire.text:
        return wire
    for line in wire.text.splitlines()[:4]:
        again = read_error(wire.status, _FIELD.sub("", line).encode(errors="replace"))
        if says_error(again):
            return msgspec.structs.replace(again, retry_after=again.retry_after or wire.retry_after)
    return wire
