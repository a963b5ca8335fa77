"""Every failure in the corpus is given its right class, through the same path that the service uses."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sanspanne.chat import Ended, Failed, Frame
from sanspanne.errors import FAILURES, Failure
from sanspanne.providers.base import Provider
from sanspanne.providers.catalogue import KINDS, make

CORPUS = Path(__file__).parent / "corpus"
KEY = "sk-corpus-0123456789abcdef"


def _cases() -> list[Any]:
    files = sorted(CORPUS.glob("*.toml"))
    cases = [(file.stem, case) for file in files for case in tomllib.loads(file.read_text("utf-8"))["case"]]
    return [pytest.param(case, id=f"{stem}: {case['name']}") for stem, case in cases]


CASES = _cases()


def _provider(case: dict[str, Any]) -> Provider:
    return make("here", case["kind"], "http://127.0.0.1:9/v1", KEY)


def _streamed(provider: Provider, stream: bytes, size: int) -> list[Frame]:
    reader = provider.reader()
    frames: list[Frame] = []
    for start in range(0, len(stream), size):
        frames += reader.feed(stream[start : start + size])
    return frames + reader.close()


def _first_failure(provider: Provider, frames: list[Frame]) -> Failure:
    failed = [event for frame in frames for event in frame.events if isinstance(event, Failed)]
    assert failed, "the stream does not say that it failed"
    return provider.failure_in_stream(failed[0].error)


def _failure(case: dict[str, Any], size: int) -> Failure:
    provider = _provider(case)
    if "stream" in case:
        return _first_failure(provider, _streamed(provider, case["stream"].encode(), size))
    if "answer" in case:
        return _first_failure(provider, [provider.read_answer(case["answer"].encode())])
    return provider.failure(case["status"], case.get("headers", {}), case["body"].encode())


@pytest.mark.parametrize("size", [1 << 20, 7])
@pytest.mark.parametrize("case", CASES)
def test_class_and_reason(case: dict[str, Any], size: int) -> None:
    """The class, the reason and the wait are those that the corpus states, however the bytes arrive."""
    failure = _failure(case, size)
    assert (failure.name, failure.reason) == (case["expect"], case["reason"]), repr(failure.wire)
    if "retry_after" in case:
        assert failure.retry_after == pytest.approx(case["retry_after"])


@pytest.mark.parametrize("case", CASES)
def test_message_is_safe(case: dict[str, Any]) -> None:
    """What may be shown of a failure is one short line without markup or keys."""
    message = _failure(case, 1 << 20).message
    assert message
    assert len(message) <= 300
    assert message.isprintable()
    assert "<" not in message or case["reason"] != "html"
    assert "sk-abcde" not in message
    assert KEY not in message


def test_corpus_is_wide() -> None:
    """The corpus holds more than 70 failures, of every class that a provider can cause and of every kind but the one on board."""
    cases = [param.values[0] for param in CASES]
    assert len(cases) >= 70
    assert {case["expect"] for case in cases} == {kind.name for kind in FAILURES} - {"local_network"}
    assert {case["kind"] for case in cases} == set(KINDS) - {"onboard"}


@pytest.mark.parametrize("case", [param for param in CASES if "[DONE]" in param.values[0].get("stream", "")])
def test_a_failed_stream_is_not_undone_by_its_marker(case: dict[str, Any]) -> None:
    """A terminal marker that follows an error comes after the error, so nobody can take it for the end of an answer."""
    frames = _streamed(_provider(case), case["stream"].encode(), 5)
    kinds = [type(event) for frame in frames for event in frame.events]
    assert Failed in kinds
    assert Ended not in kinds[: kinds.index(Failed)]
