"""The catalogue: every failure shape by name, for tests and drills that go through all of them.

for shape in failure_shapes("openai").values():
    provider.script = shape.script
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from sanspanne.testing.answer import Answer
from sanspanne.testing.breaks import (
    Body,
    Break,
    ErrorEvent,
    Fail,
    Garbled,
    Hang,
    Only,
    Page,
    Refuse,
    Stall,
    StopThenError,
)
from sanspanne.testing.script import Script
from sanspanne.testing.wires import Reason, wire

TEXT = (
    "Une panne ne doit rien coûter à ceux qui écrivent : leur question est gardée, l'answer goes on elsewhere, et chacun "
    "apprend d'où elle vient. Voilà — c'est tout, « sans panne » 🙂, and nothing that was said is said twice."
)
MARKERLESS = ("gemini", "perplexity")


class Shape(Struct, frozen=True, kw_only=True):
    """One failure shape.

    moment   `before` the first token, `after` it, or `slow`: whole in the end, but too late to be waited for
    reason   the provider's reason, if it gives an error
    streams  whether the shape is one only when the caller has asked for a stream
    """

    name: str
    moment: Literal["before", "after", "slow"]
    script: Script
    reason: Reason | None = None
    streams: bool = False


def failure_shapes(kind: str, moment: Literal["before", "after", "slow"] | None = None) -> dict[str, Shape]:
    """Every way in which a provider of this kind fails, by name; those of one `moment` only, if it is given."""
    shapes = [*_errors(kind), *_before(), *_after(kind), *_slow()]
    return {shape.name: shape for shape in shapes if moment in (None, shape.moment)}


def _errors(kind: str) -> Iterator[Shape]:
    for reason in wire(kind).errors:
        yield Shape(name=f"error_{reason.value}", moment="before", script=Fail(reason), reason=reason)


def _before() -> Iterator[Shape]:
    overloaded = ErrorEvent(Reason.OVERLOADED)
    yield Shape(name="refused", moment="before", script=Refuse())
    yield Shape(name="hang_before_headers", moment="before", script=Hang("before_headers"))
    yield Shape(name="hang_after_headers", moment="before", script=Hang("after_headers"))
    yield Shape(name="reset_before_text", moment="before", script=Break("reset", at=0))
    yield Shape(name="close_before_text", moment="before", script=Break("close", at=0))
    yield Shape(name="page_200", moment="before", script=Page(200))
    yield Shape(name="page_502", moment="before", script=Page(502))
    yield Shape(name="page_522", moment="before", script=Page(522))
    yield Shape(name="empty_body", moment="before", script=Body(b""))
    yield Shape(name="gibberish", moment="before", script=Body())
    yield Shape(name="empty_answer", moment="before", script=Answer(""))
    yield Shape(name="only_the_end", moment="before", script=Only("end"), streams=True)
    yield Shape(name="error_first", moment="before", script=overloaded, reason=overloaded.reason)
    done = ErrorEvent(Reason.SERVER_ERROR, then="done")
    yield Shape(name="error_first_then_done", moment="before", script=done, reason=done.reason, streams=True)


def _after(kind: str) -> Iterator[Shape]:
    answer, overloaded = Answer(TEXT), Reason.OVERLOADED
    for how in ("reset", "close", "clean", "bad_chunk", "half_chunk"):
        yield Shape(name=f"{how}_after_text", moment="after", script=Break(how, after=5, answer=answer))
    yield Shape(name="truncated_json", moment="after", script=Break("clean", at=0.6, answer=answer))
    yield Shape(name="reset_in_event", moment="after", script=Break("reset", at=0.6, answer=answer))
    yield Shape(name="stall", moment="after", script=Stall(5, answer=answer))
    middle = ErrorEvent(overloaded, after=5, answer=answer)
    yield Shape(name="error_after_text", moment="after", script=middle, reason=overloaded, streams=True)
    done = ErrorEvent(overloaded, after=5, then="done", answer=answer)
    yield Shape(name="error_then_done", moment="after", script=done, reason=overloaded, streams=True)
    yield Shape(name="stop_then_error", moment="after", script=StopThenError(overloaded), reason=overloaded)
    yield Shape(name="bad_utf8", moment="after", script=Garbled(TEXT))
    yield Shape(name="no_stop_reason", moment="after", script=Answer(TEXT, ending=None))
    if kind not in MARKERLESS:
        yield Shape(name="no_end", moment="after", script=Answer(TEXT, ends=False))
    yield Shape(name="more_after_the_end", moment="after", script=Answer(TEXT, tail=b"data: and then some\n\n"))


def _slow() -> Iterator[Shape]:
    yield Shape(name="slow_first_token", moment="slow", script=Hang("after_headers", seconds=60.0))
    yield Shape(name="drip", moment="slow", script=Answer(TEXT, gap=2.0))
