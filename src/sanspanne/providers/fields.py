"""Small changes to a written request, shared by the providers whose wishes differ from their dialect's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from sanspanne.dialects.base import Written
from sanspanne.dialects.gemini.call_ids import plain_id


def renamed(written: Written, old: str, new: str) -> Written:
    """The field `old` under the name `new`, unless `new` is there already."""
    fields = dict(written.fields)
    if old in fields:
        value = fields.pop(old)
        fields.setdefault(new, value)
    return Written(fields, written.omitted)


def without(written: Written, names: Collection[str], *, silently: Collection[str] = ()) -> Written:
    """Less these fields; they are reported as omitted, save those in `silently`, which carry no meaning here."""
    gone = [name for name in names if name in written.fields]
    fields = {name: value for name, value in written.fields.items() if name not in gone and name not in silently}
    return Written(fields, tuple(dict.fromkeys((*written.omitted, *gone))))


def within(written: Written, name: str, most: float) -> Written:
    """The number `name`, at most `most`; one that had to be changed is reported as omitted."""
    value = written.fields.get(name)
    if isinstance(value, msgspec.Raw):  # as the caller wrote it
        value = msgspec.json.decode(value)
    if not isinstance(value, int | float) or value <= most:
        return written
    return Written({**written.fields, name: most}, tuple(dict.fromkeys((*written.omitted, name))))


def first_of(written: Written, name: str, most: int) -> Written:
    """The first `most` entries of the list `name`; one that had to be cut is reported as omitted."""
    value = written.fields.get(name)
    if not isinstance(value, list) or len(value) <= most:
        return written
    return Written({**written.fields, name: value[:most]}, tuple(dict.fromkeys((*written.omitted, name))))


def with_plain_call_ids(written: Written) -> Written:
    """Tool calls whose id carries a thought signature of Gemini's, under the short id: OpenAI allows 40 characters."""
    raw = msgspec.json.encode(written.fields.get("messages"))
    if b"-ts-" not in raw:
        return written
    messages: list[dict[str, Any]] = msgspec.json.decode(raw)
    return Written({**written.fields, "messages": [_plain(message) for message in messages]}, written.omitted)


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    changed = dict(message)
    if isinstance(message.get("tool_call_id"), str):
        changed["tool_call_id"] = plain_id(message["tool_call_id"])
    if isinstance(message.get("tool_calls"), list):
        changed["tool_calls"] = [{**call, "id": plain_id(str(call.get("id")))} for call in message["tool_calls"]]
    return changed
