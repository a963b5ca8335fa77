"""Events for the operator: sentences on a terminal, JSON lines everywhere else.

The program's own `logging` records come here too, so that there is one log. Traces are printed without the values of local
variables, which may hold prompts and keys.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol, cast

import msgspec
import structlog
from structlog.types import EventDict, Processor

from sanspanne.hooks import Notice, TargetMoved

OURS = "sanspanne"
CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")


class Sink(Protocol):
    """Where lines go."""

    def write(self, line: str) -> None:
        """Take `line`; never blocks."""
        ...

    def flush(self) -> None:
        """Nothing is held back."""
        ...


class Events:
    """Writes events to `sink`, for a person to read if `pretty`."""

    def __init__(self, sink: Sink, *, pretty: bool) -> None:
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(file=cast(Any, sink)),
            processors=_processors(pretty),
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            cache_logger_on_first_use=True,
        )
        self._handler = _Handler(self._log)

    def attach(self) -> None:
        """From now on the records of `logging` are written here: ours from INFO on, those of others from WARNING on."""
        logging.getLogger().addHandler(self._handler)
        logging.getLogger(OURS).setLevel(logging.INFO)

    def detach(self) -> None:
        """Undo `attach`."""
        logging.getLogger().removeHandler(self._handler)
        logging.getLogger(OURS).setLevel(logging.NOTSET)

    def notice(self, fact: Notice) -> None:
        """A sentence for the operator."""
        self._log.warning(fact.text, **({"target": fact.target} if fact.target else {}))

    def moved(self, fact: TargetMoved) -> None:
        """A target's state changed."""
        write = self._log.info if fact.after == "closed" else self._log.warning
        write("target " + fact.after, target=fact.target, before=fact.before, why=fact.why)


class _Handler(logging.Handler):
    """Hands the records of `logging` on."""

    def __init__(self, log: Any) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        level = max(record.levelno, logging.INFO)
        self._log.log(level, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _processors(pretty: bool) -> list[Processor]:
    common: list[Processor] = [structlog.processors.add_log_level]
    if pretty:
        clock = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
        plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        return [*common, _without_controls, clock, plain]
    clock = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
    return [*common, clock, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]


def _without_controls(logger: Any, method: str, event: EventDict) -> EventDict:
    """What providers and callers say must not steer the operator's terminal."""
    del logger, method
    return {name: value.translate(CONTROLS) if isinstance(value, str) else value for name, value in event.items()}


def _json(event: object, **options: object) -> str:
    del options  # the renderer offers a `default` of its own; what msgspec cannot encode is written as text
    return msgspec.json.encode(event, enc_hook=str).decode()
