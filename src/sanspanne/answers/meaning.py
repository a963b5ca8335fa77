"""When two questions are the same: the same dialect, model, messages and parameters, in whatever order and spacing."""

from __future__ import annotations

import hashlib

import msgspec

from sanspanne.chat import ChatRequest

# how the answer is to come, and who asks: neither changes what is asked
ASIDE = frozenset(
    {"stream", "stream_options", "user", "metadata", "safety_identifier", "prompt_cache_key", "service_tier", "store"}
)
# what others do in between may be different the next time
ACTS = frozenset({"tools", "functions", "mcp_servers", "web_search_options", "container"})

BETA = "anthropic-beta"  # of the headers that providers see, the one that changes what they do


def meaning(request: ChatRequest) -> bytes | None:
    """A digest of what is asked; None where an answer is not said twice, because tools take part in it."""
    if request.tools or ACTS & request.fields.keys():
        return None
    asked = {name: msgspec.json.decode(raw) for name, raw in request.fields.items() if name not in ASIDE}
    words = msgspec.json.encode([request.dialect, asked, request.headers.get(BETA)], order="sorted")
    return hashlib.sha256(words).digest()
