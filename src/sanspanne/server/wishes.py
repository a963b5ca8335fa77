"""What a caller may ask for in headers of ours, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from msgspec import Struct

from sanspanne.answers.route import Caller
from sanspanne.errors import CallerError, invalid_request
from sanspanne.server.preferences import read_preferences

RESUME = ("auto", "restart", "fail")
PRIORITY = ("normal", "interactive", "agent", "batch", "low")
NAMES = re.compile(r"[A-Za-z0-9_.-]+(\s*,\s*[A-Za-z0-9_.-]+)*")
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
NUMBER = re.compile(r"[0-9]{1,15}")
PLAIN = ("idempotency-key", "last-event-id", "prefer")
OURS = "x-sanspanne-"
KNOWN = (
    "x-sanspanne-allow",
    "x-sanspanne-resume",
    "x-sanspanne-detach",
    "x-sanspanne-earlier",
    "x-sanspanne-priority",
)


class Wishes(Struct, frozen=True):
    """`allow` None allows every provider that the model's chain names; `after` is the number of the last event seen.

    `wait`: seconds for which he waits gladly; `may_be_kept`: he need not wait, and comes again for his answer;
    `earlier`: rather than none he takes his own earlier answer to the same question.
    """

    allow: frozenset[str] | None = None
    resume: str = "auto"
    detach: bool = False
    priority: str = "normal"
    idempotency_key: str | None = None
    after: int = 0
    wait: float | None = None
    may_be_kept: bool = False
    earlier: bool = False

    @property
    def are_recorded(self) -> bool:
        """Whether the answer has to be one that can be followed again."""
        return self.detach or self.idempotency_key is not None or self.after > 0 or self.may_be_kept

    def caller(self, key: str) -> Caller:
        """The one who shows `key` and has these wishes."""
        return Caller(key, self.allow, self.resume, self.priority, self.wait, self.may_be_kept, self.earlier)


NONE = Wishes()


def read_wishes(headers: Mapping[str, str]) -> Wishes:
    """The wishes in `headers`. Raises `CallerError` (400) for a value that we do not know, instead of passing over it."""
    if not any(name in PLAIN or name.startswith(OURS) for name in headers):
        return NONE
    _refuse_unknown(headers)
    preferences = read_preferences(headers.get("prefer", ""))
    return Wishes(
        allow=_allow(headers.get("x-sanspanne-allow")),
        resume=_one_of(headers, "x-sanspanne-resume", RESUME),
        detach=_one_of(headers, "x-sanspanne-detach", ("false", "true")) == "true",
        priority=_one_of(headers, "x-sanspanne-priority", PRIORITY),
        idempotency_key=_idempotency_key(headers.get("idempotency-key")),
        after=event_number(headers.get("last-event-id", "0"), "The header last-event-id", "last-event-id"),
        wait=preferences.wait,
        may_be_kept=preferences.respond_async,
        earlier=_one_of(headers, "x-sanspanne-earlier", ("false", "true")) == "true",
    )


def event_number(value: str, where: str, param: str) -> int:
    """The number of the last event that a caller has seen. Raises `CallerError` (400)."""
    if not NUMBER.fullmatch(value.strip()):
        raise invalid_request(f"{where} must be the number of the last event seen, 0 for none, e.g. '17'.", param)
    return int(value)


def _refuse_unknown(headers: Mapping[str, str]) -> None:
    """A misspelt `x-sanspanne-allow` that nobody noticed would send a question to companies that were not to see it."""
    unknown = next((name for name in headers if name.startswith(OURS) and name not in KNOWN), None)
    if unknown is not None:
        meant = next(iter(get_close_matches(unknown, KNOWN, n=1, cutoff=0.8)), None)
        hint = f"did you mean {meant}?" if meant else f"those known are {', '.join(KNOWN)}."
        raise invalid_request(f"The header {unknown[:80]} is not known here; {hint}", param=unknown[:80])


def _allow(value: str | None) -> frozenset[str] | None:
    if value is None:
        return None
    if not NAMES.fullmatch(value.strip()):
        raise _wrong("x-sanspanne-allow", "the names of providers with commas between them, e.g. 'openai,onboard'")
    return frozenset(name.strip() for name in value.split(","))


def _one_of(headers: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = headers.get(name, values[0]).strip().lower()
    if value not in values:
        raise _wrong(name, f"one of {', '.join(values)}, e.g. '{values[-1]}'")
    return value


def _idempotency_key(value: str | None) -> str | None:
    if value is not None and not IDEMPOTENCY_KEY.fullmatch(value):
        raise _wrong("idempotency-key", "1 to 255 visible ASCII characters, e.g. '5f2c7a1e'")
    return value


def _wrong(header: str, expected: str) -> CallerError:
    return invalid_request(f"The header {header} must be {expected}.", param=header)
