"""The report as a page and as Markdown: it says what the drill has seen, and nobody can make it do anything."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_reports import june, parsed

from sanspanne.drill.report.html import html
from sanspanne.drill.report.markdown import markdown, plain, sparkline
from sanspanne.drill.result import Asked, Ceiling, Promise, ProviderTick, QueueTick, Report, Run

SECTIONS = [
    "outages",
    "comparison",
    "goodput",
    "first",
    "rungs",
    "load",
    "queue",
    "promises",
    "compressed",
    "method",
    "again",
]
HOSTILE = [
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "]]><!--",
    "</style></svg>",
    "{0}{name}",
    "\x00\x1b[31m\ud800",
    "\u202egnp",
    "javascript:alert(1)",
    "a|b\n\n# c",
    "@everyone #1 https://evil.example `x` [y](z) $m$",
]

names = st.one_of(st.sampled_from(HOSTILE), st.text(alphabet=st.characters(), max_size=8))
numbers = st.one_of(st.floats(-100, 200), st.floats(allow_nan=False))
counts = st.integers(-5, 10**6)
states = st.one_of(st.sampled_from(["whole", "broken", "refused", "kept", "left"]), names)
moments = st.one_of(st.none(), numbers)
asked = st.builds(
    Asked, counts, numbers, names, states, moments, moments, counts, counts, names, names, names, counts, st.booleans()
)
ticks = st.builds(ProviderTick, numbers, names, st.booleans(), counts, counts, counts, counts, counts, counts)
runs = st.builds(
    Run,
    names,
    st.lists(asked, max_size=4),
    st.lists(asked, max_size=2),
    st.lists(ticks, max_size=4),
    st.lists(st.builds(QueueTick, numbers, counts, counts), max_size=3),
    st.dictionaries(names, counts, max_size=2),
    counts,
    st.lists(names, max_size=2),
)
texts = st.dictionaries(st.sampled_from(["en", "fr", "de"]), names)
promises = st.builds(Promise, names, texts, moments, numbers, st.booleans(), names, st.booleans())
ceilings = st.builds(Ceiling, counts, counts, st.integers(0, 100), st.lists(numbers, max_size=4))
reports = st.builds(
    Report,
    *(names, texts, numbers, numbers, numbers),
    st.lists(runs, max_size=3),
    st.one_of(st.none(), ceilings),
    st.lists(promises, max_size=3),
    st.lists(st.tuples(numbers, names, names), max_size=4),
    *(names, st.integers(0, 2**64), names, names, names),
)


def words(page: str) -> str:
    """All that can be read, each kind of space as a space."""
    body = parsed(page).find("body")
    assert body is not None
    return " ".join(" ".join(body.itertext()).split())


@settings(max_examples=40)
@given(reports, st.sampled_from(["en", "fr"]))
def test_no_report_breaks_the_page(report: Report, language: str) -> None:
    """Empty runs, absurd numbers and hostile names: the page is well-formed, runs nothing and asks nobody for anything."""
    page = html(report, language)
    page.encode()
    for element in parsed(page).iter():
        assert element.tag != "script"
        assert not [name for name in element.attrib if name.lower().startswith("on")]
        assert element.attrib.get("href", "data:,") == "data:,"
        assert "src" not in element.attrib
        assert "style" not in element.attrib


@settings(max_examples=40)
@given(reports, st.sampled_from(["en", "fr"]))
def test_no_report_breaks_the_markdown(report: Report, language: str) -> None:
    """Hostile names cannot add a heading, a row, an element, a link or a mention to somebody's pull request."""
    written = markdown(report, language)
    written.encode()
    tame = markdown(june(questions=3), language)
    assert len(re.findall(r"^#", written, re.MULTILINE)) <= len(re.findall(r"^#", tame, re.MULTILINE))
    assert not re.search(r"(?<!\\)<|@\w|://|(?<!\\)`", written.replace(written.rsplit("\n    ", 1)[-1], ""))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_shown_not_obeyed(hostile: str) -> None:
    """Marks of Markdown are escaped, mentions and addresses torn, lines and controls taken out."""
    shown = plain(hostile)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)[|<`\[]|@\w|#\d|://", shown)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_page_is_small_and_whole(language: str) -> None:
    """A drill of 75 s with 2,000 questions and three contenders stays under 250 kB, and has all of its parts in order."""
    page = html(june(), language)
    assert len(page.encode()) <= 250_000
    found = [element.attrib["aria-labelledby"] for element in parsed(page).iter("section")]
    assert found == [f"{name}-title" for name in SECTIONS]
    assert parsed(page).attrib == {"lang": language}


def test_the_policy_allows_its_own_style_alone() -> None:
    """The content policy forbids everything but the one style sheet, named by its hash."""
    page = parsed(html(june(questions=10), "en"))
    style = page.findtext("head/style") or ""
    expected = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [meta.attrib["content"] for meta in page.iter("meta") if "http-equiv" in meta.attrib]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{expected}'; img-src data:; base-uri 'none'; form-action 'none'"
    ]


def test_every_chart_is_told_in_words() -> None:
    """Each picture either says what is to be seen, or is hidden from those who listen."""
    charts = [element for element in parsed(html(june(), "en")).iter("svg") if element.attrib.get("class") == "chart"]
    assert len(charts) > 15
    assert all(bool(chart.attrib.get("aria-label")) != ("aria-hidden" in chart.attrib) for chart in charts)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            [
                "✗ Not passed sanspanne kept 1 of the 3 promises of this drill.",
                "At most 1.2 calls for each question: 1.31, where at most 1.2 was promised",
                "perfect knowledge, begun within 5 s: 97.0%",
                "openai down 12–46 s",
                "Two hours of 4 June 2024 pass in 75 seconds",
                "sanspanne drill june-4-2024 --seed 4",
                "2 cores, Linux, Python 3.13",
            ],
        ),
        (
            "fr",
            [
                "✗ Échoué sanspanne a tenu 1 des 3 promesses de cet exercice.",
                "Au plus 1,2 appel par question : 1,31 (promis : au plus 1,2)",
                "savoir parfait, commencée en moins de 5 s : 97",
                "openai en panne 12–46 s",
                "sanspanne drill june-4-2024 --seed 4",
            ],
        ),
    ],
)
def test_the_page_says_what_was_seen(language: str, sentences: list[str]) -> None:
    """The verdict, what was not kept, the ceiling, the outages, what was compressed and how to do it again are there."""
    said = words(html(june(), language))
    assert [sentence for sentence in sentences if sentence not in said] == []


def test_french_headings_have_their_spaces() -> None:
    """In French no mark stands bare behind a word, in no heading of no table."""
    heads = re.findall(r"<th\b[^>]*>([^<]+)", html(june(), "fr"))
    assert any("médiane" in head for head in heads)
    assert [head for head in heads if re.search(r"\w[:;!?](?: |$)", head)] == []


def test_a_drill_that_kept_everything_says_so() -> None:
    """All promises kept: passed, and nothing is listed as missed."""
    made = june(questions=10)
    made.promises = made.promises[:1] * 2
    said = words(html(made, "en"))
    assert "✓ Passed sanspanne kept all 2 promises of this drill." in said
    assert "Not kept" not in said
    assert markdown(made, "en").splitlines()[2] == "✅ **sanspanne kept all 2 promises of this drill.**"


def test_a_narrow_miss_does_not_look_like_a_hit() -> None:
    """A value that rounds to its limit and was not kept is written with the digits that tell them apart."""
    made = june(questions=10)
    made.promises = [Promise("x", {"en": "Served"}, 0.949999, 0.95, True, "share", False)]
    assert "94.9999%" in words(html(made, "en"))


def test_the_command_cannot_become_another() -> None:
    """Who copies the command from a report of an ill-named scenario runs a drill and nothing else."""
    made = june(questions=3)
    made.scenario = "x; rm -rf ~"
    assert "sanspanne drill 'x; rm -rf ~.toml' --seed 4" in words(html(made, "en"))


def test_markdown_has_the_same_facts() -> None:
    """The tables of contenders and promises, with a small chart each, fit into a pull request."""
    written = markdown(june(), "en")
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert len([row for row in rows if row.startswith("| sanspanne | 2,000 |")]) == 1
    assert any(row.startswith("| perfect knowledge | 2,000 | 97.0% | 100% |") for row in rows)
    assert any("✗\u00a0no" in row for row in rows)
    assert written.endswith("    sanspanne drill june-4-2024 --seed 4\n")


def test_a_sparkline_has_eight_heights() -> None:
    """The lowest block stands for nothing, the highest for the most."""
    assert sparkline([0, 3.5, 8, 9], 8) == "▁▄██"
    assert sparkline([0, 0], 0) == "▁▁"
