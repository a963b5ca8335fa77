"""What to think of an answer whose process was killed under it, by the bytes that its caller has and by what was really said to us.

unbroken    whole, from one call
sewn        whole, from several calls, and exact: every seam is traced to the calls on both of its sides
note        begun again behind a visible note, and whole from there on
ended       an honest end with an error
broken off  attached callers: the connection broke, and nothing says that the answer is whole
wrong       anything else
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from benchmarks.heard import Heard, hear
from benchmarks.mortal_callers import Had, blocks
from benchmarks.mortal_cases import Case, Part, arguments
from sanspanne.testing import Play, unworded


def judge(case: Case, part: Part, had: Had) -> tuple[str, str]:
    """The verdict, and what is wrong."""
    plays = list(part.telling.plays.values())
    if had.status == 503 and not case.detached:  # the server was about to stop
        return "ended", ""
    if not case.stream:
        return _json(case, had, plays)
    heard = hear(case.dialect, had.data)
    wrong = [*had.wrong, *_events(case, had), *_stream(case, heard, plays)]
    if not case.detached:
        wrong += _attached(had, heard, part)
    if wrong:
        return "wrong", "; ".join(wrong)
    if heard.whole:
        exact = all(seam["exact"] for seam in heard.seams)
        return ("unbroken" if not heard.seams else "sewn" if exact else "note"), ""
    return ("ended" if heard.error else "broken off"), ""


def _events(case: Case, had: Had) -> Iterator[str]:
    if had.numbers != list(range(1, len(had.numbers) + 1)):
        yield f"event ids are not 1, 2, 3 ...: {had.numbers}"
    if case.detached and not had.wrong:
        replayed = blocks(had.replay)
        if replayed != had.events:
            yield f"a replay gives {len(replayed)} events, not the {len(had.events)} that were had"


def _attached(had: Had, heard: Heard, part: Part) -> Iterator[str]:
    if had.ended and not heard.whole and not heard.error:
        yield "a clean end, and the answer is not whole"
    later = [life for life in part.lives if had.lives and life > had.lives[-1]]
    if later:
        yield f"{len(later)} calls for an attached answer after its process was dead"


def _stream(case: Case, heard: Heard, plays: Sequence[Play]) -> Iterator[str]:
    if heard.after_the_end or (heard.done and heard.error) or heard.done > 1:
        yield "something follows the end"
    if heard.begun > 1 or len(heard.ids) > 1:
        yield f"{heard.begun} beginnings, ids {heard.ids}"
    if heard.done and heard.stop is None:
        yield "an end without a stop"
    if case.detached and not heard.whole and not heard.error:
        yield "neither whole nor ended"
    if heard.error and case.detached and not case.calls_tools:
        yield f"ended, and could have been finished: {heard.error}"
    yield from _text(case, heard, plays)
    yield from _calls(case, heard)


def _text(case: Case, heard: Heard, plays: Sequence[Play]) -> Iterator[str]:
    notes = [seam["at"] for seam in heard.seams if not seam["exact"]]
    if not notes:
        if not made(heard.text, plays, whole=heard.whole):
            yield f"the text cannot be traced to the calls: {heard.text!r}"
        if not case.text.startswith(unworded(heard.text)) or (heard.whole and unworded(heard.text) != case.text):
            yield f"the text is not what was meant: {heard.text!r}"
        return
    if not made(heard.text[: notes[0]], plays, whole=False):
        yield f"what stands before the note cannot be traced: {heard.text!r}"
    if heard.whole and not any(heard.text[notes[-1] :].endswith(play.text) for play in plays):
        yield f"what stands behind the note is not whole: {heard.text!r}"


def _calls(case: Case, heard: Heard) -> Iterator[str]:
    if heard.whole and len(heard.calls) != case.calls_tools:
        yield f"{len(heard.calls)} tool calls"
    for said in heard.calls.values():
        versions = [json.dumps(arguments(number), ensure_ascii=False) for number in range(1, 60)]
        if not any(said == version if heard.whole else version.startswith(said) for version in versions):
            yield f"a tool call made of two: {said!r}"


def made(text: str, plays: Sequence[Play], *, whole: bool) -> bool:
    """Whether the providers' calls make up this text: one said it, or one went on with a beginning that others make up."""
    if not text and not whole:
        return True
    for number, play in reversed([*enumerate(plays)]):
        if play.means in ("fresh", "again"):
            if play.text == text if whole else play.text.startswith(text):
                return True
            continue
        goes_on = any(_ends_with(text, at, play, whole) for at in _places(play, text))
        if goes_on and made(play.partial, plays[:number], whole=False):
            return True
    return False


def _places(play: Play, text: str) -> Iterator[int]:
    """Where the rest may begin: behind what was given, or before the white space at its end."""
    first, last = len(play.partial.rstrip()), len(play.partial)
    return (at for at in range(first, last + 1) if text.startswith(play.partial[:at]))


def _ends_with(text: str, at: int, play: Play, whole: bool) -> bool:
    return play.rest == text[at:] if whole else play.rest.startswith(text[at:])


def _json(case: Case, had: Had, plays: Sequence[Play]) -> tuple[str, str]:
    if not had.ended and not case.detached:
        return "broken off", ""
    if had.wrong or had.status != 200:
        return "wrong", "; ".join([*had.wrong, f"status {had.status}: {had.body[:300]!r}"])
    body = json.loads(had.body)
    message = body["choices"][0]["message"]["content"] if "choices" in body else body["content"][0]["text"]
    if not any(play.text == message for play in plays if play.means == "fresh"):
        return "wrong", f"not what one call said: {message!r}"
    if case.detached and json.loads(had.replay).get("body") != body:
        return "wrong", "the replay is another body"
    return "unbroken", ""
