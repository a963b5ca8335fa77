"""How we know again, in a history that a caller of this dialect sends back, what did not come from Anthropic.

A thinking block must carry a signature, and a web citation an index, that only Anthropic can write. Where another provider
thought or cited, we write `sanspanne.<origin>.<that provider's own signature>` there; also where a thought of Anthropic's broke
off before it was signed, and another target went on. Anthropic would refuse such a history, so those blocks and citations are
taken out before it goes there.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from sanspanne.dialects.anthropic_messages.schema import NAME

MARK = "sanspanne."


def foreign_signature(origin: str, signature: str | None) -> str:
    """The signature for a thought of the dialect `origin`, which may have given it a signature of its own."""
    return f"{MARK}{origin}.{signature or ''}"


def origin_of(signature: str | None) -> tuple[str, str | None]:
    """Whose thought a signature ends, and that dialect's own signature of it."""
    if signature is None or not signature.startswith(MARK):
        return NAME, signature or None
    origin, _, own = signature.removeprefix(MARK).partition(".")
    return origin, own or None


class _Marked(Struct, frozen=True):
    type: str
    signature: str | None = None
    citations: Any = None


def without_marks(messages: Raw) -> Raw | list[dict[str, Any]]:
    """The raw `messages`, less the thoughts and citations that we marked; untouched where there are none."""
    if b'"' + MARK.encode() not in bytes(messages):
        return messages
    turns = msgspec.json.decode(messages, type=list[dict[str, Raw]])
    return [turn for turn in map(_cleaned_turn, turns) if turn is not None]


def _cleaned_turn(turn: dict[str, Raw]) -> dict[str, Any] | None:
    if not bytes(turn["content"]).startswith(b"["):
        return dict(turn)
    blocks = msgspec.json.decode(turn["content"], type=list[Raw])
    kept = [block for block in map(_cleaned_block, blocks) if block is not None]
    return {**turn, "content": kept} if kept or not blocks else None


def _cleaned_block(block: Raw) -> Any:
    if b'"' + MARK.encode() not in bytes(block):
        return block
    marked = msgspec.json.decode(block, type=_Marked)
    if marked.type == "thinking" and (marked.signature or "").startswith(MARK):
        return None
    if marked.type == "text" and isinstance(marked.citations, list):
        fields = msgspec.json.decode(block, type=dict[str, Any])
        return {**fields, "citations": [one for one in marked.citations if not _is_ours(one)]}
    return block


def _is_ours(citation: Any) -> bool:
    return isinstance(citation, dict) and str(citation.get("encrypted_index", "")).startswith(MARK)
