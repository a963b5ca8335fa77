"""The kind of text at the end of an answer."""

from __future__ import annotations

import pytest
from stitch_models import CORPORA

from sanspanne.stitch.kinds import Kind, kind_of, open_fence


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("", Kind.PROSE),
        ("It is a good servant, but it keeps its own hours; and", Kind.PROSE),
        ("Look:\n\n```python\nx = 1", Kind.CODE),
        ("Look:\n\n```json\n[1, 2", Kind.JSON),
        ("Look:\n\n```python\nx = 1\n```\n\nThat is all, ", Kind.PROSE),
        ("| a | b |\n|---|---|\n| 1 | 2", Kind.TABLE),
        ("Bring:\n\n- bread\n- che", Kind.LIST),
        ("1. First\n2. Sec", Kind.LIST),
        ('{\n  "a": 1,\n  "b": [\n    tr', Kind.JSON),
        ("def f(x):\n    if x:\n        return x\n", Kind.CODE),
    ],
)
def test_the_end_decides(said: str, kind: Kind) -> None:
    """The last lines tell prose from code, tables, JSON and lists."""
    assert kind_of(said) is kind


@pytest.mark.parametrize("corpus", ["prose_en", "prose_fr", "chinese", "japanese"])
def test_prose_is_prose_wherever_it_is_cut(corpus: str) -> None:
    """No cut of an ordinary text makes it look like code."""
    whole = CORPORA[corpus]
    assert {kind_of(whole[:at]) for at in range(1, len(whole), 7)} == {Kind.PROSE}


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("no code", None),
        ("```\nx", ""),
        ("```python\nx", "python"),
        ("~~~js\nx", "js"),
        ("```python\nx\n```\n", None),
        ("````md\n```\nx\n```\n", "md"),
        ("- item:\n  ```sh\n  ls", "sh"),
    ],
)
def test_an_open_code_block_is_known_by_its_language(said: str, language: str | None) -> None:
    """A fence is open until one of at least its length closes it."""
    assert open_fence(said) == language
