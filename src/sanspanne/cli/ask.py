"""`sanspanne ask`: one question, its answer as it comes, and who gave it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import msgspec

from sanspanne.answers.route import Route
from sanspanne.chat import Damaged, Ended, Failed, RefusalDelta, Rung, TextDelta
from sanspanne.cli.context import Context
from sanspanne.cli.waiting import Asked, Waiting
from sanspanne.config import Config
from sanspanne.errors import ConfigError, SanspanneError, Unanswered

# What an answer says must not steer the terminal: everything but line ends and tabs is taken out.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def ask(
    context: Context, question: str, model: str | None, config: Path | None, data: Path | None, *, as_json: bool = False
) -> int:
    """Ask, in this process; no server is needed. Returns 1 when the answer is not whole."""
    if not question.strip():
        raise ConfigError(context.words.empty_question)
    return asyncio.run(_ask(context, question, model, config, data, as_json))


async def _ask(
    context: Context, question: str, model: str | None, config: Path | None, data: Path | None, as_json: bool
) -> int:
    from sanspanne import asking

    settings = context.config(config)
    if not settings.providers:
        context.remark(_dim(context, context.words.only_onboard))
    async with asking.open_service(settings, data_dir=context.data_dir(data)) as service:
        waiting = Waiting(lambda target: _remark_waiting(context, target))
        service.hooks.add(waiting)
        asked = waiting.over(asking.ask(service, question, model or usual_model(settings)))
        text, fault = await hear(context, asked, silent=as_json)
        label = service.onboard_label(context.words.language) if asked.route.rung is Rung.ONBOARD else ""
    if as_json:
        context.say(_json(text, fault, asked.route, label))
    else:
        tell(context, asked.route, label, fault)
    return 1 if fault else 0


def usual_model(config: Config) -> str:
    """What is asked when no model is named: `auto` where there is one, else the first of the configuration."""
    return "auto" if "auto" in config.models else next(iter(config.models), "auto")


async def hear(context: Context, asked: Asked, *, silent: bool) -> tuple[str, str]:
    """The answer's text, written as it comes unless `silent`, and a sentence on what is wrong with it, empty if it is whole."""
    pieces: list[str] = []
    ended = False
    try:
        async for event in asked.events():
            match event:
                case TextDelta(text=text) | RefusalDelta(text=text):
                    pieces.append(text)
                    if not silent:
                        _write(context, text)
                case Failed(error=error):
                    return "".join(pieces), error.message
                case Damaged(detail=detail):
                    return "".join(pieces), detail
                case Ended():
                    ended = True
    except SanspanneError as error:
        return "".join(pieces), _why(error)
    finally:
        if pieces and not silent:
            context.say()
    return "".join(pieces), "" if ended else context.words.no_end


def tell(context: Context, route: Route, label: str, fault: str) -> None:
    """Below the answer: who gave it, from which rung, and what is to be known of it."""
    words = context.words
    if route.target:
        attempts = words.one_attempt if route.attempts == 1 else words.attempts.format(count=route.attempts)
        parts = dict.fromkeys([route.target, str(route.rung or ""), attempts])  # the model on board is its own rung
        context.remark(_dim(context, "— " + " · ".join(part for part in parts if part)))
    for seam in route.seams:
        words_of_seam = words.continued if seam.exact else words.begun_again
        sentence = words_of_seam.format(before=seam.before, after=seam.after, at=seam.at)
        context.remark(_dim(context, sentence))
    if route.omitted:
        context.remark(_dim(context, words.left_out.format(what=", ".join(route.omitted))))
    if label:
        context.remark(_dim(context, label))
    if fault:
        context.remark(words.broken.format(reason=fault) if route.target else fault)


def _why(error: SanspanneError) -> str:
    if not isinstance(error, Unanswered):
        return str(error)
    reasons = [failure.message for failure in error.failures] + [f"{target}: {why}" for target, why in error.skipped]
    return "\n".join([f"{error}:", *(f"  {reason}" for reason in reasons)])


def _remark_waiting(context: Context, target: str) -> None:
    words = context.words
    context.remark(_dim(context, words.waiting_for.format(target=target) if target else words.waiting_for_room))


def _write(context: Context, text: str) -> None:
    context.out.write(CONTROL.sub("", text))
    context.out.flush()


def _dim(context: Context, text: str) -> str:
    return f"\x1b[2m{text}\x1b[0m" if context.err.isatty() and not context.environ.get("NO_COLOR") else text


def _json(text: str, fault: str, route: Route, label: str) -> str:
    answer = {
        "text": text,
        "whole": not fault,
        "target": route.target or None,
        "rung": route.rung,
        "attempts": route.attempts,
        "seams": [msgspec.to_builtins(seam) for seam in route.seams],
        "label": label or None,
        "error": fault or None,
    }
    return msgspec.json.encode(answer).decode()
