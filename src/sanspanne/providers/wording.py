"""A provider's own words about a failure, made safe to show: one line, short, without keys, never HTML."""

from __future__ import annotations

import re

from sanspanne.errors import WireError

LONGEST = 300
MASK = "***"

# How providers' keys begin; what follows may already be half masked by the provider ("sk-ab****yz").
_KEYS = re.compile(
    r"\b(?:sk|pk|rk|pplx|gsk|xai|nvapi|hf|r8|key)[-_][^\s\"'<>,;)]{6,}"
    r"|\bAIza[\w*-]{6,}|\bAQ\.[\w*-]{8,}|(?<=Bearer )[^\s\"',;]+",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_HTML = re.compile(r"<(?:!doctype|html|head|body|title|script|center|h1|div|p)\b", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Whether a text is a web page or a piece of one."""
    return bool(_HTML.search(text[:1000]))


def masked(text: str, secret: str | None = None) -> str:
    """The text with everything that looks like a key, and `secret` itself, replaced by stars."""
    if secret:
        text = text.replace(secret, MASK)
    return _KEYS.sub(MASK, text)


def sentence(wire: WireError, secret: str | None = None) -> str:
    """What may be shown of an error: the provider's own sentence if it has one, else ours about the status."""
    if is_html(wire.text) or is_html(wire.message):
        return f"The provider sent a web page instead of an answer (status {wire.status})."
    words = _CONTROL.sub(" ", masked(wire.message or wire.text, secret)).strip()
    if not words:
        return f"The provider failed with status {wire.status} and gave no reason."
    return words if len(words) <= LONGEST else words[: LONGEST - 3] + "..."


def without_secrets(wire: WireError, secret: str | None = None) -> WireError:
    """The same error with its free text masked, so that it may be logged."""
    return WireError(
        wire.status,
        type=wire.type,
        code=wire.code,
        message=masked(wire.message, secret),
        param=wire.param,
        retry_after=wire.retry_after,
        details=wire.details,
        text=masked(wire.text, secret),
    )
