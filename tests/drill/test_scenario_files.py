"""Scenarios: those of the house can be played, and every mistake in one of your own is told in a sentence."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.drill.promises import PROMISES
from sanspanne.drill.questions import questions
from sanspanne.drill.reading import find, load, names, parse
from sanspanne.drill.scenario import Fault, ProviderPlan, Scenario
from sanspanne.errors import ConfigError

GOOD = """
name = "mine"
seconds = 20
chain = ["openai", "claude"]
[title]
en = "Mine"
fr = "Le mien"
[load]
tenants = { app = 1, press = 2 }
[[load.phase]]
at = 0
rate = 5.0
[providers.openai]
kind = "openai"
[[providers.openai.fault]]
at = 5
until = 10
shape = "down-503"
[providers.claude]
kind = "anthropic"
[[promise]]
name = "served"
at_least = 0.99
"""
MISTAKES = [
    ("seconds = 20", "secnds = 20", "secnds is not a setting; did you mean seconds?"),
    ("seconds = 20", "", "the file lacks seconds, which must be a number from 1 to 3600 (seconds)."),
    ("seconds = 20", "seconds = -1", "seconds is the number -1, but must be a number from 1 to 3600 (seconds)."),
    ('name = "mine"', 'name = "My Outage"', "name must consist of small letters, digits and hyphens."),
    ('["openai", "claude"]', "[]", "chain is empty."),
    ('["openai", "claude"]', '["openai", "cluade"]', 'chain has "cluade", but there is no such provider; did you mean'),
    ('["openai", "claude"]', '["openai", "openai"]', "chain names a provider twice."),
    ("[title]", "[titles]", "titles is not a setting; did you mean title? For example: [title]"),
    (
        "[[load.phase]]",
        "[load.phase]",
        "load.phase is a section, but must be a list of sections. For example: [[phase]]",
    ),
    ("[[load.phase]]\nat = 0\nrate = 5.0", "", "load has neither a phase nor a burst: nobody asks."),
    ("rate = 5.0", "rat = 5.0", "load.phase[1].rat is not a setting; did you mean rate? For example: rate = 6.0"),
    ("rate = 5.0", "rate = 1e9", "load.phase[1].rate is the number 1000000000.0, but must be a number from 0 to 200"),
    ("rate = 5.0", 'rate = 5.0\ntenant = "pres"', 'load.phase[1].tenant is "pres", which is not in load.tenants; did'),
    ("at = 0", "at = 30", "load.phase[1].at must be before the end (20 s)."),
    (
        "app = 1, press = 2",
        '"my app" = 1',
        '"my app" must be named with letters, digits, dots, hyphens and underscores.',
    ),
    ("app = 1, press = 2", "app = 0", "load.tenants must hold names with shares that are not all zero."),
    ('kind = "anthropic"', 'kind = "antropic"', 'providers.claude.kind is "antropic", which is not a kind of scripted'),
    ('kind = "anthropic"', "", "providers.claude lacks kind, which must be a kind of scripted provider."),
    (
        'kind = "anthropic"',
        'kind = "anthropic"\nlimit = 0',
        "providers.claude.limit is the number 0, but must be a whole",
    ),
    (
        'kind = "anthropic"',
        'kind = "anthropic"\nwhen_full = "wait"',
        "when_full is a text, but must be one of reject, ",
    ),
    (
        'kind = "anthropic"',
        'kind = "anthropic"\nreason = "tired"',
        'providers.claude.reason is "tired", but must be one',
    ),
    ('kind = "anthropic"', 'kind = "anthropic"\ncrash_at = 2.0', "crash_at is for those who slow down first."),
    ('shape = "down-503"', 'shape = "down"', "fault[1].shape is a text, but must be one of down-refuse, down-503"),
    ("until = 10", "until = 3", "providers.openai.fault[1].until must be after its at."),
    ('name = "served"', 'name = "serve"', 'promise[1].name is "serve", which nobody can judge; did you mean served?'),
    ("at_least = 0.99", "at_most = 0.99", "promise[1] must have at_least and no other limit."),
    ("at_least = 0.99", "", "promise[1] must have at_least and no other limit."),
    ('"served"\nat_least', '"calls_to"\nat_most', "promise[1].of must name one of openai, claude, app, press."),
    ('"served"', '"goodput_during"\nat = 8\nuntil = 3', "promise[1] must have at and until within the drill."),
    ("[[promise]]", "[[kill]]\nat = 20\n[[promise]]", "kill[1].at must be before the end (20 s)."),
    ("[load]", "[load", "mine.toml is not valid TOML"),
]


@pytest.mark.parametrize("name", names())
def test_a_scenario_of_the_house_can_be_played(name: str) -> None:
    """It is called what its file is called, fits into 90 seconds, is told in both languages, and promises something."""
    scenario = find(name)
    asked = questions(scenario)
    assert scenario.name == name
    assert scenario.seconds <= 75
    assert 30 <= len(asked) <= 700
    assert asked[-1].at <= scenario.seconds
    for words in (scenario.title, scenario.about, scenario.compressed):
        assert words.en
        assert words.fr
        assert not re.search(r" [:;!?»%]|« |\d (?:secondes|minutes|fois)", words.fr), "des espaces insécables manquent"
    assert {"wrong", "truncated_called_whole"} <= {promise.name for promise in scenario.promise}


def test_all_that_was_promised_to_be_rehearsed_is_there() -> None:
    """The scenarios of the issue, and every kind of promise in one of them."""
    assert names() == [
        "cut-streams", "dec-11-2024", "flash-crowd", "june-4-2024", "noisy-tenant", "rate-limits", "restart", "spill-over",
        "stampede",
    ]  # fmt: skip
    assert {promise.name for name in names() for promise in find(name).promise} == set(PROMISES)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """A scenario of one's own is a path that ends in .toml."""
    (tmp_path / "mine.toml").write_text(GOOD, encoding="utf-8")
    scenario = find(str(tmp_path / "mine.toml"))
    assert scenario == load(tmp_path / "mine.toml")
    assert scenario.providers["openai"].fault[0].shape == "down-503"


@pytest.mark.parametrize(("right", "wrong", "sentence"), MISTAKES, ids=[sentence[:40] for _, _, sentence in MISTAKES])
def test_a_mistake_is_told_in_a_sentence(right: str, wrong: str, sentence: str) -> None:
    """The sentence names the file and the setting, and says what was expected."""
    assert right in GOOD
    with pytest.raises(ConfigError) as raised:
        parse(GOOD.replace(right, wrong, 1), source="mine.toml")
    assert sentence in str(raised.value)
    assert all(line.startswith("mine.toml") for line in str(raised.value).splitlines())


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("stampeed", "There is no scenario stampeed; did you mean stampede?"),
        ("qqq", "There is no scenario qqq; there are cut-streams"),
        ("missing.toml", "missing.toml cannot be read (No such file or directory)."),
    ],
)
def test_a_scenario_that_is_not_there_is_named(name: str, sentence: str) -> None:
    """Whoever misspells a name is told the right one."""
    with pytest.raises(ConfigError) as raised:
        find(name)
    assert sentence in str(raised.value)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are a sentence, not a traceback."""
    (tmp_path / "x.toml").write_bytes(b"name = \xff")
    with pytest.raises(ConfigError, match=r"is not text in UTF-8"):
        load(tmp_path / "x.toml")


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_document_is_read_or_refused_in_words(value: object) -> None:
    """Whatever stands where a setting should, the answer is a `ConfigError` or a scenario."""
    text = GOOD.replace("at_least = 0.99", f"at_least = {value!r}".replace("None", '"none"'))
    with suppress(ConfigError):
        assert isinstance(parse(text, source="x.toml"), Scenario)


def test_what_a_provider_carries_over_time() -> None:
    """Nothing while it is out, the narrower limit while it is narrow; faults that meet are one outage."""
    faults = (
        Fault(5, 10, "down-503"),
        Fault(10, 12, "silent"),
        Fault(20, 30, "capacity", capacity=2),
        Fault(25, 26, "cut"),
        Fault(40, 50, "down-refuse"),
    )
    plan = ProviderPlan("openai", limit=9, fault=faults)
    carried = {at: plan.capacity_at(at) for at in (0, 5, 9.9, 11, 12, 20, 25, 30, 45)}
    assert carried == {0: 9, 5: 0, 9.9: 0, 11: 0, 12: 9, 20: 2, 25: 2, 30: 9, 45: 0}
    assert plan.outages() == [(5, 12), (40, 50)]
