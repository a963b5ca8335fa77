"""What the operator sees."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import AsyncIterator

import pytest

from sanspanne.chat import Usage
from sanspanne.hooks import AnswerEnded, AttemptEnded, Notice, TargetMoved
from sanspanne.telemetry import Telemetry
from sanspanne.telemetry.lines import Lines
from sanspanne.telemetry.metrics import MOST_TARGETS

ANSWER = AnswerEnded(
    answer_id="ans_1",
    request_id="req_1",
    key="app",
    dialect="openai_chat",
    model="auto",
    outcome="whole",
    target="a/b",
    rung="primary",
    attempts=1,
    first_token=0.25,
    seconds=1.5,
    usage=Usage(input=10, output=20),
    stream=True,
)
ATTEMPT = AttemptEnded(
    "ans_1", "a/b", "answered", first_token=0.25, longest_gap=0.1, stream=True, usage=Usage(input=10, output=20)
)


@pytest.fixture
async def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
async def telemetry(stream: io.StringIO) -> AsyncIterator[Telemetry]:
    telemetry = Telemetry(stream, wall=lambda: 0.0)
    await telemetry.start()
    yield telemetry
    await telemetry.stop()


async def written(telemetry: Telemetry, stream: io.StringIO) -> list[str]:
    await telemetry.stop()
    return stream.getvalue().splitlines()


async def test_one_line_per_answer(telemetry: Telemetry, stream: io.StringIO) -> None:
    """Each answer is one JSON line that says who, what, from where and how long."""
    telemetry.observe(ANSWER)
    [line] = await written(telemetry, stream)
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "answer": "ans_1",
        "request": "req_1",
        "key": "app",
        "dialect": "openai_chat",
        "model": "auto",
        "outcome": "whole",
        "seconds": 1.5,
        "target": "a/b",
        "rung": "primary",
        "attempts": 1,
        "first_token": 0.25,
        "input_tokens": 10,
        "output_tokens": 20,
        "stream": True,
    }


async def test_a_models_name_cannot_write_lines_of_its_own(telemetry: Telemetry, stream: io.StringIO) -> None:
    """What a caller calls a model is bounded and cannot break out of its line."""
    telemetry.observe(AnswerEnded("ans_1", "req_1", "app", "d", 'x"\n{"key":"root"}' + "y" * 1000, "refused"))
    [line] = await written(telemetry, stream)
    assert len(json.loads(line)["model"]) == 200


async def test_metrics_count_attempts_and_answers(telemetry: Telemetry) -> None:
    """Attempts by outcome, answers by rung, both histograms, tokens and answers under way are in /metrics."""
    telemetry.follow_running(lambda: 3)
    telemetry.observe(ATTEMPT)
    telemetry.observe(AttemptEnded("ans_2", "a/b", "timeout"))
    telemetry.observe(AttemptEnded("", "a/b", "answered", probe=True, first_token=9.0, stream=True))
    telemetry.observe(ANSWER)
    telemetry.refused(401)
    text = telemetry.render().decode()
    for line in [
        'sanspanne_attempts_total{outcome="answered",probe="false",target="a/b"} 1.0',
        'sanspanne_attempts_total{outcome="timeout",probe="false",target="a/b"} 1.0',
        'sanspanne_attempts_total{outcome="answered",probe="true",target="a/b"} 1.0',
        'sanspanne_first_token_seconds_bucket{le="0.3",target="a/b"} 1.0',
        'sanspanne_first_token_seconds_count{target="a/b"} 1.0',
        'sanspanne_longest_gap_seconds_count{target="a/b"} 1.0',
        'sanspanne_tokens_total{direction="output",target="a/b"} 20.0',
        'sanspanne_answers_total{dialect="openai_chat",outcome="whole",rung="primary"} 1.0',
        "sanspanne_answers_running 3.0",
        'sanspanne_refused_requests_total{status="401"} 1.0',
    ]:
        assert line in text.splitlines()


async def test_a_target_is_in_one_state(telemetry: Telemetry) -> None:
    """A target that moved is 1 in its new state and 0 in all others."""
    telemetry.observe(TargetMoved("a/b", "closed", "open", "5 failures in 10 s"))
    text = telemetry.render().decode()
    assert 'sanspanne_target_state{state="open",target="a/b"} 1.0' in text
    assert 'sanspanne_target_state{state="closed",target="a/b"} 0.0' in text


async def test_a_target_begins_closed(telemetry: Telemetry) -> None:
    """A target that has only ever answered is shown as closed, not as being in no state at all."""
    telemetry.observe(ATTEMPT)
    text = telemetry.render().decode()
    assert 'sanspanne_target_state{state="closed",target="a/b"} 1.0' in text
    assert 'sanspanne_target_state{state="open",target="a/b"} 0.0' in text


async def test_callers_cannot_fill_the_metrics(telemetry: Telemetry) -> None:
    """However many targets callers invent, the metrics stay bounded: the late ones are counted together."""
    for number in range(MOST_TARGETS + 50):
        telemetry.observe(AttemptEnded("ans", f"a/{number}", "model_gone"))
    text = telemetry.render().decode()
    assert 'sanspanne_attempts_total{outcome="model_gone",probe="false",target="other"} 50.0' in text
    assert text.count("sanspanne_attempts_total{") == MOST_TARGETS + 1


def test_two_services_do_not_share_metrics() -> None:
    """Two services in one process each have metrics of their own."""
    first, second = Telemetry(io.StringIO()), Telemetry(io.StringIO())
    first.observe(ATTEMPT)
    assert b'target="a/b"' in first.render()
    assert b'target="a/b"' not in second.render()


async def test_events_are_json_off_a_terminal(telemetry: Telemetry, stream: io.StringIO) -> None:
    """Notices and moves are JSON lines with a level and a time where no person reads them."""
    telemetry.observe(Notice("the key was refused", target="a"))
    telemetry.observe(TargetMoved("a/b", "open", "closed", "a probe was answered"))
    notice, moved = [json.loads(line) for line in await written(telemetry, stream)]
    assert (notice["event"], notice["target"], notice["level"]) == ("the key was refused", "a", "warning")
    assert (moved["event"], moved["why"], moved["level"]) == ("target closed", "a probe was answered", "info")
    assert notice["time"].endswith("Z")


async def test_events_are_sentences_on_a_terminal(stream: io.StringIO) -> None:
    """On a terminal an event is a line that a person can read."""
    telemetry = Telemetry(stream, pretty=True)
    await telemetry.start()
    telemetry.observe(Notice("the key was refused", target="a"))
    [line] = await written(telemetry, stream)
    assert "the key was refused" in line
    assert not line.startswith("{")


async def test_what_others_say_cannot_steer_the_terminal(stream: io.StringIO) -> None:
    """Control characters in a provider's words reach no terminal, and start no line of their own."""
    telemetry = Telemetry(stream, pretty=True)
    await telemetry.start()
    telemetry.observe(Notice("they said \x9b2J\x1b[2J\nERROR all is lost"))
    [line] = await written(telemetry, stream)
    assert "\x1b[2J" not in line
    assert "\x9b" not in line


@pytest.mark.parametrize("pretty", [True, False])
async def test_traces_show_no_values(stream: io.StringIO, pretty: bool) -> None:
    """A trace in the log names the error and the place, and none of the values that were being worked on."""
    telemetry = Telemetry(stream, pretty=pretty)
    await telemetry.start()
    secret = "the caller's " + "prompt"
    try:
        raise ValueError(f"{len(secret)} characters")
    except ValueError:
        logging.getLogger("sanspanne.server").exception("it broke")
    text = "\n".join(await written(telemetry, stream))
    assert "ValueError: 19 characters" in text
    assert "it broke" in text
    assert secret not in text


async def test_logging_is_left_as_it_was(stream: io.StringIO) -> None:
    """After the service has stopped, nothing of it is left in Python's logging."""
    handlers = list(logging.getLogger().handlers)
    telemetry = Telemetry(stream)
    await telemetry.start()
    assert logging.getLogger().handlers != handlers
    await telemetry.stop()
    assert logging.getLogger().handlers == handlers


class Stuck(io.StringIO):
    """A pipe that nobody reads until `release` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.release = threading.Event(), threading.Event()

    def write(self, text: str) -> int:
        self.entered.set()
        self.release.wait(10)
        return super().write(text)


def test_a_stuck_log_holds_nobody_up() -> None:
    """While the log cannot be written, lines wait up to a bound, further ones are counted, and nobody is blocked."""
    stream = Stuck()
    lines = Lines(stream, capacity=3)
    lines.start()
    lines.write("0\n")
    stream.entered.wait(10)
    for number in range(1, 6):
        lines.write(f"{number}\n")
    assert lines.dropped == 2
    stream.release.set()
    lines.stop()
    assert stream.getvalue() == "0\n1\n2\n3\n"


def test_a_closed_log_is_survived() -> None:
    """A log whose other end is gone costs lines, which are counted, and nothing else."""
    stream = io.StringIO()
    stream.close()
    lines = Lines(stream)
    lines.start()
    lines.write("lost\n")
    lines.stop()
    assert lines.dropped == 1
