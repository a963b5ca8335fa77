"""The documents on drills show what there is: scenarios that can be performed, promises that can be judged."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from sanspanne.drill.promises import PROMISES
from sanspanne.drill.reading import names, parse
from sanspanne.drill.scenario import SHAPES

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENTS = [DOCS / "drills.md", DOCS / "fr" / "drills.md"]
SCENARIO = re.compile(r'^    name = ".*?(?=^\S)', re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=["en", "fr"])
def test_the_scenario_shown_can_be_performed(document: Path) -> None:
    """Who copies the scenario from the documents has one without mistakes."""
    (example,) = SCENARIO.findall(document.read_text("utf-8"))
    scenario = parse(textwrap.dedent(example), source="example.toml")
    assert scenario.providers
    assert scenario.promise


@pytest.mark.parametrize("document", DOCUMENTS, ids=["en", "fr"])
def test_everything_that_can_be_written_is_told(document: Path) -> None:
    """Each scenario of the house, each shape of a fault and each promise stands in the documents."""
    text = document.read_text("utf-8")
    assert [name for name in (*names(), *SHAPES, *PROMISES) if f"`{name}`" not in text] == []
