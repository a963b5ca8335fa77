"""What a response and its items say, in neutral events; streams and whole answers share it."""

from __future__ import annotations

from sanspanne.chat import Begun, Citation, Cited, Failed, Stop, Stopped, StopReason, Usage
from sanspanne.dialects.openai_responses.errors import broken_answer, error_from
from sanspanne.dialects.openai_responses.schema import Annotation, Item, Part, Response, UsageBody

CALL = "function_call"

# Why an answer may end early and yet be an answer. Any other reason is a failure.
_EARLY = {"max_output_tokens": StopReason.LENGTH, "content_filter": StopReason.FILTERED}


def begun(response: Response) -> Begun:
    """The head of an answer."""
    created = None if response.created_at is None else int(response.created_at)
    return Begun(response.id or "", response.model or "", created)


def read_usage(body: UsageBody) -> Usage:
    """Tokens, with nothing said counted as none."""
    prompt, answer = body.input_tokens_details, body.output_tokens_details
    return Usage(
        input=body.input_tokens or 0,
        output=body.output_tokens or 0,
        cached=(prompt and prompt.cached_tokens) or 0,
        cache_written=(prompt and prompt.cache_write_tokens) or 0,
        reasoning=(answer and answer.reasoning_tokens) or 0,
    )


def cited(annotations: list[Annotation]) -> list[Cited]:
    """The sources among some notes; files of the provider's own are none."""
    sources = tuple(
        Citation(note.url, note.title, start=note.start_index, end=note.end_index) for note in annotations if note.url
    )
    return [Cited(sources)] if sources else []


def length_of(response: Response) -> int:
    """How many characters a finished response has said: text, refusals and the arguments of calls."""
    items = response.output or ()
    words = sum(len(part.text or part.refusal or "") for item in items for part in _words_of(item))
    return words + sum(len(str(item.arguments or "")) for item in items if item.type == CALL)


def _words_of(item: Item) -> list[Part]:
    return (item.content or []) if item.type == "message" else []


def ending(response: Response, status: str, *, called: bool) -> Stopped | Failed:
    """How an answer ended. `called` says that tools were called, of which a response of a stream may tell no more."""
    if status == "completed":
        calls = called or any(item.type == CALL for item in response.output or ())
        return Stopped(Stop(StopReason.TOOL_CALLS if calls else StopReason.END, raw=status))
    if response.error:
        return Failed(error_from(200, response.error))
    reason = (response.incomplete_details and response.incomplete_details.reason) or ""
    if status == "incomplete" and reason in _EARLY:
        return Stopped(Stop(_EARLY[reason], raw=reason))
    return Failed(broken_answer(f"ended as {status[:40]!r}, for the reason {(reason or 'none')[:40]!r}."))
