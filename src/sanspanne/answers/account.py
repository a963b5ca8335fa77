"""How an answer stands, as JSON: what `GET /v1/answers/{id}` says."""

from __future__ import annotations

from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from sanspanne.answers.kept_answer import KeptAnswer
from sanspanne.answers.recorded import RecordedAnswer
from sanspanne.answers.rendering import identity, json_body
from sanspanne.answers.state import State
from sanspanne.dialects.base import Dialect
from sanspanne.dialects.seams import seam_object


def account(answer: RecordedAnswer, place: int | None = None) -> dict[str, Any]:
    """`events` is the number of the last one; times are seconds since 1970. `place` is that of a kept question, 1 for the next."""
    route, told = answer.route, answer.told
    said: dict[str, Any] = {
        "id": answer.id,
        "object": "answer",
        "status": answer.status,
        "model": answer.request.model,
        "dialect": answer.request.dialect,
        "stream": answer.request.stream,
        "target": route.target or None,
        "rung": route.rung.value if route.rung else None,
        "attempts": route.attempts,
        "seams": [seam_object(seam)["seam"] for seam in route.seams],
        "events": answer.recording.last,
        "created": answer.created,
        "ended": answer.ended,
        "error": None if told is None else {"type": told.kind, "code": told.code, "message": told.message},
    }
    if isinstance(answer, KeptAnswer) and answer.status == "kept":
        said |= {"expires": answer.expires, "position": place, "wait": None}
    if answer.state is State.WHOLE and not answer.request.stream:
        said["body"] = Raw(answer.recording.data)
    return said


def full_account(answer: RecordedAnswer, dialect: Dialect) -> dict[str, Any]:
    """The same, with the `body` also of a streamed answer that is whole: put together, as one that was not streamed."""
    said = account(answer)
    if answer.state is State.WHOLE and answer.request.stream:
        frames = dialect.reader().feed(answer.recording.data)
        made = identity(answer.id, frames, answer.request, answer.route, int(answer.created))
        said["body"] = Raw(json_body(dialect, frames, answer.request, replace(made, id=answer.name or answer.id)))
    return said
