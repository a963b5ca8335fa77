"""A provider's own words about a failure, made safe to show: one line, short, without keys, never HTML."""

from __future__ import annotations

import re

from sanspanne.errors import WireError

LONGEST = 300
LONGEST_KEPT = 2000  # of an error's own text; more is a body that echoes the request
MASK = "***"

# How providers' keys begin; what follows may already be half masked by the provider ("sk-ab****yz").
_KEYS = re.compile(
    r"\b(?:sk|pk|rk|pplx|gsk|xai|nvapi|hf|r8|key)[-_][^\s\"'<>,;)]{6,}"
    r"|\bAIza[\w*-]{6,}|\bAQ\.[\w*-]{8,}|(?<=Bearer )[^\s\"',;]+",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_PAGE = re.compile(
    r"\s*(?:<!--.*?-->\s*)?<(?:!doctype|html|head|body|title|center|h1|div|p|\?xml)\b", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<[/!?a-zA-Z][^>]*>?")


def is_html(text: str) -> bool:
    """Whether a text is a web page: it begins like one. A sentence that quotes a tag is none."""
    return _PAGE.match(text[:1000]) is not None


def masked(text: str, secret: str | None = None) -> str:
    """The text with everything that looks like a key, and `secret` itself, replaced by stars."""
    if secret:
        text = text.replace(secret, MASK)
    return _KEYS.sub(MASK, text)


def sentence(wire: WireError, secret: str | None = None) -> str:
    """What may be shown of an error: the provider's own sentence if it has one, else ours about the status."""
    if is_html(wire.text) or is_html(wire.message):
        return f"The provider sent a web page instead of an answer (status {wire.status})."
    shown = wire.message or (wire.text if wire.status >= 400 else "")  # under 200 the text may be a piece of an answer
    words = _CONTROL.sub(" ", _TAG.sub(" ", masked(shown[:LONGEST_KEPT], secret))).strip()
    if not words:
        return _without_reason(wire.status)
    return words if len(words) <= LONGEST else words[: LONGEST - 3] + "..."


def _without_reason(status: int) -> str:
    if status < 400:
        return "The provider broke off its answer and gave no reason."
    return f"The provider failed with status {status} and gave no reason."


def without_secrets(wire: WireError, secret: str | None = None) -> WireError:
    """The same error with its free text masked, so that it may be logged."""
    return WireError(
        wire.status,
        type=wire.type,
        code=wire.code,
        message=masked(wire.message[:LONGEST_KEPT], secret),
        param=wire.param,
        retry_after=wire.retry_after,
        details=wire.details,
        text=masked(wire.text[:LONGEST_KEPT], secret),
    )
